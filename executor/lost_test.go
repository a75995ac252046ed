package executor_test

import (
	"bytes"
	"context"
	"strings"
	"testing"

	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/executor"
	"edgebench/executor/framework"
	"edgebench/executor/framework/process"
)

// mortal is a framework whose process is killed whenever it loads.
type mortal struct {
	installed
	loads int
}

func (m *mortal) Load(context.Context, framework.Request) (framework.Session, error) {
	m.loads++
	return nil, &process.Failure{Kind: process.Killed, What: "was killed"}
}

func runWith(t *testing.T, p *plan.Plan, dir string, a framework.Adapter, retry bool) executor.Tally {
	t.Helper()
	o, err := executor.Run(t.Context(), p, executor.Options{
		Dir: dir, Resume: true, Retry: retry, Program: "test",
		Adapter: func(*spec.Framework) (framework.Adapter, error) { return a, nil },
	})
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// TestAJobThatLosesItsProcess is tried twice, and again only by force.
func TestAJobThatLosesItsProcess(t *testing.T) {
	p, dir := compile(t, tinyStudy), t.TempDir()
	a := &mortal{installed: installed{version: "1"}}
	for i, c := range []struct {
		retry bool
		loads int
		want  string
	}{
		{false, 1, "the runner was killed"},
		{false, 2, "the runner was killed"},
		{false, 2, "not tried again, since it has lost its process 2 times. The last time: the runner was killed"},
		{true, 3, "the runner was killed"},
	} {
		o := runWith(t, p, dir, a, c.retry)
		if o.Failed != 1 || a.loads != c.loads || !strings.HasPrefix(o.Failures[0].Reason.Error(), c.want) {
			t.Errorf("run %d: loaded %d times, failed %v", i+1, a.loads, o.Failures)
		}
	}
}

// TestAnUnknownBackend fails its jobs, with a reason.
func TestAnUnknownBackend(t *testing.T) {
	var data bytes.Buffer
	if err := compile(t, tinyStudy).Encode(&data); err != nil {
		t.Fatal(err)
	}
	p, err := plan.Decode(data.Bytes()) // of its own: a compiled one shares the built-in catalogue
	if err != nil {
		t.Fatal(err)
	}
	host, ok := p.Catalog.Platforms.Get("host")
	if !ok {
		t.Fatal("the plan has no host")
	}
	for _, name := range []string{"ssh", "published"} {
		host.Backend = name
		o := runWith(t, p, t.TempDir(), &installed{version: "1"}, false)
		want := `host is reached by the backend "` + name + `", which this version of edgebench does not have (it has [host])`
		if o.Failed != 1 || !strings.HasPrefix(o.Failures[0].Reason.Error(), want) {
			t.Errorf("%+v", o)
		}
	}
}
