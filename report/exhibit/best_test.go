package exhibit

import (
	"strings"
	"testing"

	"edgebench/compiler/expression"
	"edgebench/compiler/spec"
	"edgebench/report/data"
)

// TestBestOfThePaper: a printed value counts before a digitised one, and where
// the paper contradicts itself, both values are told.
func TestBestOfThePaper(t *testing.T) {
	rows := replayed(t).Rows
	for _, w := range waysOf(rows, spec.Published)["ResNet-101"][place{platform: "Raspberry Pi 3B"}] {
		if low, high := w.span(); w.with() == "TensorFlow" && (w.ms() != 13320 || low != 3420 || high != 13320 || !w.contradicted()) {
			t.Errorf("ResNet-101 with TensorFlow counts as %v of %v to %v", w.ms(), low, high)
		}
	}
	published := bests(rows, spec.Published)
	for _, tt := range []struct {
		model, platform string
		ms              float64
		with, told      string
	}{
		{"ResNet-101", "Raspberry Pi 3B", 8860, "TFLite", "TFLite is the fastest unless the lowest of these holds. ResNet-101 on Raspberry Pi 3B with TensorFlow: ≈3.42 s in figure 3, 13.32 s in figure 8"},
		{"TinyYolo", "Jetson TX2", 107.9, "PyTorch", "107.9 ms in figure 2, ≈29.1 ms in figure 9"},
		{"ResNet-50", "Jetson Nano", 32, "TensorRT", "32 ms in figure 2, 32 ms in figure 7, ≈22.8 ms in figure 12"},
		{"ResNet-18", "Raspberry Pi 3B", 870, "TFLite", "≈557.4 ms in figure 12"},
		{"Inception-v4", "Jetson TX2", 106.2, "PyTorch", ""},   // digitised: 104.4
		{"AlexNet", "Jetson TX2", 15.6, "PyTorch", ""},         // digitised: 14.8
		{"MobileNet-v2", "Raspberry Pi 3B", 480, "TFLite", ""}, // printed as 0.48 s too
	} {
		b, ok := published[tt.model][place{platform: tt.platform}]
		if !ok {
			t.Errorf("%s on %s has no best", tt.model, tt.platform)
			continue
		}
		if got := b.ms(); got != tt.ms || b.with() != tt.with {
			t.Errorf("%s on %s: %v ms with %s, want %v with %s", tt.model, tt.platform, got, b.with(), tt.ms, tt.with)
		}
		if told := b.contradictions(); (told == "") != (tt.told == "") || !strings.Contains(told, tt.told) {
			t.Errorf("%s on %s: contradictions are told as %q, want %q", tt.model, tt.platform, told, tt.told)
		}
	}
}

// TestBesideShowsBothEndsOfAContradiction: in the cell, with the sources below
// the table.
func TestBesideShowsBothEndsOfAContradiction(t *testing.T) {
	rows := replayed(t).Rows
	for _, model := range []string{"ResNet-101", "TinyYolo", "AlexNet"} {
		rows = append(rows, data.Row{Result: expression.Result{
			Model: model, Platform: "host", Framework: "native", Optimizations: []string{"fusion"}, Environment: "bare metal",
			Origin: spec.Measured, Metric: "time_per_inference", Status: "ok",
			ValueMS: expression.Num(100), Low: expression.Num(95), High: expression.Num(105),
		}})
	}
	beside := besideTable(rows)
	if err := beside.Check(); err != nil {
		t.Fatal(err)
	}
	column := map[string]int{}
	for i, c := range beside.Columns {
		column[c.Name] = i
	}
	cells := map[string]string{}
	notes := strings.Join(beside.Notes, "\n")
	for _, row := range beside.Rows {
		for name, i := range column {
			cells[row.Cells[0].Text+" / "+name] = row.Cells[i].Text
		}
		if pi := row.Cells[column["Raspberry Pi 3B"]]; row.Cells[0].Text == "ResNet-101" && (pi.Mark == "" || !strings.Contains(notes, pi.Mark+" TFLite is the fastest unless the lowest of these holds. ResNet-101 on Raspberry Pi 3B with TensorFlow: ≈3.42 s in figure 3, 13.32 s in figure 8")) {
			t.Errorf("ResNet-101 has the mark %q, and the notes are\n%s", pi.Mark, notes)
		}
	}
	for at, want := range map[string]string{
		"ResNet-101 / Raspberry Pi 3B":               "8860 (89×) TFLite",
		"TinyYolo / Jetson TX2: PyTorch":             "29.1–107.9 (0.29–1.1×)",
		"AlexNet / Jetson TX2: PyTorch":              "15.6 (0.16×)",
		"AlexNet / measured here: native, fusion":    "100",
		"TinyYolo / measured here: native, fusion":   "100",
		"ResNet-101 / measured here: native, fusion": "100",
	} {
		if cells[at] != want {
			t.Errorf("%s: %q, want %q", at, cells[at], want)
		}
	}
}
