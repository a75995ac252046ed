package device

import (
	"context"
	"fmt"

	"edgebench/executor/framework"
	"edgebench/executor/result"
)

// referee is the framework whose outputs others are compared with, where the
// embedded engine cannot compute them: ONNX's own runtime, without any
// optimization.
const referee = "ONNX Runtime"

// reference is what a session's outputs must agree with.
func (b *bench) reference(ctx context.Context, adapter framework.Adapter, r framework.Request) (framework.Reference, error) {
	if r.Model.Opaque == nil {
		return adapter.Reference(ctx, r)
	}
	if b.opaque == nil {
		found := b.ofReferee(ctx, r)
		if ctx.Err() != nil {
			return found, ctx.Err()
		}
		b.opaque = &found
	}
	return *b.opaque, nil
}

// ofReferee is the referee's outputs, or why there are none: a job can be
// measured without, and its result says so.
func (b *bench) ofReferee(ctx context.Context, r framework.Request) framework.Reference {
	outputs, version, err := b.refereeOutputs(ctx, r)
	if err != nil {
		return framework.Reference{Check: result.Check{Unchecked: fmt.Sprintf("only %s could compute outputs to compare with: %v", referee, err)}}
	}
	compared := 0
	for _, values := range outputs {
		compared += len(values)
	}
	return framework.Reference{Outputs: outputs, Check: result.Check{
		Reference: fmt.Sprintf("the outputs of %s %s in fp32 without optimizations, in a session of its own", referee, version), Compared: compared,
	}}
}

func (b *bench) refereeOutputs(ctx context.Context, r framework.Request) (outputs [][]float32, version string, err error) {
	f, ok := b.host.Plan.Catalog.Frameworks.Get(referee)
	if !ok {
		return nil, "", fmt.Errorf("the plan does not have it")
	}
	adapter, err := b.host.Adapter(f)
	if err != nil {
		return nil, "", err
	}
	if _, err := adapter.Probe(ctx); err != nil {
		return nil, "", err
	}
	r.Optimizations, r.Precision, r.Device = nil, "fp32", ""
	session, err := adapter.Load(ctx, r)
	if err != nil {
		return nil, "", err
	}
	defer session.Close()
	outputs, err = session.Outputs(ctx)
	return outputs, session.Software().Version, err
}
