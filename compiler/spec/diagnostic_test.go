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
