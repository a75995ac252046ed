package quantity_test

import (
	"math"
	"math/rand/v2"
	"strconv"
	"strings"
	"testing"

	"edgebench/executor/measure/quantity"
)

const ms = 1e6

// TestDigitsFollowTheInterval: what is written depends on how well the value is known.
func TestDigitsFollowTheInterval(t *testing.T) {
	around := func(v, share float64) quantity.Quantity { return quantity.Time(v, v*(1-share), v*(1+share)) }
	for _, tt := range []struct {
		q    quantity.Quantity
		want string
	}{
		{around(71.134*ms, 0.075), "71 ms ±8 %"},
		{around(71.134*ms, 0.0199), "71.1 ms ±2.0 %"},
		{around(71.134*ms, 0.004), "71.13 ms ±0.4 %"},
		{around(71.134*ms, 0.00001), "71.13 ms ±<0.1 %"},
		{around(71.134*ms, 0), "71.13 ms ±<0.1 %"},
		{around(71.134*ms, 0.3), "71 ms ±30 %"},
		{around(71.134*ms, 0.6), "70 ms ±60 %"},
		{around(71.134*ms, 0.97), "70 ms ±100 %"},
		{around(1234.5*ms, 0.02), "1.234 s ±2.0 %"},
		{around(999.9*ms, 0.02), "1000 ms ±2.0 %"},
		{around(48_300, 0.1), "48 us ±10 %"},
		{around(640, 0.01), "640 ns ±1.0 %"},
		{around(0.4, 0.01), "0.400 ns ±1.0 %"},
		{quantity.BareTime(71.134 * ms), "71 ms"},
		{quantity.BareTime(1234.5 * ms), "1.2 s"},
		{quantity.BareTime(0), "0.0 ns"},
		{quantity.New(1234.5, 987, 1481, "ms"), "1230 ms ±20 %"},
		{quantity.New(2.347, 2.2, 2.5, ""), "2.35 ±6 %"},
		{quantity.New(-0.004, -0.5, 0.5, "W"), "0.0 W ±13000 %"},
		{quantity.New(5, math.Inf(-1), math.Inf(1), "ms"), "5.000 ms"},
	} {
		if got := tt.q.String(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.q, got, tt.want)
		}
	}
}

func TestIntervalIsRoundedOutwards(t *testing.T) {
	for _, tt := range []struct {
		q    quantity.Quantity
		want string
	}{
		{quantity.New(71.134, 65.8, 76.5, "ms"), "65 to 77"},
		{quantity.New(10, 9, 11, "ms"), "9.0 to 11.0"},
		{quantity.New(1234, 987, 1481, "ms"), "980 to 1490"},
		{quantity.Bare(71, "ms"), ""},
	} {
		if got := tt.q.Interval(); got != tt.want {
			t.Errorf("%+v: %q, want %q", tt.q, got, tt.want)
		}
	}
}

func TestTimesKeepsTheRelativeWidth(t *testing.T) {
	q := quantity.New(2, 1.8, 2.2, "s").Times(1000, "ms")
	if got, want := q.String(), "2000 ms ±10 %"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

// TestNoWrittenValueClaimsTooMuch: over many values and widths the last digit is worth at least a
// 96th of the half-width (two digits of it), and rounding moves no value by more than a seventh of it.
func TestNoWrittenValueClaimsTooMuch(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 20_000 {
		v := math.Pow(10, random.Float64()*12-3)
		h := v * math.Pow(10, -random.Float64()*6)
		q := quantity.New(v, v-h, v+h, "x")
		number := q.Number()
		printed, err := strconv.ParseFloat(number, 64)
		if err != nil {
			t.Fatalf("%+v is written %q", q, number)
		}
		if step := math.Pow10(-q.Decimals()); h/step > 96 || math.Abs(printed-v) > step/2*(1+1e-9) {
			t.Fatalf("%v ±%v is written %s, at a step of %v", v, h, number, step)
		}
		if h/v > 0.005 && math.Abs(printed-v) > 0.15*h {
			t.Fatalf("%v ±%v is written %s: rounding moves it too far", v, h, number)
		}
		if s := q.Relative(); strings.Contains(s, "±0 %") || strings.Contains(s, "±0.0 %") {
			t.Fatalf("%v ±%v is written %s", v, h, s)
		}
	}
}
