package compiler

import "testing"

// TestPlacesAreEstimated where published times let them, and nowhere else.
func TestPlacesAreEstimated(t *testing.T) {
	placed, err := Place(t.Context(), "VGG19")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		platform, framework string
		estimated           bool
	}{
		{"Jetson Nano", "TensorRT", true},
		{"Jetson TX2", "PyTorch", false},         // its time is published
		{"EdgeTPU", "TFLite", false},             // estimates there are too far off
		{"Raspberry Pi 3B", "TensorFlow", false}, // only quantized does it run, and published are times in fp32
		{"host", "native", false},                // nothing is published
	} {
		p := placeOf(t, placed.Places, c.platform, c.framework)
		if (p.Estimate != nil) != c.estimated {
			t.Errorf("on %s in %s: %+v", c.platform, c.framework, p.Estimate)
		}
		if e := p.Estimate; e != nil && (e.Low >= e.Seconds || e.Seconds >= e.High || e.Models < 4 || e.MedianError > 0.5) {
			t.Errorf("on %s in %s the estimate is %+v", c.platform, c.framework, *e)
		}
	}
}

func TestRounded(t *testing.T) {
	for x, want := range map[float64]float64{0.0123456: 0.0123, 98765: 98800, 0: 0} {
		if got := rounded(x); got != want {
			t.Errorf("%v is rounded to %v, want %v", x, got, want)
		}
	}
}
