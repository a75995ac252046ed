// Package figure draws a report's charts from data.
//
// A Figure says what is shown, in which form, and where each value comes
// from; the steps from there to ink are:
//
//  1. Check refuses data that cannot be drawn honestly (check.go).
//  2. The value axis gets its range and ticks (axis.go), the legend its rows
//     (legend.go), the category names their place: flat, slanted or upright
//     (names.go). All are measured with the font that draws them.
//  3. What is left is the plot area, lowered until every label over a bar
//     fits below the legend (layout.go).
//  4. gonum/plot draws the axis and this package's plotters: grid, bars,
//     labels, symbols, names (bars.go, palette.go).
//
// Draw does this on any canvas, SVG and PNG on their own; CSV writes the
// same points as text.
package figure
