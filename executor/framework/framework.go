// Package framework adapts inference frameworks to the executor.
//
// An Adapter loads a model into its framework; the Session that it returns
// infers. Every session is a process of its own, a runner (package process),
// so that it has its own memory and that its crash ends one job. The embedded
// engine is the adapter `native`, whose runner is this program, run again
// (package native). Sessions infer in batches, which the runner times itself.
package framework

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/measure"
	"edgebench/executor/modelfile"
	"edgebench/executor/result"
	"edgebench/executor/sensor"
)

// Request is a model to load, with the weights of its source, or else weights
// drawn from the seed; so is the input.
type Request struct {
	Model         *plan.Model
	Files         modelfile.Folder // of the model
	Seed          uint64
	Optimizations []string
	Precision     string
	Device        string  // kind of it; empty is the framework's first
	Sparsity      float64 // share of each layer's weights to set to zero
	Threads       int     // at least 1
	MaxBytes      int64   // of memory that the session may take; 0 is no bound
	// Tell is told what a load that takes long is at; it may be nil.
	Tell func(words string)
}

// Probe is what an adapter finds installed, before anything runs.
type Probe struct {
	Framework string `json:"framework"`
	Version   string `json:"version"`
	// Revision identifies the code that infers where the version alone does
	// not; it may be empty.
	Revision string `json:"revision,omitempty"`
	// Optimizations are those that this installation offers.
	Optimizations []string `json:"optimizations"`
	// Devices are the kinds of them that it sees on this machine; DeviceNames what
	// some are called, and MissingDevices why others are not seen, by kind.
	Devices        []string          `json:"devices"`
	DeviceNames    map[string]string `json:"device_names,omitempty"`
	MissingDevices map[string]string `json:"missing_devices,omitempty"`
}

// Digest covers everything of a probe that decides results: a result of another
// digest is a result of other software.
func (p Probe) Digest() string {
	decisive := []string{p.Framework, p.Version, p.Revision}
	for _, kind := range slices.Sorted(maps.Keys(p.DeviceNames)) {
		decisive = append(decisive, kind+"="+p.DeviceNames[kind])
	}
	sum := sha256.Sum256([]byte(strings.Join(decisive, "\x00")))
	return hex.EncodeToString(sum[:])
}

// ErrNotInstalled is what Probe returns, wrapped, for a framework that this
// machine does not have: nothing went wrong, there is only nothing to run.
var ErrNotInstalled = errors.New("is not installed")

// ErrNotOffered is the error, wrapped, of an optimization that the framework has
// and this installation of it lacks, such as one that needs another package or
// another processor.
var ErrNotOffered = errors.New("as it is installed here does not offer")

// ErrNoDevice is the error, wrapped, of a device that a framework would need or
// was asked for, and that is not on this machine.
var ErrNoDevice = errors.New("not run on the device")

// Absent reports whether an error says that a job cannot run on this machine as
// it is, rather than that something went wrong.
func Absent(err error) bool {
	return errors.Is(err, ErrNotInstalled) || errors.Is(err, ErrNotOffered) || errors.Is(err, ErrNoDevice)
}

// Offers returns nil where this installation has all of some optimizations, and
// else what is missing. A probe without a list does not say.
func (p Probe) Offers(optimizations []string) error {
	for _, o := range optimizations {
		if p.Optimizations != nil && !slices.Contains(p.Optimizations, o) {
			return fmt.Errorf("%s %s %w %s", p.Framework, p.Version, ErrNotOffered, o)
		}
	}
	return nil
}

// Sees returns nil where the installation sees a kind of device, or any where
// none is asked for, and else why not. A probe without a list does not say.
func (p Probe) Sees(kind string) error {
	switch {
	case p.Devices == nil || slices.Contains(p.Devices, kind), kind == "" && len(p.Devices) > 0:
		return nil
	case kind == "" && len(p.MissingDevices) == 1:
		kind = slices.Collect(maps.Keys(p.MissingDevices))[0]
	}
	what := strings.Replace(fmt.Sprintf("no %s device", kind), "  ", " ", 1)
	if why := p.MissingDevices[kind]; why != "" {
		return fmt.Errorf("%s here: skipped, %w: %s", what, ErrNoDevice, why)
	}
	if len(p.Devices) == 0 {
		return fmt.Errorf("%s here: skipped, %w: %s %s sees none", what, ErrNoDevice, p.Framework, p.Version)
	}
	return fmt.Errorf("%s here: skipped, %w: %s %s sees %s alone, and does not know another", what, ErrNoDevice, p.Framework, p.Version, strings.Join(p.Devices, ", "))
}

// Reference is outputs that a session's must agree with, and how they were
// checked themselves.
type Reference struct {
	Outputs [][]float32
	// Dense is the outputs of the model with all of its weights, where the
	// request asks for some to be set to zero; otherwise nil.
	Dense [][]float32
	Check result.Check
}

// Adapter runs models in one framework.
type Adapter interface {
	// Probe tells what is installed. The error says what is missing, and how to
	// get it.
	Probe(ctx context.Context) (Probe, error)
	// Reference computes the outputs that a session of the same request must
	// give. The error says which layer is wrong.
	Reference(ctx context.Context, r Request) (Reference, error)
	// Load prepares a session for inference.
	Load(ctx context.Context, r Request) (Session, error)
}

// Session is a loaded model with its input in place.
type Session interface {
	measure.Accounted
	// Outputs infers once and returns the graph's outputs.
	Outputs(ctx context.Context) ([][]float32, error)
	Software() result.Software
	Placement() result.Placement
	LoadTime() time.Duration
	MemoryBytes() int64 // that the framework says it allocated; 0: it does not say
	// Peak is the most memory that the session's process has had resident. It
	// can be read until the session is closed.
	Peak() sensor.Reading
	Close() error
}

// Of returns a framework's adapter.
func Of(f *spec.Framework) (Adapter, error) {
	switch {
	case f.Adapter == "native":
		return Native{}, nil
	case f.Adapter == "process" && f.Runner != nil:
		return Process{Name: f.Name, Runner: f.Runner}, nil
	}
	return nil, fmt.Errorf("this version of edgebench has no adapter %q: it has native, and process for a framework with a runner", f.Adapter)
}
