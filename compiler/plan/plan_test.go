package plan_test

import (
	"bytes"
	"strings"
	"testing"

	"edgebench/compiler/plan"
)

func encoded(t testing.TB, p *plan.Plan) []byte {
	if err := p.Seal(); err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if err := p.Encode(&b); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func sample() *plan.Plan {
	return &plan.Plan{Format: plan.Format, Jobs: []plan.Job{{ID: "a", Target: plan.Target{Model: "m"}}}}
}

func TestDecodeRefuses(t *testing.T) {
	sound := string(encoded(t, sample()))
	for _, c := range []struct{ name, text, want string }{
		{"nothing", "", "not a plan"},
		{"another file", `{"jobs": []}`, "states no format"},
		{"another version", `{"format": 0}`, "format 0, and this version of edgebench reads format"},
		{"an unknown field", strings.Replace(sound, `"digest"`, `"digets"`, 1), "damaged"},
		{"an edited job", strings.Replace(sound, `"m"`, `"n"`, 1), "not as it was compiled"},
	} {
		if _, err := plan.Decode([]byte(c.text)); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: the error is %v, want one with %q", c.name, err, c.want)
		}
	}
}

// FuzzDecode reads plans that nobody checked: an error, never a panic, and
// what is read is sealed.
func FuzzDecode(f *testing.F) {
	f.Add(encoded(f, sample()))
	f.Add([]byte(`{"format": 1, "catalog": {"models": {"x": null}}}`))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := plan.Decode(data)
		if err != nil {
			return
		}
		digest := p.Digest
		if err := p.Seal(); err != nil || p.Digest != digest {
			t.Errorf("a plan was accepted whose digest is %s, not %s (%v)", p.Digest, digest, err)
		}
	})
}
