// Package expression is the language of conditions, values and claims in specs:
// expr (https://expr-lang.org) over one vocabulary.
//
// The vocabulary is the types Result, Job, Model, Framework and Platform. A name
// stands for the same thing, of the same type, wherever an expression may be
// written; a Scope says which of them an expression sees.
//
// A number that is missing is not a number. An expression that touches one, such
// as the value of a result that was skipped, or that asks for the largest of no
// values, cannot be decided: evaluating it gives an Undecided, never a number.
// A condition can look first: `.status == "ok" && .value < 5`, or `known(.low)`.
package expression
