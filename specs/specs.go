// Package specs holds the built-in CUE module: the schema, the catalogue of
// models, frameworks, optimizations, platforms and compatibility, and the
// studies `paper` and `host`.
package specs

import "embed"

// Path is the CUE import path under which users' specs import the module's
// packages, such as "edgebench.dev/specs/catalog".
const Path = "edgebench.dev/specs"

// Files holds the module. Its root is the root of the CUE module. The folder
// decoded has the catalogue and the studies as JSON, which `go generate` makes
// of them, so that reading them takes no evaluation.
//
//go:embed cue.mod/module.cue schema/*.cue catalog/*.cue paper/*.cue paper/*.csv host/*.cue decoded/*.json
var Files embed.FS

// Studies names the packages of the module that declare a study, in the order
// in which a report has them.
var Studies = []string{"host", "paper"}
