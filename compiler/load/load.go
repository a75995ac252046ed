package load

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"

	"cuelang.org/go/cue"
	"cuelang.org/go/cue/ast"
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"
	"cuelang.org/go/cue/parser"

	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/specs"
)

// Load reads the spec at a path, a built-in study's name, a folder or a .cue
// file, and adds it to the built-in catalogue. What is wrong with the spec is
// returned as Diagnostics. When the context ends, so does Load.
func Load(ctx context.Context, path string) (*spec.Spec, error) {
	if slices.Contains(specs.Studies, path) {
		return builtinStudy(path)
	}
	base, err := Builtin()
	if err != nil {
		return nil, err
	}
	src, err := userSource(path)
	if err != nil {
		return nil, err
	}
	e, err := evaluate(ctx, path)
	if err != nil {
		return nil, err
	}
	s, err := src.decode(e.Value, func() []*ast.File { return parseAll(e.Files) }, base)
	if err == nil {
		state(s, e.Require)
	}
	return s, err
}

// parseAll parses files again that the child process parsed.
func parseAll(names []string) []*ast.File {
	var files []*ast.File
	for _, name := range names {
		if f, err := parser.ParseFile(name, nil); err == nil {
			files = append(files, f)
		}
	}
	return files
}

// source is one CUE package to load.
type source struct {
	config   load.Config
	args     []string
	files    fs.FS               // what the package's data files are relative to
	display  func(string) string // how a file is named to the user
	internal func(string) bool   // whether a file is the built-in module's
	blanked  map[string][]byte   // files as faults looks at them again
}

// userSource is a package on disk, with the embedded module laid over it.
func userSource(path string) (source, error) {
	info, err := os.Stat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return source{}, spec.Diagnostic{Msg: fmt.Sprintf("%s: no such file or folder, and no built-in study has that name%s",
			path, suggest.DidYouMean(path, specs.Studies))}
	}
	if err != nil {
		return source{}, spec.Diagnostic{Msg: err.Error()}
	}
	dir, arg := path, "."
	if !info.IsDir() {
		if filepath.Ext(path) != ".cue" {
			return source{}, spec.Diagnostic{Msg: fmt.Sprintf("%s: not a spec: specs are CUE files, whose names end in .cue (https://cuelang.org)", path)}
		}
		dir, arg = filepath.Dir(path), filepath.Base(path)
	} else if found, _ := filepath.Glob(filepath.Join(escapeGlob(path), "*.cue")); len(found) == 0 {
		return source{}, spec.Diagnostic{Msg: fmt.Sprintf("%s: no spec in this folder: it holds no .cue file. `edgebench init %s` writes a starter", path, path)}
	}
	root, err := moduleRoot(dir)
	if err != nil {
		return source{}, spec.Diagnostic{Msg: err.Error()}
	}
	overlay, err := overlayAt(root)
	if err != nil {
		return source{}, err
	}
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return source{}, err
	}
	builtin := filepath.Join(root, "cue.mod", "pkg")
	return source{
		config:  load.Config{Dir: absolute, ModuleRoot: root, Overlay: overlay},
		args:    []string{arg},
		files:   os.DirFS(absolute),
		display: func(file string) string { return displayName(file, absolute, dir) },
		internal: func(file string) bool {
			return strings.HasPrefix(file, builtin) || strings.HasPrefix(file, schemaFiles)
		},
	}, nil
}

// escapeGlob makes a folder's name stand for itself in a pattern.
func escapeGlob(path string) string {
	return strings.NewReplacer(`[`, `[[]`, `*`, `[*]`, `?`, `[?]`).Replace(path)
}

// displayName names a file the way the user named its folder.
func displayName(file, absolute, dir string) string {
	if rel, err := filepath.Rel(absolute, file); err == nil {
		return filepath.Join(dir, rel)
	}
	return file
}

// moduleRoot is the nearest folder upwards with a cue.mod, or else the folder
// itself.
func moduleRoot(dir string) (string, error) {
	absolute, err := filepath.Abs(dir)
	if err != nil {
		return "", err
	}
	for d := absolute; ; d = filepath.Dir(d) {
		if info, err := os.Stat(filepath.Join(d, "cue.mod")); err == nil && info.IsDir() {
			return d, nil
		}
		if d == filepath.Dir(d) {
			return absolute, nil
		}
	}
}

// overlayAt lays the embedded module over <root>/cue.mod/pkg/<specs.Path>, and
// a module file over a root that has none.
func overlayAt(root string) (map[string]load.Source, error) {
	overlay := map[string]load.Source{}
	if _, err := os.Stat(filepath.Join(root, "cue.mod", "module.cue")); errors.Is(err, fs.ErrNotExist) {
		overlay[filepath.Join(root, "cue.mod", "module.cue")] = load.FromString(UserModule)
	}
	pkg := filepath.Join(root, "cue.mod", "pkg", filepath.FromSlash(specs.Path))
	err := fs.WalkDir(specs.Files, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || filepath.Ext(name) != ".cue" || strings.HasPrefix(name, "cue.mod") {
			return err
		}
		data, err := specs.Files.ReadFile(name)
		overlay[filepath.Join(pkg, filepath.FromSlash(name))] = load.FromBytes(data)
		return err
	})
	return overlay, err
}

// UserModule is the cue.mod/module.cue of a user's specs.
const UserModule = `module: "study.local"
language: version: "v0.17.0"
`

// decode makes an evaluated package a spec, and adds it to base, which may be
// nil. Its files are parsed only once a position is asked for.
func (src source) decode(value []byte, parse func() []*ast.File, base *spec.Spec) (*spec.Spec, error) {
	text := &text{src: src, parse: sync.OnceValue(parse)}
	s := &spec.Spec{Files: src.files, Dir: src.dir(), Text: text}
	if err := json.Unmarshal(value, s); err != nil {
		return nil, spec.Diagnostic{Msg: fmt.Sprintf("%s: %v", src.display(src.config.Dir), err)}
	}
	if base == nil {
		return s, nil
	}
	text.base = base.Text
	return s, inherit(s, base).Err()
}

// dir is the package's folder on disk, if it is on disk.
func (src source) dir() string {
	if src.config.FS != nil {
		return ""
	}
	return src.config.Dir
}

// check builds the package and checks it against the schema.
func (src source) check() (*document, cue.Value, error) {
	doc, checked, err := src.build()
	if err != nil {
		return nil, checked, err
	}
	if err := checked.Validate(cue.Concrete(true)); err != nil {
		return nil, checked, src.faults(doc, checked, err).Err()
	}
	return doc, checked, nil
}

// build parses the package and unifies it with the schema.
func (src source) build() (*document, cue.Value, error) {
	instance, err := src.instance()
	if err != nil {
		return nil, cue.Value{}, err
	}
	for _, f := range instance.Files {
		hideRequirements(f)
	}
	ctx := cuecontext.New() // values of two contexts cannot be unified
	schema, err := buildSchema(ctx)
	if err != nil {
		return nil, cue.Value{}, err
	}
	return &document{src: src, syntax: instance.Files}, schema.Unify(ctx.BuildInstance(instance)), nil
}

// instance parses the package.
func (src source) instance() (*build.Instance, error) {
	instances := load.Instances(src.args, &src.config)
	instance := instances[0]
	if instance.Err != nil {
		doc := &document{src: src, syntax: instance.Files}
		return nil, doc.packageErrors(instance.Err).Err()
	}
	return instance, nil
}

func buildSchema(ctx *cue.Context) (cue.Value, error) {
	instance, err := builtinSource("schema").instance()
	if err != nil {
		return cue.Value{}, err
	}
	v := ctx.BuildInstance(instance).LookupPath(cue.ParsePath("#Spec"))
	return v, v.Err()
}
