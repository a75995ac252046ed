// Package load loads specs: it reads CUE, checks it against the schema and
// gives it as typed values, of which each can say where the user wrote it.
//
// Load takes these steps:
//
//  1. resolve a path: a built-in study's name, a folder or a file;
//  2. build the CUE package, with the built-in module laid over the user's
//     files so that it can be imported without a network;
//  3. check it against schema.#Spec and report every error with position, path
//     and, for a misspelt name, a suggestion (the embedded packages are checked
//     by a test instead, not at every start);
//  4. decode it, add it to the built-in catalogue, and keep the syntax trees
//     for positions of later errors.
//
// References between specs are names. They are resolved by the compiler, which
// asks spec.Spec.At for the position of what it finds wrong.
package load
