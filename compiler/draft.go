package compiler

import (
	"context"
	"os"
	"path/filepath"

	"edgebench/compiler/draft"
	"edgebench/compiler/load"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/internal/scratch"
)

// CompileDraft compiles a study that a user only named the models of, whose
// files lie in a folder or below. It returns the study's spec, too, without what
// the overrides change of it.
func CompileDraft(ctx context.Context, s draft.Study, o Overrides, dir string) (_ *plan.Plan, text string, err error) {
	defer spec.Recover("the study of "+dir, &err)
	catalogue, err := load.Builtin()
	if err != nil {
		return nil, "", err
	}
	if text, err = s.CUE(catalogue); err != nil {
		return nil, "", err
	}
	loaded, err := loadText(ctx, text)
	if err != nil {
		return nil, "", unplaced(ctx, err)
	}
	loaded.Dir = dir
	if err := o.apply([]*spec.Spec{loaded}); err != nil {
		return nil, "", err
	}
	p, err := compile(ctx, []*spec.Spec{loaded})
	return p, text, unplaced(ctx, err)
}

// loadText loads a spec that is not a file. It is one for a moment, so that it
// is evaluated as every spec is.
func loadText(ctx context.Context, text string) (*spec.Spec, error) {
	dir, err := scratch.Make("study")
	if err != nil {
		return nil, err
	}
	defer scratch.Remove(dir)
	file := filepath.Join(dir, "study.cue")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		return nil, err
	}
	return load.Load(ctx, file)
}

// unplaced leaves the positions out of what is wrong with a file that the user
// does not have.
func unplaced(ctx context.Context, err error) error {
	if err == nil || ctx.Err() != nil {
		return err
	}
	faults := spec.DiagnosticsOf(err)
	for i := range faults {
		faults[i].Position = spec.Position{}
	}
	return faults.Err()
}
