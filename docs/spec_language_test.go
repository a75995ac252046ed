// Package docs holds what is documented from the code itself.
package docs

import (
	"bytes"
	"fmt"
	goast "go/ast"
	goparser "go/parser"
	gotoken "go/token"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"

	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/format"
	"cuelang.org/go/cue/parser"
	"github.com/google/go-cmp/cmp"

	"edgebench/compiler/expression"
	"edgebench/compiler/metric"
	"edgebench/specs"
)

// update asks to write spec-language.md anew.
func update() bool { return os.Getenv("EDGEBENCH_UPDATE") != "" }

// TestSpecLanguage: spec-language.md says what the schema, the expressions and
// the metrics are.
func TestSpecLanguage(t *testing.T) {
	const name = "spec-language.md"
	want, err := specLanguage()
	if err != nil {
		t.Fatal(err)
	}
	generated(t, name, "code", want)
}

const opening = `# The spec language

A spec is a folder of [CUE](https://cuelang.org) files of one package. What may be written in it is the
schema, below as it stands in ` + "`specs/schema`" + `; ` + "`edgebench vet`" + ` checks a spec against it, and then names, layers,
claims and every expression. ` + "`edgebench init DIR`" + ` writes a starter, and ` + "`examples/`" + ` has studies to learn from.

This file is generated from the code: ` + "`EDGEBENCH_UPDATE=1 go test ./docs`" + `.
`

func specLanguage() ([]byte, error) {
	var b bytes.Buffer
	b.WriteString(opening)
	if err := writeExpressions(&b); err != nil {
		return nil, err
	}
	writeMetrics(&b)
	b.WriteString("\n## The schema\n")
	for _, file := range []string{"spec", "model", "framework", "platform", "compatibility", "experiment", "report"} {
		if err := writeSchema(&b, file); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// writeSchema writes the definitions of one file of the schema.
func writeSchema(b *bytes.Buffer, name string) error {
	text, err := specs.Files.ReadFile("schema/" + name + ".cue")
	if err != nil {
		return err
	}
	file, err := parser.ParseFile(name+".cue", text, parser.ParseComments)
	if err != nil {
		return err
	}
	for _, d := range file.Decls {
		f, isField := d.(*ast.Field)
		if !isField {
			continue
		}
		label, _, err := ast.LabelName(f.Label)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "\n### %s\n", label)
		for _, c := range ast.Comments(f) {
			if c.Doc {
				fmt.Fprintf(b, "\n%s\n", strings.TrimSpace(indented(c.Text())))
			}
		}
		ast.SetComments(f, nil)
		source, err := format.Node(f)
		if err != nil {
			return err
		}
		fmt.Fprintf(b, "\n```cue\n%s\n```\n", bytes.TrimSpace(source))
	}
	return nil
}

// indented turns lines that begin with a tab into code.
func indented(text string) string { return strings.ReplaceAll(text, "\t", "    ") }

// described are the types that expressions see, with what each is called.
var described = []struct {
	name, heading string
}{
	{"Combination", "What a rule sees"},
	{"OfResult", "What a figure sees"},
	{"OfGain", "What a figure over gains sees"},
	{"OfModel", "What a figure over models sees"},
	{"OfStudy", "What a claim sees"},
	{"OfCategory", "What a line of a figure sees"},
	{"Job", "What `--only` sees: a job"},
	{"Result", "A result"},
	{"Gain", "A gain"},
	{"Model", "A model"},
	{"Framework", "A framework"},
	{"Platform", "A platform"},
}

func writeExpressions(b *bytes.Buffer) error {
	types, about, err := vocabulary()
	if err != nil {
		return err
	}
	_, about, _ = strings.Cut(about, "\n\n") // without the package's first sentence
	fmt.Fprintf(b, "\n## Expressions\n\nConditions, values and claims are expressions of [expr](https://expr-lang.org/docs/language-definition).\n\n%s\n", strings.TrimSpace(about))
	for _, d := range described {
		t, ok := types[d.name]
		if !ok {
			return fmt.Errorf("package expression has no type %s", d.name)
		}
		fmt.Fprintf(b, "\n### %s\n\n| name | type | meaning |\n| --- | --- | --- |\n", d.heading)
		for _, f := range t.Fields.List {
			tag := reflect.StructTag(strings.Trim(f.Tag.Value, "`")).Get("expr")
			fmt.Fprintf(b, "| `%s` | %s | %s |\n", tag, typeName(f.Type), oneLine(f.Doc.Text()))
		}
	}
	b.WriteString("\n### Functions\n\nBeside [those of expr](https://expr-lang.org/docs/language-definition), but for `get`:\n\n| function | meaning |\n| --- | --- |\n")
	for _, f := range expression.Functions {
		fmt.Fprintf(b, "| `%s` | %s |\n", f.Usage, oneLine(f.Meaning))
	}
	return nil
}

// vocabulary reads the types of package expression and the package's comment.
func vocabulary() (types map[string]*goast.StructType, about string, err error) {
	types = map[string]*goast.StructType{}
	files, err := filepath.Glob("../compiler/expression/*.go")
	if err != nil {
		return nil, "", err
	}
	for _, name := range files {
		file, err := goparser.ParseFile(gotoken.NewFileSet(), name, nil, goparser.ParseComments)
		if err != nil {
			return nil, "", err
		}
		if filepath.Base(name) == "doc.go" {
			about = file.Doc.Text()
		}
		goast.Inspect(file, func(n goast.Node) bool {
			if spec, ok := n.(*goast.TypeSpec); ok {
				if s, isStruct := spec.Type.(*goast.StructType); isStruct {
					types[spec.Name.Name] = s
				}
			}
			return true
		})
	}
	return types, about, nil
}

// typeName is a Go type as a writer of specs knows it.
func typeName(e goast.Expr) string {
	switch e := e.(type) {
	case *goast.StarExpr:
		return strings.ToLower(typeName(e.X))
	case *goast.ArrayType:
		return "list of " + typeName(e.Elt) + "s"
	case *goast.MapType:
		return typeName(e.Value) + "s by name"
	case *goast.Ident:
		switch e.Name {
		case "string":
			return "text"
		case "int", "int64", "float64":
			return "number"
		case "bool":
			return "true or false"
		case "Number":
			return "number, may be missing"
		case "List":
			return "list of texts, may be missing"
		}
		return e.Name
	}
	return "?"
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

func writeMetrics(b *bytes.Buffer) {
	b.WriteString("\n## Metrics\n\n| metric | unit | meaning | comes about | measured on this machine |\n| --- | --- | --- | --- | --- |\n")
	for _, m := range metric.All {
		here := "yes"
		switch {
		case m.Kind == metric.Comparing:
			here = "no: computed"
		case m.Refused("host") != "":
			here = "no: needs " + m.Needs
		}
		units := strings.Join(append([]string{m.Unit}, m.Units...), ", ")
		fmt.Fprintf(b, "| `%s` | %s | %s | %s | %s |\n", m.Name, units, m.Meaning, m.Kind, here)
	}
}

// generated compares a page with what it is made of, or makes it anew.
func generated(t *testing.T, name, source string, want []byte) {
	t.Helper()
	if update() {
		if err := os.WriteFile(name, want, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(got), string(want)); diff != "" {
		t.Errorf("%s is not what the %s says: run `EDGEBENCH_UPDATE=1 go test ./docs`. -file +%s:\n%s", name, source, source, diff)
	}
}
