package load

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"

	"edgebench/compiler/spec"
	"edgebench/specs"
)

//go:generate env EDGEBENCH_UPDATE=1 go test -run TestDecoded .

// Builtin returns the built-in catalogue, without a study. It is loaded once.
//
// Note: it is read from the decoded form that `go generate` writes, since CUE
// takes a tenth of a second to evaluate the catalogue, which every command
// would pay at its start. A test compares both.
var Builtin = sync.OnceValues(func() (*spec.Spec, error) { return decoded("catalog", nil) })

func builtinStudy(name string) (*spec.Spec, error) {
	base, err := Builtin()
	if err != nil {
		return nil, err
	}
	return decoded(name, base)
}

// decoded reads a package of the embedded module from its decoded form.
func decoded(pkg string, base *spec.Spec) (*spec.Spec, error) {
	data, err := specs.Files.ReadFile(decodedFile(pkg))
	if err != nil {
		return nil, err
	}
	src := builtinSource(pkg)
	return src.decode(data, src.syntax, base)
}

func decodedFile(pkg string) string { return "decoded/" + pkg + ".json" }

// evaluateBuiltin evaluates a package of the embedded module, and gives it as
// JSON.
func evaluateBuiltin(pkg string) ([]byte, error) {
	src := builtinSource(pkg)
	instance, err := src.instance()
	if err != nil {
		return nil, err
	}
	value := cuecontext.New().BuildInstance(instance) // it embeds schema.#Spec
	if err := value.Validate(cue.Concrete(true)); err != nil {
		return nil, err
	}
	return json.Marshal(value)
}

// builtinSource is a package of the embedded module.
func builtinSource(pkg string) source {
	files, err := fs.Sub(specs.Files, pkg)
	if err != nil {
		panic(err) // only for an invalid name
	}
	return source{
		config:   load.Config{FS: specs.Files, FromFSPath: builtinName, Dir: "/" + pkg, Package: pkg},
		args:     []string{"."},
		files:    files,
		display:  func(file string) string { return file },
		internal: func(file string) bool { return strings.HasPrefix(file, schemaFiles) },
	}
}

// syntax parses the package, for positions.
func (src source) syntax() []*ast.File {
	instance, err := src.instance()
	if err != nil {
		panic(fmt.Sprintf("built-in specs: %v", err)) // a test loads them
	}
	return instance.Files
}

// builtinName is how a file of the embedded module is named. It is no absolute
// path, so that it is never taken for a user's file.
func builtinName(file string) string { return specs.Path + file }

const schemaFiles = specs.Path + "/schema/"
