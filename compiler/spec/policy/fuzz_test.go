package policy_test

import (
	"encoding/json"
	"testing"

	"edgebench/compiler/spec/policy"
)

// FuzzPolicy reads policies of plans that nobody checked: a duration is written
// as it was read, and checking ends.
func FuzzPolicy(f *testing.F) {
	f.Add([]byte(`{"name":"test","min_count":30,"max_time":"1m0s","confidence":0.95,"headline":"median","percentiles":[99]}`))
	f.Add([]byte(`{"min_time":"2","confidence":1e308}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		var p, again policy.Policy
		if json.Unmarshal(text, &p) != nil {
			return
		}
		p.Check()
		written, err := json.Marshal(p)
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(written, &again); err != nil || again.MaxTime != p.MaxTime || again.MinTime != p.MinTime {
			t.Errorf("%s is written as %s (%v)", text, written, err)
		}
	})
}
