// Package expression places the errors of expr expressions, in which specs
// write conditions, values and claims.
package expression

import (
	"errors"
	"fmt"

	"github.com/expr-lang/expr/file"
)

// Placed adds to an error the expression that it is about, and line and column
// in it, counted from 1, where the error has them.
func Placed(source string, err error) error {
	var at *file.Error
	if errors.As(err, &at) && at.Line > 0 {
		return fmt.Errorf("in the expression %q, line %d, column %d: %s", source, at.Line, at.Column+1, at.Message)
	}
	return fmt.Errorf("in the expression %q: %w", source, err)
}
