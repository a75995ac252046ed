// Package compat judges whether a model can run on a platform in a framework,
// before anything runs.
//
// A verdict is found in these steps, the first that applies:
//
//  1. an optimization that the framework does not have: skip, unless a cell
//     names the optimization;
//  2. an explicit cell that names platform and framework;
//  3. a framework that does not run on the platform: skip;
//  4. any other explicit cell, the one that names most;
//  5. the worst verdict of the computed rules;
//  6. ok.
//
// A rule whose verdict is ok decides nothing: its reason is a fact that speaks for
// a combination.
//
// Rules and cells come from specs. Explicit cells can be left out, to see what
// the rules alone say.
package compat
