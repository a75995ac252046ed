package load

import (
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
	"cuelang.org/go/cue/build"
	"cuelang.org/go/cue/cuecontext"
	"cuelang.org/go/cue/load"

	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/specs"
)

// Load reads the spec at a path, a built-in study's name, a folder or a .cue
// file, and adds it to the built-in catalogue. What is wrong with the spec is
// returned as Diagnostics.
func Load(path string) (*spec.Spec, error) {
	base, err := Builtin()
	if err != nil {
		return nil, err
	}
	if slices.Contains(specs.Studies, path) {
		return builtinStudy(base, path)
	}
	src, err := userSource(path)
	if err != nil {
		return nil, err
	}
	return src.load(base)
}

// Builtin returns the built-in catalogue, without a study. It is loaded once.
var Builtin = sync.OnceValues(func() (*spec.Spec, error) {
	return builtinSource("catalog").load(nil)
})

func builtinStudy(base *spec.Spec, name string) (*spec.Spec, error) {
	return builtinSource(name).load(base)
}

// source is one CUE package to load.
type source struct {
	config   load.Config
	args     []string
	files    fs.FS               // what the package's data files are relative to
	display  func(string) string // how a file is named to the user
	internal func(string) bool   // whether a file is the built-in module's
	blanked  map[string][]byte   // files as faults looks at them again
	vetted   bool                // a test checks the package, so that loading need not
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
		vetted:   true,
	}
}

// builtinName is how a file of the embedded module is named. It is no absolute
// path, so that it is never taken for a user's file.
func builtinName(file string) string { return specs.Path + file }

const schemaFiles = specs.Path + "/schema/"

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

// load builds, checks and decodes the package, and adds it to base.
func (src source) load(base *spec.Spec) (*spec.Spec, error) {
	doc, checked, err := src.check()
	if err != nil {
		return nil, err
	}
	data, err := checked.MarshalJSON()
	if err != nil {
		return nil, doc.cueErrors(err).Err()
	}
	s := &spec.Spec{Files: src.files, Dir: src.dir(), Text: doc}
	if err := json.Unmarshal(data, s); err != nil {
		return nil, spec.Diagnostic{Msg: fmt.Sprintf("%s: %v", src.display(src.config.Dir), err)}
	}
	if base == nil {
		return s, nil
	}
	doc.base = base.Text
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
	if src.vetted {
		return doc, checked, nil
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
	doc := &document{src: src, syntax: instance.Files}
	ctx := cuecontext.New() // values of two contexts cannot be unified
	if src.vetted {
		return doc, ctx.BuildInstance(instance), nil // it embeds schema.#Spec: once is enough
	}
	schema, err := buildSchema(ctx)
	if err != nil {
		return nil, cue.Value{}, err
	}
	return doc, schema.Unify(ctx.BuildInstance(instance)), nil
}

// instance parses the package.
func (src source) instance() (*build.Instance, error) {
	instances := load.Instances(src.args, &src.config)
	instance := instances[0]
	if instance.Err != nil {
		doc := &document{src: src, syntax: instance.Files}
		return nil, doc.cueErrors(instance.Err).Err()
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
