package framework

import "testing"

// TestOffers compares what a job asks for with what is installed; a probe
// without a list does not say.
func TestOffers(t *testing.T) {
	p := Probe{Framework: "F", Version: "1", Optimizations: []string{"fusion"}}
	if err := p.Offers([]string{"fusion"}); err != nil {
		t.Error(err)
	}
	err := p.Offers([]string{"fusion", "quantization"})
	if !Absent(err) || err.Error() != "F 1 as it is installed here does not offer quantization" {
		t.Errorf("got %v", err)
	}
	if err := (Probe{}).Offers([]string{"fusion"}); err != nil {
		t.Errorf("a probe that does not say: %v", err)
	}
}
