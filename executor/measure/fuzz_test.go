package measure_test

import (
	"bytes"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"edgebench/compiler/spec/policy"
	"edgebench/executor/measure"
)

// FuzzReadSamples reads files that nobody checked: what is read is written as
// the same, and has a summary whatever the times are.
func FuzzReadSamples(f *testing.F) {
	const header = "start_ns,duration_ns,phase,disturbed\n"
	f.Add([]byte(header + "0,90,warmup,\n100,20,measured,stopped\n"))
	f.Add([]byte(header + "-5,-9223372036854775808,measured,\n9223372036854775807,9223372036854775807,measured,slept\n"))
	f.Add([]byte(header))
	rules := policy.Policy{
		MinCount: 2, MaxTime: policy.Duration(time.Minute), Confidence: 0.95, Headline: policy.Median,
		Percentiles: []float64{50, 90},
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		samples, err := measure.ReadSamples(bytes.NewReader(text))
		if err != nil {
			return
		}
		var written bytes.Buffer
		if err := measure.WriteSamples(&written, samples); err != nil {
			t.Fatal(err)
		}
		again, err := measure.ReadSamples(&written)
		if diff := cmp.Diff(samples, again); err != nil || diff != "" {
			t.Fatal(err, diff)
		}
		if s := measure.Summarize(samples, rules); s.Count+s.WarmupCount > len(samples) {
			t.Errorf("%d samples are summarized as %d and %d", len(samples), s.Count, s.WarmupCount)
		}
	})
}
