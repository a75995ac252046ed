package cli

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"edgebench/compiler"
)

// askedModel is how a command that asks about one model is told which: by a
// name of the catalogue or of specs, or as an ONNX file.
type askedModel struct {
	specs []string
	input string
}

func (a *askedModel) add(c *cobra.Command) {
	specFlag(c, &a.specs)
	c.Flags().StringVar(&a.input, "input", "", "of a model file that leaves it open: the shape of one input without the batch, such as 3x224x224")
}

// place judges the model on every platform.
func (a *askedModel) place(ctx context.Context, model string) (*compiler.Placed, error) {
	if how, other := otherFormats[strings.ToLower(filepath.Ext(model))]; other {
		return nil, usageError{fmt.Errorf("%s is %s: EdgeBench reads models as ONNX files", model, how)}
	}
	input, err := shape(a.input)
	if err != nil {
		return nil, err
	}
	switch {
	case !isModelFile(model) && a.input != "":
		return nil, usageError{fmt.Errorf("--input is for ONNX files, and %s is none", model)}
	case isModelFile(model) && len(a.specs) > 0:
		return nil, usageError{fmt.Errorf("--spec is for models that it names, and %s is a file: name the file in the spec as a model's `source`, and ask for that model", model)}
	case isModelFile(model):
		return compiler.PlaceFile(ctx, model, input)
	}
	return compiler.Place(ctx, model, a.specs...)
}
