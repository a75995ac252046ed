package framework

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"edgebench/executor/framework/native"
	"edgebench/executor/framework/process"
	"edgebench/executor/framework/protocol"
	"edgebench/executor/result"
	"edgebench/internal/scratch"
)

// Native is the embedded engine, in a child process of the same program.
type Native struct{}

// Probe implements Adapter: the engine is part of the program.
func (Native) Probe(context.Context) (Probe, error) {
	return Probe{Framework: native.Name, Version: native.Version(), Optimizations: []string{"fusion"}, Devices: []string{"cpu"}}, nil
}

// nativeCommand runs this program again as the runner.
func nativeCommand() (process.Command, error) {
	if os.Getenv(protocol.PipesVariable) != "" {
		// Note: a program that does not call native.Main would start itself
		// for ever.
		return process.Command{}, errors.New("this process is a runner itself: its program must call native.Main before all else")
	}
	self, err := os.Executable()
	if err != nil {
		return process.Command{}, fmt.Errorf("the program's own file, which runs native sessions: %w", err)
	}
	return process.Command{Args: append([]string{self}, native.Arguments...)}, nil
}

func nativeParams(r Request) (protocol.LoadParams, error) {
	model, err := json.Marshal(r.Model)
	if err != nil {
		return protocol.LoadParams{}, err
	}
	return protocol.LoadParams{
		Model:  protocol.Model{Name: r.Model.Name, Plan: model, Folder: string(r.Files), Seed: r.Seed, Sparsity: r.Sparsity},
		Input:  protocol.Input{Shape: batched(r.Model)},
		Device: r.Device, Threads: r.Threads, Precision: r.Precision, Optimizations: r.Optimizations, MaxBytes: r.MaxBytes,
	}, nil
}

// Reference implements Adapter: the engine's outputs, of which each layer is
// checked. It is a process of its own, since it keeps all activations, which a
// session's memory must not include.
func (Native) Reference(ctx context.Context, r Request) (Reference, error) {
	var ref Reference
	params, err := nativeParams(r)
	if err != nil {
		return ref, err
	}
	command, err := nativeCommand()
	if err != nil {
		return ref, err
	}
	dir, err := scratch.Make("reference")
	if err != nil {
		return ref, err
	}
	defer scratch.Remove(dir)
	p, err := process.Start(ctx, command)
	if err != nil {
		return ref, err
	}
	defer p.Close()
	var found protocol.Reference
	ask := protocol.ReferenceParams{LoadParams: params, File: filepath.Join(dir, "outputs.f32")}
	if err := p.Call(ctx, protocol.OpReference, ask, &found, nativeLimits.load); err != nil {
		return ref, err
	}
	ref.Check = result.Check{
		Reference: found.Description, Compared: found.Compared, Layers: found.Layers,
		WorstError: found.WorstError, WorstLayer: found.WorstLayer, Bound: found.Bound,
	}
	ref.Outputs, err = readOutputs(ask.File, found.Elements, r.Model)
	return ref, err
}

// Load implements Adapter.
func (Native) Load(ctx context.Context, r Request) (Session, error) {
	params, err := nativeParams(r)
	if err != nil {
		return nil, err
	}
	command, err := nativeCommand()
	if err != nil {
		return nil, err
	}
	dir, err := scratch.Make("session")
	if err != nil {
		return nil, err
	}
	return load(ctx, dir, command, params, r.Model, nativeLimits)
}
