package spec

import (
	"regexp"
	"testing"
)

// TestRecover turns panics into diagnostics that name the file and the line of
// the program.
func TestRecover(t *testing.T) {
	var none []int
	for name, fail := range map[string]func(){
		"a panic of the runtime": func() { _ = none[3] },
		"a panic of the program": func() { panic("lost") },
	} {
		t.Run(name, func(t *testing.T) {
			err := func() (err error) {
				defer Recover("study.cue", &err)
				fail()
				return nil
			}()
			want := regexp.MustCompile(`^study\.cue: edgebench failed at it \(diagnostic_test\.go:\d+: .+\)\. That is a fault of edgebench`)
			if err == nil || !want.MatchString(err.Error()) {
				t.Errorf("the error is %v", err)
			}
		})
	}
	err := func() (err error) {
		defer Recover("study.cue", &err)
		return nil
	}()
	if err != nil {
		t.Errorf("without a panic the error is %v", err)
	}
}

// TestMaxListed: a list has an end, however often it is joined with others.
func TestMaxListed(t *testing.T) {
	var ds Diagnostics
	for line := range 1000 {
		ds = append(ds, Diagnostic{Position: Position{File: "a.cue", Line: line + 1, Col: 1}, Msg: "wrong"})
	}
	once := DiagnosticsOf(ds.Err())
	twice := DiagnosticsOf(append(once, Diagnostic{Position: Position{File: "b.cue", Line: 1, Col: 1}, Msg: "wrong"}).Err())
	for i, c := range []struct {
		list Diagnostics
		more string
	}{{once, "and 900 more: mend these first"}, {twice, "and 901 more: mend these first"}} {
		if len(c.list) != MaxListed+1 || c.list[MaxListed].Msg != c.more || c.list.Count() != 1000+i {
			t.Errorf("%d are listed, the last is %v, and they count as %d", len(c.list), c.list[len(c.list)-1], c.list.Count())
		}
	}
}
