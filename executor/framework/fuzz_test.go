package framework

import (
	"encoding/json"
	"testing"

	"edgebench/executor/framework/protocol"
)

// TestOverflowingTimes: a start and a duration whose sum has no room do not
// hide that the next inference starts before them.
func TestOverflowingTimes(t *testing.T) {
	const last = 1<<63 - 1
	b := protocol.Batch{StartNS: []int64{last, 0}, DurationNS: []int64{1, 1}}
	if err := checkBatch(b, 2); err == nil {
		t.Error("an inference that starts before the one before it is accepted")
	}
}

// FuzzBatch: times that are accepted are in order.
func FuzzBatch(f *testing.F) {
	f.Add([]byte(`{"start_ns":[0,10],"duration_ns":[10,5]}`))
	f.Add([]byte(`{"start_ns":[9223372036854775807,0],"duration_ns":[1,1]}`))
	f.Add([]byte(`{"start_ns":[-9223372036854775808,9223372036854775807],"duration_ns":[1,1],"usage":{}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var b protocol.Batch
		if json.Unmarshal(text, &b) != nil || checkBatch(b, len(b.StartNS)) != nil {
			return
		}
		for i := 1; i < len(b.StartNS); i++ {
			if b.StartNS[i] < b.StartNS[i-1] || b.DurationNS[i] < 0 {
				t.Errorf("accepted: %+v", b)
			}
		}
	})
}
