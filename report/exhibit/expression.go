package exhibit

import (
	"fmt"

	"github.com/expr-lang/expr"
	"github.com/expr-lang/expr/vm"

	"edgebench/compiler/expression"
	"edgebench/executor/measure"
	"edgebench/report/data"
)

// rowEnv is what a figure's expressions see: r is a result, m is a model.
type rowEnv struct {
	R data.Row   `expr:"r"`
	M data.Model `expr:"m"`
}

// claimEnv is what a claim's expressions see.
type claimEnv struct {
	Results []data.Row   `expr:"results"`
	Models  []data.Model `expr:"models"`
}

// functions that every expression may call.
func functions() []expr.Option {
	return []expr.Option{
		expr.Function("geomean", func(args ...any) (any, error) {
			values, err := numbers(args[0])
			if err != nil {
				return nil, err
			}
			return measure.GeoMean(values)
		}, new(func([]any) float64), new(func([]float64) float64)),
	}
}

func numbers(list any) ([]float64, error) {
	switch list := list.(type) {
	case []float64:
		return list, nil
	case []any:
		values := make([]float64, len(list))
		for i, v := range list {
			n, err := number(v)
			if err != nil {
				return nil, err
			}
			values[i] = n
		}
		return values, nil
	}
	return nil, fmt.Errorf("geomean takes a list of numbers, not %T", list)
}

func number(v any) (float64, error) {
	switch v := v.(type) {
	case float64:
		return v, nil
	case int:
		return float64(v), nil
	}
	return 0, fmt.Errorf("%v is not a number", v)
}

// compile compiles an expression and says where in it a fault lies.
func compile(source string, env any, options ...expr.Option) (*vm.Program, error) {
	options = append(append([]expr.Option{expr.Env(env)}, functions()...), options...)
	p, err := expr.Compile(source, options...)
	if err != nil {
		return nil, expression.Placed(source, err)
	}
	return p, nil
}
