// Package face is the one typeface of the report: DejaVu Sans, which has the
// marks that the figures and tables use (✓ ✗ △ ▽ ◇ ◈ ≈ °). Importing it makes
// gonum/plot measure and draw with it, so that text is as wide in a PDF, an
// SVG or a PNG as it was when space was reserved for it.
package face

import (
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"github.com/go-fonts/dejavu/dejavusans"
	"github.com/go-fonts/dejavu/dejavusansbold"
	"github.com/go-fonts/dejavu/dejavusansboldoblique"
	"github.com/go-fonts/dejavu/dejavusansmono"
	"github.com/go-fonts/dejavu/dejavusansoblique"
	stdfont "golang.org/x/image/font"
	"golang.org/x/image/font/opentype"
	"golang.org/x/image/font/sfnt"
	"golang.org/x/image/math/fixed"
	"golang.org/x/text/unicode/norm"
	"gonum.org/v1/plot"
	"gonum.org/v1/plot/font"
)

// Missing stands for a character that a face has no glyph for.
const Missing = '\uFFFD'

// Face is one style of the typeface.
type Face struct {
	Font font.Font // how gonum/plot names it
	TTF  []byte    // the font file; never written to

	parsed *opentype.Font
	ascii  [utf8.RuneSelf]float64 // advances
	other  sync.Map               // advances of other runes
}

// The faces of the report.
var (
	Sans        = parse(font.Font{Variant: "Sans"}, dejavusans.TTF)
	Bold        = parse(font.Font{Variant: "Sans", Weight: stdfont.WeightBold}, dejavusansbold.TTF)
	Oblique     = parse(font.Font{Variant: "Sans", Style: stdfont.StyleOblique}, dejavusansoblique.TTF)
	BoldOblique = parse(font.Font{Variant: "Sans", Weight: stdfont.WeightBold, Style: stdfont.StyleOblique}, dejavusansboldoblique.TTF)
	Mono        = parse(font.Font{Variant: "Mono"}, dejavusansmono.TTF)
)

// Making the typeface gonum/plot's own takes about a millisecond; doing it
// on first use instead would race with a plot that is being drawn.
func init() {
	for _, f := range []*Face{Sans, Bold, Oblique, BoldOblique, Mono} {
		font.DefaultCache.Add(font.Collection{{Font: f.Font, Face: f.parsed}})
	}
	plot.DefaultFont = Sans.Font
}

// parse panics on a font file that the build embedded wrongly.
func parse(f font.Font, ttf []byte) *Face {
	f.Typeface = "DejaVu"
	parsed, err := opentype.Parse(ttf)
	if err != nil {
		panic("face: " + f.Name() + ": " + err.Error())
	}
	face := &Face{Font: f, TTF: ttf, parsed: parsed}
	for r := range face.ascii {
		face.ascii[r] = face.advance(rune(r))
	}
	return face
}

// Has reports whether the face has a glyph for r.
func (f *Face) Has(r rune) bool {
	if r > ' ' && r < 0x7f {
		return true
	}
	var buf sfnt.Buffer
	i, err := f.parsed.GlyphIndex(&buf, r)
	return err == nil && i != 0
}

// Width is the width of s in ems, without kerning, which PDF and SVG do not
// agree on. Characters without a glyph are as wide as Missing.
func (f *Face) Width(s string) float64 {
	sum := 0.0
	for _, r := range s {
		sum += f.Advance(r)
	}
	return sum
}

// Advance is the width of one character in ems.
func (f *Face) Advance(r rune) float64 {
	if r < utf8.RuneSelf {
		return f.ascii[r]
	}
	if adv, ok := f.other.Load(r); ok {
		return adv.(float64)
	}
	adv := f.advance(r)
	f.other.Store(r, adv)
	return adv
}

func (f *Face) advance(r rune) float64 {
	var buf sfnt.Buffer
	i, err := f.parsed.GlyphIndex(&buf, r)
	if err != nil || i == 0 {
		i, _ = f.parsed.GlyphIndex(&buf, Missing)
	}
	// At a size of one unit an em the advance is in font units.
	em := f.parsed.UnitsPerEm()
	adv, err := f.parsed.GlyphAdvance(&buf, i, fixed.Int26_6(em), stdfont.HintingNone)
	if err != nil {
		return 0
	}
	return float64(adv) / float64(em)
}

// Clean returns s with what the face can show: composed (NFC), line breaks
// kept, other white space as blanks, control and format characters dropped,
// and Missing for every other character without a glyph. Characters beyond
// the basic plane count as missing: gofpdf cannot encode them.
func (f *Face) Clean(s string) string {
	if isPlainASCII(s) {
		return s
	}
	s = strings.Map(printing, strings.ToValidUTF8(s, string(Missing)))
	return strings.Map(func(r rune) rune {
		if r == '\n' || r == '\u00a0' || r <= 0xffff && f.Has(r) {
			return r
		}
		return Missing
	}, norm.NFC.String(s))
}

// printing maps white space to blanks and drops what has no appearance.
func printing(r rune) rune {
	switch {
	case r == '\n' || r == '\u00a0':
		return r
	case unicode.IsSpace(r):
		return ' '
	case unicode.IsControl(r) || unicode.Is(unicode.Cf, r):
		return -1
	}
	return r
}

func isPlainASCII(s string) bool {
	for i := range len(s) {
		if s[i] >= 0x7f || s[i] < ' ' && s[i] != '\n' {
			return false
		}
	}
	return true
}

// Extent is how far the ink of s reaches up and down, in ems from the
// baseline; zeros where s has no ink.
func (f *Face) Extent(s string) (low, high float64) {
	var buf sfnt.Buffer
	em := f.parsed.UnitsPerEm()
	inked := false
	for _, r := range f.Clean(s) {
		i, err := f.parsed.GlyphIndex(&buf, r)
		if err != nil {
			continue
		}
		box, _, err := f.parsed.GlyphBounds(&buf, i, fixed.Int26_6(em), stdfont.HintingNone)
		if err != nil || box.Empty() {
			continue
		}
		// A font's y axis points up, an image's down.
		bottom, top := -float64(box.Max.Y)/float64(em), -float64(box.Min.Y)/float64(em)
		if !inked {
			low, high, inked = bottom, top, true
		}
		low, high = min(low, bottom), max(high, top)
	}
	return low, high
}
