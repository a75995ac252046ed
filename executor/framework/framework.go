// Package framework adapts inference frameworks to the executor.
//
// An Adapter loads a model into its framework; the Session that it returns
// infers. The embedded engine is the adapter `native`. Frameworks that run as
// processes of their own are further adapters of the same interface: sessions
// infer in batches, so that such a process can time itself.
package framework

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"maps"
	"slices"
	"strings"

	"edgebench/compiler/network/graph"
	"edgebench/compiler/network/weights"
	"edgebench/executor/measure"
	"edgebench/executor/result"
)

// Request is a model to load.
type Request struct {
	Graph         *graph.Graph
	Weights       *weights.Set
	Input         []float32 // channel-first
	Optimizations []string
	Threads       int   // at least 1
	MaxBytes      int64 // of memory that the session may take; 0 is no bound
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
}

// Digest covers everything of a probe that decides results: a result of another
// digest is a result of other software.
func (p Probe) Digest() string {
	sum := sha256.Sum256([]byte(strings.Join([]string{p.Framework, p.Version, p.Revision}, "\x00")))
	return hex.EncodeToString(sum[:])
}

// Adapter runs models in one framework.
type Adapter interface {
	// Probe tells what is installed. The error says what is missing, and how to
	// get it.
	Probe(ctx context.Context) (Probe, error)
	// Check runs the model once and compares its outputs with a reference. The
	// error says which layer is wrong.
	Check(ctx context.Context, r Request) (result.Check, error)
	// Load prepares a session for inference.
	Load(ctx context.Context, r Request) (Session, error)
}

// Session is a loaded model with its input in place.
type Session interface {
	measure.Subject
	Software() result.Software
	MemoryBytes() int64
	Close() error
}

// adapters by the name that a framework's spec states.
var adapters = map[string]Adapter{"native": Native{}}

// ByName returns an adapter.
func ByName(name string) (Adapter, error) {
	a, ok := adapters[name]
	if !ok {
		return nil, fmt.Errorf("this version of edgebench has no adapter %q: it has %v", name, slices.Sorted(maps.Keys(adapters)))
	}
	return a, nil
}
