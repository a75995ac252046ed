// Package figure draws a report's charts from data.
//
// A Figure says what is shown, in which form, and where each value comes
// from; the steps from there to ink are:
//
//  1. Check refuses data that cannot be drawn honestly (check.go).
//  2. The axes get their ranges and ticks (axis.go), the legend its rows
//     (legend.go), the category names their place: flat, slanted or upright
//     (names.go). All are measured with the font that draws them.
//  3. What is left is the plot area, lowered until every label over a bar
//     or a marker fits below the legend (layout.go).
//  4. gonum/plot draws the value axis, and this package's plotters the rest:
//     bars (bars.go) and lines across them against a second axis (lines.go),
//     points by two values (scatter.go), or markers joined by category
//     (ranges.go).
//
// What one form does otherwise than the others is its form value, in the file of
// what draws it; form.go lists the facets and the forms. A new form is a file
// with its value and its plotter, an entry in the table, and a sample in the test
// that walks all forms.
//
// Pies have no axes and a layout of their own in place of steps 2 to 4
// (pies.go).
//
// Draw does this on any canvas, SVG and PNG on their own; CSV writes the
// same points as text.
package figure
