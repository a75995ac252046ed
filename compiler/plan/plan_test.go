package plan_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"reflect"
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

// TestDigestIsOfTheWholeText: the digest, which is computed job by job, is that of
// the plan as one text, and what is read of it is what was written.
func TestDigestIsOfTheWholeText(t *testing.T) {
	job := plan.Job{ID: "a", Target: plan.Target{Model: `"jobs":null,"skips":null <&>`}, Published: &plan.Observation{Unit: "ms"}}
	for name, p := range map[string]*plan.Plan{
		"no lists":    {Format: plan.Format},
		"empty lists": {Format: plan.Format, Jobs: []plan.Job{}, Skips: []plan.Skip{}},
		"several":     {Format: plan.Format, Jobs: []plan.Job{job, job}, Skips: []plan.Skip{{}, {}}, Contradictions: []string{`"jobs":null,"skips":null`}},
	} {
		var whole bytes.Buffer
		if err := json.NewEncoder(&whole).Encode(p); err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(whole.Bytes())
		text := encoded(t, p)
		if want := hex.EncodeToString(sum[:]); p.Digest != want {
			t.Errorf("%s: the digest is %s, want %s", name, p.Digest, want)
		}
		read, err := plan.Decode(text)
		if err != nil || !reflect.DeepEqual(read, p) {
			t.Errorf("%s: read is %+v (%v), want %+v", name, read, err, p)
		}
	}
}
