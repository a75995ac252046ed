// Package plan is the compiler's output: what will run, what will not and why,
// in plain JSON that holds everything the executor and the report need.
//
// A plan is self-contained: it can be written to a file, moved to another
// machine and run there. A model's files go with it, named by their content
// (package modelfile). The same specs give the same bytes, in whatever folder
// they are.
package plan
