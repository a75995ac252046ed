// Package data reads a run directory into rows: one for each result, and for
// each combination without a result, as expressions of figures and claims see
// them.
package data
