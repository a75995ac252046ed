package figure

import (
	"bytes"
	"fmt"
	"image/color"
	"image/png"
	"io"
	"regexp"
	"strings"

	"gonum.org/v1/plot/vg"
	"gonum.org/v1/plot/vg/draw"
	"gonum.org/v1/plot/vg/vgimg"
	"gonum.org/v1/plot/vg/vgsvg"
)

// PNGDotsPerInch is the resolution of PNG.
const PNGDotsPerInch = 150

// Size is the figure's size where it may be at most maxWidth wide (zero: as
// wide as it wants): its own, or what its form and content need.
func (f *Figure) Size(maxWidth vg.Length) (width, height vg.Length, err error) {
	a, err := f.arrangeWithin(maxWidth)
	if err != nil {
		return 0, 0, err
	}
	size := a.bounds()
	return size.X, size.Y, nil
}

func (f *Figure) arrangeWithin(maxWidth vg.Length) (arrangement, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	width := vg.Length(f.WidthMM) * vg.Millimeter
	if width == 0 {
		width = f.form().width
	}
	if maxWidth > 0 {
		width = min(width, maxWidth)
	}
	return f.arrange(width, vg.Length(f.HeightMM)*vg.Millimeter)
}

// Draw draws the figure, without its caption, so that it fills c. Errors
// where the data are wrong, or c is too small for what must be readable.
func (f *Figure) Draw(c draw.Canvas) error {
	if err := f.Check(); err != nil {
		return err
	}
	size := c.Rectangle.Size()
	l, err := f.arrange(size.X, size.Y)
	if err != nil {
		return err
	}
	c.Push()
	defer c.Pop()
	c.Translate(c.Min)
	c.Rectangle = vg.Rectangle{Max: size}
	l.draw(c)
	return nil
}

// SVG writes the figure as SVG on white, text as text.
func (f *Figure) SVG(w io.Writer) error {
	a, err := f.arrangeWithin(0)
	if err != nil {
		return err
	}
	drawing, err := svg(a, true)
	if err != nil {
		return err
	}
	_, err = w.Write(drawing)
	return err
}

// PageSVG is the figure as an SVG element of an HTML page, at most maxWidth
// wide (zero: as wide as it wants). It has no ground, its lines and words have
// the page's colours, the CSS variables --ink, --line, --pale and --paper, and
// its words the page's typeface.
func (f *Figure) PageSVG(maxWidth vg.Length) (string, error) {
	a, err := f.arrangeWithin(maxWidth)
	if err != nil {
		return "", err
	}
	drawing, err := svg(a, false)
	if err != nil {
		return "", err
	}
	_, element, _ := bytes.Cut(drawing, []byte("<svg"))
	return "<svg" + pageStyle.Replace(string(element)), nil
}

// pageStyle gives an SVG a page's colours, and leaves to the page what it says
// of every text.
var pageStyle = strings.NewReplacer(
	":"+hex(ink), ":var(--ink)", ":"+hex(quiet), ":var(--line)", ":"+hex(pale), ":var(--pale)", ":"+hex(paper), ":var(--paper)",
	svgFonts, "", "font-variant:normal;", "", "font-weight:normal;", "", "font-style:normal;", "",
)

func hex(c color.RGBA) string { return fmt.Sprintf("#%02X%02X%02X", c.R, c.G, c.B) }

// svg draws an arrangement, on white or on nothing.
func svg(a arrangement, ground bool) ([]byte, error) {
	size := a.bounds()
	canvas := vgsvg.New(size.X, size.Y)
	c := draw.New(canvas)
	if ground {
		c.SetColor(paper)
		c.Fill(c.Rectangle.Path())
	}
	a.draw(c)
	var buf bytes.Buffer
	if _, err := canvas.WriteTo(&buf); err != nil {
		return nil, err
	}
	return withoutResidue(withFallback(buf.Bytes())), nil
}

// residue is a coordinate that is zero but for rounding.
var residue = regexp.MustCompile(`"(-0|-?[0-9.]+e-[0-9]+)"`)

// withoutResidue writes such coordinates as 0: what is left of them differs
// between architectures, of which some fuse multiplication and addition.
func withoutResidue(svg []byte) []byte { return residue.ReplaceAll(svg, []byte(`"0"`)) }

// withFallback names fonts of nearly the same widths for readers without
// DejaVu Sans; vgsvg names one. Text cannot hold the replaced string: its
// quotes are escaped.
func withFallback(svg []byte) []byte {
	return bytes.ReplaceAll(svg, []byte(`style="font-family:DejaVu Sans;`), []byte(`style="`+svgFonts))
}

const svgFonts = `font-family:'DejaVu Sans',Verdana,sans-serif;`

// pngEncoder compresses little: a report has many figures, and with more effort
// most of its time would go into making them a third smaller.
var pngEncoder = png.Encoder{CompressionLevel: png.BestSpeed}

// PNG writes the figure as a PNG image at PNGDotsPerInch.
func (f *Figure) PNG(w io.Writer) error {
	a, err := f.arrangeWithin(0)
	if err != nil {
		return err
	}
	size := a.bounds()
	canvas := vgimg.NewWith(vgimg.UseWH(size.X, size.Y), vgimg.UseDPI(PNGDotsPerInch))
	a.draw(draw.New(canvas))
	return pngEncoder.Encode(w, canvas.Image())
}
