package cli

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"regexp"
	"strings"

	"github.com/spf13/cobra"

	"edgebench/compiler"
	"edgebench/compiler/network/export"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/executor/modelfile"
	"edgebench/internal/cli/console"
)

// defaultSeed is that of weights in plans.
const defaultSeed = 1

const exportLong = `Write a model in a framework's own format, with its weights: those of its file,
or else drawn from a seed.

Files are named for the model, here ResNet-50:

  onnx         ResNet-50.onnx, one file with its weights (beyond 2 GiB they
               stand in ResNet-50.safetensors beside it)
  safetensors  ResNet-50.safetensors with the weights, and ResNet-50.json with
               the layers
  darknet      ResNet-50.cfg and ResNet-50.weights
  caffe        ResNet-50.prototxt and ResNet-50.caffemodel
  tflite       ResNet-50.tflite, of TensorFlow Lite and LiteRT
  ncnn         ResNet-50.param with the layers and ResNet-50.bin with the
               weights

Files that are there already are replaced with --force only.

The same model and seed give the same bytes. A layer that the format cannot
express exactly is an error that says why; one that takes other layers to
express is told in a note. ` + "`edgebench model verify`" + ` checks the result.`

func newModelExport() *cobra.Command {
	var format, out string
	var specs []string
	var seed uint64
	var asJSON, force bool
	c := &cobra.Command{
		Use:   "export MODEL [PATH...]",
		Short: "Write a model in another framework's format",
		Long:  exportLong,
		Example: example("edgebench model export ResNet-50 --format onnx -o resnet50",
			"edgebench model export TinyNet --format caffe -o tiny mystudy"),
		Args:              cobra.MinimumNArgs(1),
		ValidArgsFunction: completeModel,
		RunE: func(c *cobra.Command, args []string) error {
			f, err := formatNamed(format, export.Formats())
			if err != nil {
				return err
			}
			models, err := findModels(c.Context(), append(args[1:], specs...), args[:1])
			if err != nil {
				return err
			}
			w, err := modelfile.OfSpec(models[0], seed)
			if err != nil {
				return err
			}
			to := export.Destination{Dir: out, Name: fileName(args[0]), Replace: force}
			result, err := to.Write(models[0].Graph, w, f)
			if errors.Is(err, fs.ErrExist) {
				return fmt.Errorf("%w: nothing was written. Choose another folder with -o, or --force to replace it", err)
			}
			if err != nil {
				return fmt.Errorf("%s: %w", args[0], err)
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), result)
			}
			return showExport(c.OutOrStdout(), result)
		},
	}
	c.Flags().StringVar(&format, "format", "", "the format: "+formatList(export.Formats()))
	c.Flags().StringVarP(&out, "out", "o", "", "the folder to write to")
	c.Flags().BoolVar(&force, "force", false, "replace files that are there already")
	c.Flags().Uint64Var(&seed, "seed", defaultSeed, "what weights are drawn from, where the model has none")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	hiddenSpecFlag(c, &specs)
	for _, name := range []string{"format", "out"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is declared above
		}
	}
	return c
}

var notInFileNames = regexp.MustCompile(`[^A-Za-z0-9._-]+`)

// fileName makes a file's name of a model's, for every operating system.
func fileName(model string) string {
	name := strings.TrimLeft(notInFileNames.ReplaceAllString(model, "-"), ".-")
	return cmp.Or(name[:min(len(name), 100)], export.Anonymous)
}

// findModels looks up the models to write: those named, or all that have a
// graph.
func findModels(ctx context.Context, paths, names []string) ([]*plan.Model, error) {
	models, err := compiler.Audits(ctx, paths...)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return withGraphs(models), nil
	}
	var list []*plan.Model
	for _, name := range names {
		m, ok := models.Get(name)
		switch {
		case !ok:
			return nil, usageError{fmt.Errorf("no model named %q%s", name, suggest.DidYouMean(name, models.Names()))}
		case m.Opaque != nil:
			return nil, fmt.Errorf("%s: its file can be run by frameworks that read ONNX, and not be written in a format or compared, since its layers are not all known: %s", name, m.Opaque.Reason)
		case m.Graph == nil:
			return nil, fmt.Errorf("%s: its spec states no layers, so that there is nothing to write: add `layers` to the model", name)
		}
		list = append(list, m)
	}
	return list, nil
}

func withGraphs(models *spec.Named[*plan.Model]) []*plan.Model {
	var list []*plan.Model
	for _, m := range models.All() {
		if m.Graph != nil {
			list = append(list, m)
		}
	}
	return list
}

func formatNamed(name string, of []export.Format) (export.Format, error) {
	for _, f := range of {
		if string(f) == name {
			return f, nil
		}
	}
	return "", usageError{fmt.Errorf("no format is named %q here: choose %s", name, formatList(of))}
}

func formatList(formats []export.Format) string {
	names := make([]string, len(formats))
	for i, f := range formats {
		names[i] = string(f)
	}
	return strings.Join(names, ", ")
}

func showExport(w io.Writer, r *export.Result) error {
	for _, f := range r.Files {
		if _, err := console.Printf(w, "%s: %d bytes\n", f.Path, f.Bytes); err != nil {
			return err
		}
	}
	for _, note := range r.Notes {
		if _, err := console.Printf(w, "Note: %s\n", note); err != nil {
			return err
		}
	}
	return nil
}
