package compiler

import (
	"slices"

	"edgebench/compiler/expression"
	"edgebench/compiler/load"
	"edgebench/compiler/spec"
	"edgebench/compiler/suggest"
	"edgebench/compiler/verdict"
)

// codes looks up what figures give symbols to, and the tables that cells belong
// to.
func (e *expander) codes() {
	known := e.knownCodes()
	for name, f := range e.spec.Figures.All() {
		of := append(textsOf(f), known...)
		for code := range f.Symbols.All() {
			if !slices.Contains(of, code) {
				e.fault([]any{"figures", name, "symbols", code}, "nothing gives the reason %q: no rule, no cell and no published value has this code%s",
					code, suggest.DidYouMean(code, of))
			}
		}
	}
	builtin, err := load.Builtin()
	for name, c := range e.spec.Cells.All() {
		if err == nil {
			if _, inherited := builtin.Cells.Get(name); inherited {
				continue // its table is another study's
			}
		}
		if _, ok := e.spec.Tables.Get(c.Table); c.Table != "" && !ok {
			e.fault([]any{"cells", name, "table"}, "no table named %q%s", c.Table, suggest.DidYouMean(c.Table, e.spec.Tables.Names()))
		}
	}
}

// textsOf are the symbols that a figure's own expression gives.
func textsOf(f *spec.Figure) []string {
	if f.Symbol == "" {
		return nil
	}
	p, err := expression.Compile(f.Symbol, expression.OfFigure(f.Over), expression.Text, nil)
	if err != nil {
		return nil // package check tells what is wrong with it
	}
	return p.Texts()
}

// knownCodes are the reasons that a result can have.
func (e *expander) knownCodes() []string {
	codes := []string{
		verdict.CodeNotDeployable, verdict.CodeNoSuchOption, codeNoBackend, codeNoAdapter, codeNoLayers, verdict.CodeUnpublished,
		"failed", "not_run", "unreadable",
	}
	for _, r := range e.spec.Rules.All() {
		codes = append(codes, r.Code)
	}
	for _, c := range e.spec.Cells.All() {
		codes = append(codes, c.Code)
	}
	for _, p := range e.published {
		for _, rows := range p.rows {
			for _, row := range rows {
				codes = append(codes, row.Status)
			}
		}
	}
	slices.Sort(codes)
	return slices.Compact(codes)
}
