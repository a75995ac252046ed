// Package runner is a runner's side of the protocol: the loop that answers
// requests, and that times inferences.
package runner

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"time"

	"edgebench/compiler/network/export/safetensors"
	"edgebench/executor/framework/protocol"
)

// Framework is what a runner runs.
type Framework interface {
	Hello() protocol.Hello
	// Load prepares a model with its input in place.
	Load(p protocol.LoadParams) (protocol.Loaded, error)
	// Infer computes the outputs once; it is what is timed.
	Infer() error
	// Outputs returns those of the last inference.
	Outputs() [][]float32
}

// Referrer is a Framework that also computes outputs to compare others with.
type Referrer interface {
	Reference(p protocol.LoadParams) (protocol.Reference, [][]float32, error)
}

// Serve answers requests until one closes the session or in ends. A close or an
// end in the middle of a run cuts that run short.
func Serve(in io.Reader, out io.Writer, f Framework) error {
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	s := &server{framework: f, out: out, ctx: ctx, origin: time.Now()}
	noteContinuations()
	requests := make(chan protocol.Request)
	failed := make(chan error, 1)
	go func() {
		failed <- read(in, requests, cancel)
		close(requests)
	}()
	for r := range requests {
		if err := s.answer(r); err != nil {
			return err
		}
		if r.Op == protocol.OpClose {
			return nil
		}
	}
	return <-failed
}

// read passes requests on, and ends the session's context at a close and at the
// end of in. Note: it reads ahead of the answers, which is how a close is seen
// during a run.
func read(in io.Reader, requests chan<- protocol.Request, cancel func()) error {
	defer cancel()
	lines := bufio.NewReader(in)
	for {
		line, err := protocol.ReadLine(lines)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
		var r protocol.Request
		if err := json.Unmarshal(line, &r); err != nil {
			return fmt.Errorf("a request that is not one: %w", err)
		}
		if r.Op == protocol.OpClose {
			cancel()
		}
		requests <- r
		if r.Op == protocol.OpClose {
			return nil
		}
	}
}

type server struct {
	framework Framework
	out       io.Writer
	ctx       context.Context
	origin    time.Time
	loaded    bool
	inferred  bool
}

// answer writes one reply. An operation's failure is in the reply.
func (s *server) answer(r protocol.Request) error {
	reply := protocol.Reply{ID: r.ID}
	result, err := s.perform(r)
	if err == nil {
		reply.Result, err = json.Marshal(result)
	}
	if err != nil {
		reply.Result, reply.Error = nil, err.Error()
	}
	return protocol.WriteLine(s.out, reply)
}

func (s *server) perform(r protocol.Request) (any, error) {
	switch r.Op {
	case protocol.OpHello:
		return s.hello(r.Params)
	case protocol.OpLoad:
		return s.load(r.Params)
	case protocol.OpRun:
		return s.run(r.Params)
	case protocol.OpOutput:
		return s.output(r.Params)
	case protocol.OpReference:
		return s.reference(r.Params)
	case protocol.OpClose:
		return struct{}{}, nil
	}
	return nil, fmt.Errorf("this runner has no operation %q", r.Op)
}

func (s *server) hello(params json.RawMessage) (any, error) {
	var p protocol.HelloParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	if p.Protocol != protocol.Version {
		return nil, fmt.Errorf("this runner speaks version %d of the protocol, not %d", protocol.Version, p.Protocol)
	}
	h := s.framework.Hello()
	h.Protocol = protocol.Version
	return h, nil
}

func (s *server) load(params json.RawMessage) (any, error) {
	var p protocol.LoadParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	if s.loaded {
		return nil, errors.New("a session loads one model: start another runner")
	}
	if devices := s.framework.Hello().Devices; p.Device != "" && !slices.Contains(devices, p.Device) {
		return nil, fmt.Errorf("it sees no device %s, only %s", p.Device, strings.Join(devices, ", "))
	}
	start := time.Now()
	loaded, err := s.framework.Load(p)
	if loaded.LoadNS == 0 {
		loaded.LoadNS = int64(time.Since(start))
	}
	s.loaded = err == nil
	return loaded, err
}

// run times inferences. Nothing but the inference lies between the two looks at
// the clock, and nothing is allocated on the way.
func (s *server) run(params json.RawMessage) (any, error) {
	var p protocol.RunParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	switch {
	case !s.loaded:
		return nil, errors.New("no model is loaded")
	case p.N < 1 || p.N > protocol.MaxBatch:
		return nil, fmt.Errorf("a run has 1 to %d inferences, not %d", protocol.MaxBatch, p.N)
	}
	b := protocol.Batch{StartNS: make([]int64, 0, p.N), DurationNS: make([]int64, 0, p.N)}
	before, known := usage()
	for range p.N {
		start := time.Since(s.origin)
		if err := s.framework.Infer(); err != nil {
			return nil, err
		}
		took := time.Since(s.origin) - start
		b.StartNS, b.DurationNS = append(b.StartNS, int64(start)), append(b.DurationNS, int64(took))
		if s.ctx.Err() != nil {
			break
		}
	}
	s.inferred = true
	if after, ok := usage(); known && ok {
		b.Usage = since(before, after)
	}
	return b, nil
}

func since(before, after protocol.Usage) *protocol.Usage {
	return &protocol.Usage{
		CPUNS:               after.CPUNS - before.CPUNS,
		InvoluntarySwitches: after.InvoluntarySwitches - before.InvoluntarySwitches,
		MajorFaults:         after.MajorFaults - before.MajorFaults,
		MinorFaults:         after.MinorFaults - before.MinorFaults,
		Continued:           after.Continued - before.Continued,
	}
}

func (s *server) output(params json.RawMessage) (any, error) {
	var p protocol.OutputParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	if !s.inferred {
		return nil, errors.New("nothing was inferred yet: there is no output")
	}
	return writeOutputs(p.File, s.framework.Outputs())
}

func (s *server) reference(params json.RawMessage) (any, error) {
	f, ok := s.framework.(Referrer)
	if !ok {
		return nil, fmt.Errorf("this runner has no operation %q", protocol.OpReference)
	}
	var p protocol.ReferenceParams
	if err := json.Unmarshal(params, &p); err != nil {
		return nil, err
	}
	reference, outputs, err := f.Reference(p.LoadParams)
	if err != nil {
		return nil, err
	}
	reference.Output, err = writeOutputs(p.File, outputs)
	return reference, err
}

func writeOutputs(path string, outputs [][]float32) (protocol.Output, error) {
	result := protocol.Output{Elements: []int64{}}
	f, err := os.Create(path)
	if err != nil {
		return result, err
	}
	b := bufio.NewWriter(f)
	for _, y := range outputs {
		result.Elements = append(result.Elements, int64(len(y)))
		err = errors.Join(err, safetensors.WriteFloats(b, y))
	}
	return result, errors.Join(err, b.Flush(), f.Close())
}
