package cli

import (
	"fmt"
	"io"
	"strings"

	"github.com/spf13/cobra"

	"edgebench/compiler/network/export"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/executor/modelfile"
)

// defaultSeed is that of weights in plans.
const defaultSeed = 1

const exportLong = `Write a model in a framework's own format, with its weights: those of its file,
or else drawn from a seed.

  onnx         model.onnx, one file with its weights (beyond 2 GiB they stand in
               model.safetensors beside it)
  safetensors  model.safetensors: the weights only
  darknet      model.cfg and model.weights
  caffe        model.prototxt and model.caffemodel
  tflite       model.tflite, of TensorFlow Lite and LiteRT

The same model and seed give the same bytes. A layer that the format cannot
express exactly is an error that says why; one that takes other layers to
express is told in a note. ` + "`edgebench model verify`" + ` checks the result.`

func newModelExport() *cobra.Command {
	var format, out, spec string
	var seed uint64
	var asJSON bool
	c := &cobra.Command{
		Use:   "export MODEL",
		Short: "Write a model in another framework's format",
		Long:  exportLong,
		Example: example("edgebench model export ResNet-50 --format onnx -o resnet50",
			"edgebench model export TinyNet --format caffe -o tiny --spec mystudy"),
		Args: cobra.ExactArgs(1),
		RunE: func(c *cobra.Command, args []string) error {
			f, err := formatNamed(format, export.Formats())
			if err != nil {
				return err
			}
			models, err := findModels(spec, args)
			if err != nil {
				return err
			}
			w, err := modelfile.OfSpec(models[0], seed)
			if err != nil {
				return err
			}
			result, err := export.Write(out, models[0].Graph, w, f)
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
	c.Flags().Uint64Var(&seed, "seed", defaultSeed, "what weights are drawn from, where the model has none")
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	specFlag(c, &spec)
	for _, name := range []string{"format", "out"} {
		if err := c.MarkFlagRequired(name); err != nil {
			panic(err) // the flag is declared above
		}
	}
	return c
}

// findModels looks up the models to write: those named, or all that have a
// graph.
func findModels(spec string, names []string) ([]*plan.Model, error) {
	models, err := loadModels(spec)
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
		if _, err := fmt.Fprintf(w, "%s: %d bytes\n", f.Path, f.Bytes); err != nil {
			return err
		}
	}
	for _, note := range r.Notes {
		if _, err := fmt.Fprintf(w, "Note: %s\n", note); err != nil {
			return err
		}
	}
	return nil
}
