// Package executor runs a plan.
//
// Run takes these steps:
//
//  1. describe the machine (package sensor) and open the run directory, with
//     one writer at a time (package journal);
//  2. ask the frameworks' adapters what is installed (package framework), and
//     leave out jobs that the directory already has results of, from the same
//     environment and software, and those that are not asked for;
//  3. keep the files of the plan's models in the run directory (package
//     modelfile);
//  4. group the rest: published values together, measured jobs by model and
//     policy, so that variants of one model are measured in turns;
//  5. give each group to its device backend (package device), which runs the
//     jobs in a framework (package framework) and samples them (package
//     measure);
//  6. append each measured job's record, with its raw samples, as soon as it is
//     known, and replayed values together.
//
// A job that fails leaves a record that says why, and the run goes on.
package executor
