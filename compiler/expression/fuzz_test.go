package expression_test

import (
	"errors"
	"testing"

	"edgebench/compiler/expression"
)

// FuzzCompile compiles and runs expressions and texts that nobody checked: what
// is wrong with one is a fault within it, never a panic.
func FuzzCompile(f *testing.F) {
	f.Add("weight_bytes > 2 && 'conv' in model.operators")
	f.Add("all(optimizations, # == 'x') ? known(activation_bytes) : 1 / 0")
	f.Add("needs {mib(weight_bytes)} of {platform.memory_bytes}")
	f.Add("{{}}é{")
	x := expression.Combination{
		Model: &expression.Model{Name: "mine"}, Framework: &expression.Framework{}, Platform: &expression.Platform{Name: "board"},
		WeightBytes: expression.Num(3),
	}
	f.Fuzz(func(t *testing.T, source string) {
		if p, err := expression.Compile(source, expression.Rules, expression.Any, nil); err != nil {
			checkFault(t, source, err)
		} else {
			_, _ = p.Run(&x) // any error is one of the expression
		}
		if p, err := expression.CompileTemplate(source, expression.Rules, nil); err != nil {
			checkFault(t, source, err)
		} else {
			_, _ = p.Run(&x) // likewise
		}
	})
}

func checkFault(t *testing.T, source string, err error) {
	t.Helper()
	fault := (*expression.Fault)(nil)
	if !errors.As(err, &fault) {
		t.Fatalf("%q: %v (%T)", source, err, err)
	}
	if fault.Message == "" || fault.Offset < 0 || fault.Offset > len([]rune(source)) {
		t.Errorf("%q: %+v", source, fault)
	}
}
