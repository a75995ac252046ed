package face

import (
	"math"
	"strings"
	"testing"

	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
)

func TestMarksOfTheReportHaveGlyphs(t *testing.T) {
	for _, f := range []*Face{Sans, Bold, Oblique, BoldOblique, Mono} {
		for _, r := range "✓✗△▽◇◈◆★≈…•—×°µ²½\uFFFD" {
			if !f.Has(r) {
				t.Errorf("%s has no %c", f.Font.Name(), r)
			}
		}
	}
}

func TestClean(t *testing.T) {
	tests := []struct{ name, in, want string }{
		{"ASCII", "ResNet-50 (fp32)\n2", "ResNet-50 (fp32)\n2"},
		{"composed", "e\u0301", "é"},
		{"white space", "a\tb\r\u2003c\u00a0d", "a b  c\u00a0d"},
		{"control and format", "a\x00\x1b\u200b\u00adb\ufeff", "ab"},
		{"no glyph", "模型", "\uFFFD\uFFFD"},
		{"beyond the basic plane", "x\U0001F600y\U0001D54F", "x\uFFFDy\uFFFD"},
		{"not UTF-8", "a\xff\xfeb", "a\uFFFDb"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := Sans.Clean(tt.in); got != tt.want {
				t.Errorf("Clean(%q) = %q, want %q", tt.in, got, tt.want)
			}
		})
	}
}

// TestWidthIsGonums: without pairs that kern, both measure the same.
func TestWidthIsGonums(t *testing.T) {
	for _, f := range []*Face{Sans, Bold, Oblique, BoldOblique, Mono} {
		for _, s := range []string{"", "16485", "≈31.4", "nnn ◇△", "模"} {
			theirs := font.DefaultCache.Lookup(f.Font, 10)
			s = f.Clean(s)
			if got, want := 10*f.Width(s), theirs.Width(s).Points(); math.Abs(got-want) > 1e-6 {
				t.Errorf("%s: %q is %g points wide, gonum says %g", f.Font.Name(), s, got, want)
			}
		}
	}
}

func TestExtent(t *testing.T) {
	tests := []struct {
		text      string
		low, high float64
	}{
		{"", 0, 0},
		{" ", 0, 0},
		{"H", 0, 0.73},
		{"x", 0, 0.55},
		{"p", -0.21, 0.56},
		{"Hp", -0.21, 0.73},
	}
	for _, tt := range tests {
		low, high := Sans.Extent(tt.text)
		if math.Abs(low-tt.low) > 0.01 || math.Abs(high-tt.high) > 0.01 {
			t.Errorf("Extent(%q) = %.2f, %.2f; want %.2f, %.2f", tt.text, low, high, tt.low, tt.high)
		}
	}
}

func TestPlotsUseTheFace(t *testing.T) {
	if got := plot.New().X.Label.TextStyle.Font; got.Typeface != Sans.Font.Typeface || got.Variant != Sans.Font.Variant {
		t.Errorf("gonum/plot writes in %s", got.Name())
	}
}

func FuzzClean(f *testing.F) {
	f.Add("ResNet \xff\u0301\U0001F600\n")
	f.Fuzz(func(t *testing.T, s string) {
		clean := Sans.Clean(s)
		if again := Sans.Clean(clean); again != clean {
			t.Errorf("Clean(%q) = %q, cleaned again %q", s, clean, again)
		}
		for _, r := range strings.ReplaceAll(clean, "\n", "") {
			if r > 0xffff || !Sans.Has(r) && r != '\u00a0' {
				t.Errorf("Clean(%q) keeps %q", s, r)
			}
		}
	})
}
