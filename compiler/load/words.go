package load

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"edgebench/compiler/spec"
	"edgebench/specs"
)

// How messages of CUE begin.
const (
	missing     = "field is required but not present"
	conflicting = "conflicting values "
	unusable    = "cannot use "
)

var (
	mismatch = regexp.MustCompile(`(?s)^conflicting values .* and .* \(mismatched types (\S+) and (\S+)\)$`)
	noClause = regexp.MustCompile(`(?m)^\s*(.*\.cue): no package name$`)
	packaged = regexp.MustCompile(`^found packages ("[^"]*") \((.*)\) and ("[^"]*") \((.*)\) in `)
	notFound = regexp.MustCompile(`^reference "([^"]*)" not found$`)
)

// packages are those that a spec probably means by a name.
var packages = map[string]string{
	"catalog": specs.Path + "/catalog", "schema": specs.Path + "/schema",
	"list": "list", "math": "math", "regexp": "regexp", "strconv": "strconv", "strings": "strings", "struct": "struct",
}

// plainWords replaces CUE's wording where a user of specs would not know it,
// or would not know what to write.
func plainWords(msg string) string {
	switch {
	case strings.HasPrefix(msg, missing):
		return "this field is required, and missing"
	case strings.HasPrefix(msg, "incomplete value"):
		return "this field needs a value: " + msg
	case strings.HasPrefix(msg, "import failed"):
		return fmt.Sprintf("there is no such package here: a spec can import CUE's own packages, such as \"list\", %[1]s/catalog and %[1]s/schema, and those of its own module, below the folder that holds cue.mod", specs.Path)
	}
	if found := notFound.FindStringSubmatch(msg); found != nil {
		return msg + remedyOfName(found[1])
	}
	if found := mismatch.FindStringSubmatch(msg); found != nil {
		return wanted(found[1:], msg)
	}
	return msg
}

func remedyOfName(name string) string {
	if path, known := packages[name]; known {
		return fmt.Sprintf(": add `import %q` below the package clause", path)
	}
	return fmt.Sprintf(": if it is a text, write it in quotes, %q", name)
}

// wanted says what to write where the types of two values do not agree.
func wanted(types []string, msg string) string {
	for _, t := range types {
		switch t {
		case "bool":
			return "must be true or false, without quotes"
		case "list":
			return "must be a list, in brackets: [...]"
		case "struct":
			return "must be an object, in braces: {...}"
		}
	}
	for _, t := range types {
		switch t {
		case "int":
			return "must be a whole number, without quotes"
		case "number", "float":
			return "must be a number, without quotes"
		}
	}
	return msg
}

// packageErrors are the errors of a package that could not be built.
func (doc *document) packageErrors(err error) spec.Diagnostics {
	text := err.Error()
	at := func(file string) spec.Position {
		if !filepath.IsAbs(file) {
			file = filepath.Join(doc.src.config.Dir, file)
		}
		return spec.Position{File: doc.src.display(file), Line: 1, Col: 1}
	}
	if found := packaged.FindStringSubmatch(text); found != nil {
		return spec.Diagnostics{{Position: at(found[4]), Msg: fmt.Sprintf("this file is of package %s, and %s of %s: the files of one spec have one package clause",
			found[3], found[2], found[1])}}
	}
	var ds spec.Diagnostics
	for _, found := range noClause.FindAllStringSubmatch(text, -1) {
		ds = append(ds, spec.Diagnostic{Position: at(found[1]), Msg: "the file has no package clause: begin it with one, such as `package mystudy`"})
	}
	if len(ds) > 0 {
		return ds
	}
	ds = doc.cueErrors(err)
	for i := range ds {
		ds[i].Path, ds[i].Msg = "", plainWords(ds[i].Msg) // the path is the package's
	}
	return ds
}
