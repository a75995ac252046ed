package framework

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"edgebench/compiler/network/export"
	"edgebench/compiler/network/export/safetensors"
	"edgebench/compiler/network/weights"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor/framework/install"
	"edgebench/executor/framework/process"
	"edgebench/executor/framework/protocol"
	"edgebench/executor/framework/python"
	"edgebench/internal/scratch"
)

// Process is a framework with a runner of its own, as its spec states it.
type Process struct {
	Name   string // of the framework
	Runner *spec.Runner
	Python string // interpreter of {python}; empty is setup's or the user's
}

// command says how to start the runner, whose files may be put into dir.
func (p Process) command(dir string) (process.Command, error) {
	c := process.Command{HelloLimit: time.Duration(p.Runner.Limits.Start), Options: p.Runner.Options}
	if slices.ContainsFunc(p.Runner.Command, func(s string) bool { return strings.Contains(s, "{runners}") }) {
		if err := python.Write(dir); err != nil {
			return c, err
		}
	}
	interpreter := p.Python
	if interpreter == "" {
		interpreter, _ = p.python()
	}
	names := strings.NewReplacer("{python}", interpreter, "{runners}", dir)
	for _, a := range p.Runner.Command {
		c.Args = append(c.Args, names.Replace(a))
	}
	for _, name := range slices.Sorted(maps.Keys(p.Runner.Environment)) {
		c.Environment = append(c.Environment, name+"="+p.Runner.Environment[name])
	}
	return c, nil
}

// environment is the framework whose environment, of those that setup makes, has
// this one.
func (p Process) environment() string { return cmp.Or(p.Runner.Setup, p.Name) }

// python is the interpreter that has the framework: that of the environment
// which setup made for it, or else the one that the user names. The state is
// that of the environment, empty where setup has none for the framework.
func (p Process) python() (interpreter string, state install.State) {
	known, ok := install.ByName(p.environment())
	if !ok {
		return python.Interpreter(), ""
	}
	store, err := install.DefaultStore()
	if err != nil {
		return python.Interpreter(), install.Missing
	}
	state, err = store.Look(known)
	if err != nil || state != install.Ready {
		return python.Interpreter(), state
	}
	return store.Python(known), state
}

// absent is the error of a framework that cannot be started because it is not
// there, or not as it was installed.
func (p Process) absent(err error) error {
	environment := p.environment()
	switch _, state := p.python(); state {
	case "":
		if p.Runner.Needs != "" {
			return fmt.Errorf("%s %w: it needs %s (%w)", p.Name, ErrNotInstalled, p.Runner.Needs, err)
		}
		return fmt.Errorf("%w: its command is %q", err, strings.Join(p.Runner.Command, " "))
	case install.Ready:
		return fmt.Errorf("%s is installed and does not start: %w: `edgebench setup --remove %q` and `edgebench setup %q` install it anew", p.Name, err, environment, environment)
	case install.Missing:
		return fmt.Errorf("%s %w: `edgebench setup %q` installs it", p.Name, ErrNotInstalled, environment)
	default:
		return fmt.Errorf("%s %w as it should be, its environment is %s: `edgebench setup %q` mends it", p.Name, ErrNotInstalled, state, environment)
	}
}

// Probe implements Adapter: the runner says what it is.
func (p Process) Probe(ctx context.Context) (probe Probe, err error) {
	if _, state := p.python(); p.Python == "" && state != "" && state != install.Ready && !python.Named() {
		// Note: a system's own python3 may have the framework, in whichever version
		// and with whichever of its parts. It is used where the user names it.
		return Probe{}, p.absent(nil)
	}
	dir, err := scratch.Make("probe")
	if err != nil {
		return Probe{}, err
	}
	defer func() { err = errors.Join(err, scratch.Remove(dir)) }()
	c, err := p.command(dir)
	if err != nil {
		return Probe{}, err
	}
	r, err := process.Start(ctx, c)
	if err != nil {
		if ctx.Err() != nil {
			return Probe{}, ctx.Err()
		}
		return Probe{}, p.absent(err)
	}
	defer r.Close()
	h := r.Hello
	if h.Unavailable != "" {
		return Probe{}, fmt.Errorf("%s %s: %s; %w", h.Framework, h.Version, h.Unavailable, ErrNoDevice)
	}
	if f := p.Runner.Format; len(h.Formats) > 0 && !slices.Contains(h.Formats, f) {
		return Probe{}, fmt.Errorf("%s %s reads no %s models", h.Framework, h.Version, f)
	}
	return Probe{
		Framework: h.Framework, Version: h.Version, Revision: h.Revision, Optimizations: h.Optimizations,
		Devices: h.Devices, DeviceNames: h.DeviceNames, MissingDevices: h.MissingDevices,
	}, nil
}

// Reference implements Adapter: the embedded engine's outputs.
func (Process) Reference(ctx context.Context, r Request) (Reference, error) {
	r.Optimizations, r.Precision, r.Device = nil, "fp32", ""
	ref, err := Native{}.Reference(ctx, r)
	if err != nil {
		return ref, err
	}
	ref.Check.Reference = "the embedded engine's outputs in fp32, after it was checked itself: " + ref.Check.Reference
	if r.Sparsity == 0 {
		return ref, nil
	}
	ref.Check.Reference = "of the same pruned weights, " + ref.Check.Reference
	r.Sparsity = 0
	whole, err := Native{}.Reference(ctx, r)
	ref.Dense = whole.Outputs
	return ref, err
}

// Load implements Adapter.
func (p Process) Load(ctx context.Context, r Request) (Session, error) {
	if r.Model.Opaque != nil {
		if r.Sparsity > 0 {
			return nil, fmt.Errorf("the weights of %s cannot be pruned: EdgeBench does not read its file", r.Model.Name)
		}
		return p.LoadWeights(ctx, r, nil) // they are in the file that the runner is given
	}
	values, err := r.Files.Weights(r.Model, r.Seed)
	if err != nil {
		return nil, err
	}
	return p.LoadWeights(ctx, r, values.Pruned(r.Model.Graph, r.Sparsity))
}

// LoadWeights is Load with weights that the caller has.
func (p Process) LoadWeights(ctx context.Context, r Request, values *weights.Set) (_ Session, err error) {
	dir, err := scratch.Make("session")
	if err != nil {
		return nil, err
	}
	defer func() {
		if err != nil {
			scratch.Remove(dir)
		}
	}()
	params, err := p.params(dir, r, values)
	if err != nil {
		return nil, err
	}
	c, err := p.command(dir)
	if err != nil {
		return nil, err
	}
	c.Tell = r.Tell
	return load(ctx, dir, c, params, r.Model, p.limits())
}

func (p Process) limits() limits {
	return limits{time.Duration(p.Runner.Limits.Load), time.Duration(p.Runner.Limits.Run)}
}

// params writes the model and its input into the session's folder.
func (p Process) params(dir string, r Request, values *weights.Set) (protocol.LoadParams, error) {
	m, err := p.model(dir, r, values)
	if err != nil {
		return protocol.LoadParams{}, err
	}
	input, err := writeInput(dir, r)
	if err != nil {
		return protocol.LoadParams{}, err
	}
	return protocol.LoadParams{
		Model: m, Input: protocol.Input{File: input, Name: inputName(r.Model), Shape: batched(r.Model)},
		Device: r.Device, Threads: r.Threads, Precision: r.Precision, Optimizations: r.Optimizations,
		Options: p.Runner.Options, MaxBytes: r.MaxBytes,
	}, nil
}

// model puts the model's files into the session's folder: its own where only the
// framework can read them, else what is exported.
func (p Process) model(dir string, r Request, values *weights.Set) (protocol.Model, error) {
	m := protocol.Model{Name: r.Model.Name, Format: p.Runner.Format, Elements: r.Model.OutputElements()}
	if o := r.Model.Opaque; o != nil {
		for _, out := range o.Outputs {
			m.Outputs = append(m.Outputs, out.Name)
		}
		var err error
		m.Files, err = r.Files.Place(filepath.Join(dir, "model"), r.Model.Source)
		return m, err
	}
	to := export.Destination{Dir: dir, Name: export.Anonymous, Replace: true}
	to.Half = slices.Contains(r.Optimizations, "half_precision") // of the formats whose runtimes do not convert weights themselves
	exported, err := to.Write(r.Model.Graph, values, export.Format(p.Runner.Format))
	if err != nil {
		return m, err
	}
	m.Outputs = exported.Outputs
	for _, f := range exported.Files {
		m.Files = append(m.Files, f.Path)
	}
	return m, nil
}

// inputName is the input's in an opaque file; empty is that of an export.
func inputName(m *plan.Model) string {
	if m.Opaque == nil {
		return ""
	}
	return m.Opaque.InputName
}

func writeInput(dir string, r Request) (string, error) {
	path := filepath.Join(dir, "input.f32")
	f, err := os.Create(path)
	if err != nil {
		return "", err
	}
	return path, errors.Join(safetensors.WriteFloats(f, weights.InputOf(r.Model.Input, r.Seed)), f.Close())
}
