// Package check finds what is wrong with a spec that has the right form: names
// that stand for nothing, policies that no measurement can follow, and
// expressions that cannot be evaluated. Each fault has its position.
package check
