package expression

import (
	"fmt"

	"github.com/expr-lang/expr"
)

// Function is a function that every expression may call, beside those of expr.
type Function struct {
	Name    string
	Usage   string
	Meaning string
	call    func(args ...any) (any, error)
	types   []any
}

// Functions are the functions that every expression may call, beside those of
// expr.
var Functions = []Function{
	{
		"geomean", "geomean(numbers)", "The geometric mean of a list of positive numbers.",
		geomean, []any{new(func([]any) float64), new(func([]float64) float64)},
	},
	{
		"mib", "mib(bytes)", "A number of bytes as a text in mebibytes, such as \"12 MiB\".",
		func(args ...any) (any, error) { return mib(args[0]) },
		[]any{new(func(int64) string), new(func(int) string), new(func(float64) string)},
	},
	{
		"known", "known(field)", "Whether a field that may be missing is there, such as known(.low).",
		nil, []any{new(func(any) bool)}, // rewritten: see optional
	},
}

func (f Function) option() expr.Option {
	return expr.Function(f.Name, f.call, f.types...)
}

func geomean(args ...any) (any, error) {
	values, err := numbers(args[0])
	if err != nil {
		return nil, err
	}
	return GeoMean(values)
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
	case int64:
		return float64(v), nil
	}
	return 0, fmt.Errorf("%v is not a number", v)
}

func mib(v any) (string, error) {
	bytes, err := number(v)
	if err != nil {
		return "", fmt.Errorf("mib takes a number of bytes: %w", err)
	}
	return MiB(bytes), nil
}

// MiB writes a number of bytes in mebibytes.
func MiB(bytes float64) string { return fmt.Sprintf("%.0f MiB", bytes/(1<<20)) }
