package deviation

import (
	"math"
	"testing"
)

func TestRelativeL2(t *testing.T) {
	nan, inf := float32(math.NaN()), math.Inf(1)
	tests := []struct {
		name      string
		want, got []float32
		error     float64
	}{
		{"the same", []float32{1, 2}, []float32{1, 2}, 0},
		{"a tenth off", []float32{3, 4}, []float32{3.3, 4.4}, 0.1},
		{"all zero", []float32{0, 0}, []float32{0, 0}, 0},
		{"zero expected", []float32{0}, []float32{1}, inf},
		{"of another length", []float32{1, 2}, []float32{1}, inf},
		{"not a number", []float32{1, 2}, []float32{1, nan}, math.NaN()},
	}
	for _, test := range tests {
		got := RelativeL2(test.want, test.got)
		if math.Abs(got-test.error) > 1e-6 && got != test.error || math.IsNaN(got) != math.IsNaN(test.error) {
			t.Errorf("%s: %v, want %v", test.name, got, test.error)
		}
	}
}

func TestSameTop1(t *testing.T) {
	tests := []struct {
		name      string
		want, got []float32
		same      bool
	}{
		{"the same", []float32{1, 3, 2}, []float32{1, 3, 2}, true},
		{"another", []float32{1, 3, 2}, []float32{1, 2, 3}, false},
		{"a tie within the bound", []float32{1, 3, 2.9999}, []float32{1, 2.9999, 3}, true},
		{"all negative", []float32{-1, -3}, []float32{-3, -1}, false},
	}
	for _, test := range tests {
		if got := SameTop1(test.want, test.got); got != test.same {
			t.Errorf("%s: %v", test.name, got)
		}
	}
}
