// Package expression is the language of conditions, values and claims in specs:
// expr (https://expr-lang.org) over one vocabulary.
//
// The vocabulary is results, gains, jobs, models, frameworks and platforms. A
// name stands for the same thing, of the same type, in each of them and wherever
// an expression may be written. A text that is compared with a name, as in
// `.model == "VGG16"`, must be the name of something that there is.
//
// A number that is missing is not a number. An expression that touches one, such
// as the value of a result that was skipped, cannot be decided. Neither can one
// that asks something of an empty selection: all, any, none, one, min, max, mean,
// median, sum, reduce and geomean of nothing have no value, while count and len
// of nothing are 0. A claim that cannot be decided does not hold, a figure's point
// that cannot be decided is missing, and a rule that cannot be decided is an
// error. A condition can look first: `.status == "ok" && .value < 5`, or
// `known(.low) && .low < 5`.
package expression
