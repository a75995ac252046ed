package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"edgebench/compiler"
	"edgebench/compiler/draft"
	"edgebench/compiler/load"
	"edgebench/compiler/plan"
	"edgebench/internal/atomicfile"
	"edgebench/internal/regular"
	"edgebench/specs"
)

// This file makes a study of models that are only named, without a spec.

const draftLong = `A MODEL.onnx, or a model of the catalogue that --model names, needs no spec: every
framework that runs on this machine is compared, each with every optimization
that it has, in turns. --framework, --optimization, --threads and --policy narrow
that down. --time ends the run within a time: after a first look at all of them,
only those are measured that may be the best. --save writes the study as a commented spec, a start of your own.`

// draftFlags say which study is made of models.
type draftFlags struct {
	models, frameworks, optimizations []string
	input, save                       string
	time                              time.Duration // 0: no limit
}

func (f *draftFlags) add(c *cobra.Command) {
	c.Flags().StringArrayVar(&f.models, "model", nil, "a model of the catalogue, instead of a spec (see edgebench list models)")
	c.Flags().StringArrayVar(&f.frameworks, "framework", nil, "of models without a spec: only this framework (can be repeated)")
	c.Flags().StringArrayVar(&f.optimizations, "optimization", nil, "of models without a spec: only this optimization, such as quantization, or none (can be repeated)")
	c.Flags().StringVar(&f.input, "input", "", "of model files that leave it open: the shape of one input without the batch, such as 3x224x224")
	c.Flags().StringVar(&f.save, "save", "", "of models without a spec: write the study, as a commented spec with its models, to this new folder")
	c.Flags().DurationVar(&f.time, "time", 0, "of models without a spec: end within this time, such as 2m, measuring only what may be the best after a first look at all")
	mustRegister(c.RegisterFlagCompletionFunc("model", completeModels))
}

// given reports whether models are named, and not specs.
func (f *draftFlags) given(paths []string) bool {
	return len(f.models) > 0 || slices.ContainsFunc(paths, isModelFile)
}

// check refuses what is neither a study of specs nor one of models, with what to
// write instead.
func (f *draftFlags) check(paths []string) error {
	for _, p := range paths {
		if how, ok := otherFormats[strings.ToLower(filepath.Ext(p))]; ok {
			return usageError{fmt.Errorf("%s is %s: EdgeBench reads models as ONNX files", p, how)}
		}
		if err := notAModel(p); err != nil {
			return err
		}
		if f.given(paths) && !isModelFile(p) {
			return usageError{fmt.Errorf("%s is no model file (.onnx), and models are given too: run specs and models apart, or name the model in the spec as `source: \"model.onnx\"`", p)}
		}
	}
	if f.time < 0 {
		return usageError{fmt.Errorf("--time is %v: give a time such as 2m", f.time)}
	}
	if f.narrowing() && !f.given(paths) {
		return usageError{errors.New("--framework, --optimization, --input, --time and --save are for models without a spec (MODEL.onnx, or --model). Of specs and plans, --only chooses: --only 'framework == \"OpenVINO\"'")}
	}
	return nil
}

// narrowing reports whether something is said of models without a spec.
func (f *draftFlags) narrowing() bool {
	return len(f.frameworks) > 0 || len(f.optimizations) > 0 || f.input != "" || f.save != "" || f.time != 0
}

func isModelFile(path string) bool { return strings.EqualFold(filepath.Ext(path), ".onnx") }

// otherFormats are files of models that are not read, and what makes ONNX of them.
var otherFormats = map[string]string{
	".pt":          "a PyTorch file. `torch.onnx.export(model, torch.zeros(1, 3, 224, 224), \"model.onnx\")` writes one",
	".pth":         "a PyTorch file. `torch.onnx.export(model, torch.zeros(1, 3, 224, 224), \"model.onnx\")` writes one",
	".tflite":      "a TensorFlow Lite file. `python -m tf2onnx.convert --tflite model.tflite --output model.onnx` writes one",
	".h5":          "a Keras file. `model.export(\"model.onnx\", format=\"onnx\")` writes one",
	".keras":       "a Keras file. `model.export(\"model.onnx\", format=\"onnx\")` writes one",
	".pb":          "a TensorFlow file. `python -m tf2onnx.convert --graphdef model.pb --output model.onnx` writes one",
	".safetensors": "weights without a graph. Load them in their framework, and export from there",
	".caffemodel":  "a Caffe file. Convert it with caffe2onnx",
	".mlmodel":     "a Core ML file. Export the model from the framework that it was made in",
	".engine":      "a TensorRT engine, of one device alone. Take the ONNX file that it was built from",
}

// notAModel says of a name that is none of a file or a built-in study, but of a
// model, how a model is named.
func notAModel(path string) error {
	if _, err := os.Stat(path); !errors.Is(err, fs.ErrNotExist) || slices.Contains(specs.Studies, path) {
		return nil
	}
	if isModelFile(path) {
		return usageError{fmt.Errorf("%s: no such file", path)}
	}
	catalogue, err := load.Builtin()
	if err != nil {
		return err
	}
	for _, name := range catalogue.Models.Names() {
		if strings.EqualFold(name, path) {
			return usageError{fmt.Errorf("%s: no such file or folder. The catalogue has a model of that name: --model %s", path, quoted(name))}
		}
	}
	return nil
}

func quoted(name string) string {
	if strings.ContainsRune(name, ' ') {
		return strconv.Quote(name)
	}
	return name
}

// compile compiles the study of some models.
func (f *draftFlags) compile(ctx context.Context, files []string, o overrideFlags) (*plan.Plan, error) {
	study := draft.Study{
		Command: "edgebench " + strings.Join(f.words(files, o), " "),
		Models:  f.models, Frameworks: f.frameworks, Optimizations: f.optimizations, Threads: o.threads, Policy: o.policy,
		Looks: f.time > 0,
	}
	if f.save != "" && o.processes != 0 {
		return nil, usageError{errors.New("--processes is not kept in a saved study: save it without, and give it a policy of its own that states `processes`")}
	}
	var err error
	if study.Require, err = o.requirements(); err != nil {
		return nil, err
	}
	if study.Input, err = shape(f.input); err != nil {
		return nil, err
	}
	dir, sources, err := together(files)
	if err != nil {
		return nil, err
	}
	catalogue, err := load.Builtin()
	if err != nil {
		return nil, err
	}
	study.Files = draft.NameFiles(sources, catalogue)
	p, text, err := compiler.CompileDraft(ctx, study, compiler.Overrides{Processes: o.processes}, dir)
	if err != nil || f.save == "" {
		return p, interrupted(err)
	}
	return p, saveDraft(f.save, text, p)
}

// words are the command line that asks for the study.
func (f *draftFlags) words(files []string, o overrideFlags) []string {
	words := []string{"run"}
	for _, file := range files {
		words = append(words, quoted(filepath.Base(file)))
	}
	add := func(flag string, values ...string) {
		for _, v := range values {
			words = append(words, "--"+flag, quoted(v))
		}
	}
	add("model", f.models...)
	add("framework", f.frameworks...)
	add("optimization", f.optimizations...)
	if len(o.threads) > 0 {
		add("threads", strings.Trim(strings.ReplaceAll(fmt.Sprint(o.threads), " ", ","), "[]"))
	}
	if o.policy != "" {
		add("policy", o.policy)
	}
	if o.processes != 0 {
		add("processes", fmt.Sprint(o.processes))
	}
	for _, q := range o.require {
		words = append(words, "--require", "'"+q+"'")
	}
	if f.input != "" {
		add("input", f.input)
	}
	if f.time > 0 {
		add("time", f.time.String())
	}
	return words
}

// shape reads dimensions such as 3x224x224.
func shape(text string) ([]int, error) {
	if text == "" {
		return nil, nil
	}
	var dims []int
	for _, part := range strings.Split(strings.NewReplacer("×", "x", ",", "x").Replace(text), "x") {
		n, err := strconv.Atoi(strings.TrimSpace(part))
		if err != nil || n < 1 {
			return nil, usageError{fmt.Errorf("--input is %q: write the shape of one input without the batch, such as 3x224x224", text)}
		}
		dims = append(dims, n)
	}
	return dims, nil
}

// together is the nearest folder that some files are in or below, and their
// paths from there, with slashes.
func together(files []string) (dir string, sources []string, err error) {
	var paths []string
	for _, f := range files {
		path, err := filepath.Abs(f)
		if err == nil {
			path, err = filepath.EvalSymlinks(path)
		}
		if err != nil {
			return "", nil, err
		}
		if slices.Contains(paths, path) {
			return "", nil, usageError{fmt.Errorf("%s is given twice", f)}
		}
		paths = append(paths, path)
	}
	if len(paths) == 0 {
		return "", nil, nil
	}
	dir = filepath.Dir(paths[0])
	for slices.ContainsFunc(paths, func(p string) bool { return below(dir, p) == "" }) {
		if dir == filepath.Dir(dir) {
			return "", nil, usageError{errors.New("the models are on different drives: copy them into one folder")}
		}
		dir = filepath.Dir(dir)
	}
	for _, p := range paths {
		sources = append(sources, filepath.ToSlash(below(dir, p)))
	}
	return dir, sources, nil
}

// below is a file's path from a folder; empty where it is not in it or below.
func below(dir, path string) string {
	rel, err := filepath.Rel(dir, path)
	if err != nil || !filepath.IsLocal(rel) {
		return ""
	}
	return rel
}

// saveDraft writes a study and the files of its models.
func saveDraft(dir, text string, p *plan.Plan) error {
	if err := writeStudy(dir, text); err != nil {
		return fmt.Errorf("--save: %w", err)
	}
	for _, m := range p.Catalog.Models.All() {
		if m.Source == nil {
			continue
		}
		for _, file := range m.Source.Files {
			if err := copyFile(filepath.Join(dir, filepath.FromSlash(file.Name)), filepath.Join(m.Source.Dir, filepath.FromSlash(file.Name))); err != nil {
				return fmt.Errorf("--save: the model's file could not be copied: %w", err)
			}
		}
	}
	return nil
}

func copyFile(to, from string) error {
	in, err := regular.Open(from)
	if err != nil {
		return err
	}
	defer in.Close()
	if err := os.MkdirAll(filepath.Dir(to), 0o777); err != nil {
		return err
	}
	return atomicfile.Write(to, func(w io.Writer) error {
		_, err := io.Copy(w, in)
		return err
	})
}
