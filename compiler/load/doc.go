// Package load loads specs: it reads CUE, checks it against the schema and
// gives it as typed values, of which each can say where the user wrote it.
//
// Load takes these steps:
//
//  1. resolve a path: a built-in study's name, a folder or a file;
//  2. in a child process, within limits of time and memory: build the CUE
//     package, with the built-in module laid over the user's files so that it
//     can be imported without a network; check it against schema.#Spec and
//     report every error with position, path and, for a misspelt name, a
//     suggestion; give it as JSON;
//  3. decode it and add it to the built-in catalogue; the files are parsed again
//     only if a later error asks for a position.
//
// The built-in specs are read from the JSON that `go generate` makes of them.
//
// References between specs are names. They are resolved by the compiler, which
// asks spec.Spec.At for the position of what it finds wrong.
package load
