package spec

import (
	"fmt"
	"os"
	"strconv"
)

// Limit is a bound on what compiling may take: the whole number in an
// environment variable, or else the default. There are bounds so that a slip
// in a spec, such as a number of repetitions with a digit too many, ends in a
// message and not in a machine without memory.
func Limit(variable string, otherwise int) (int, error) {
	text := os.Getenv(variable)
	if text == "" {
		return otherwise, nil
	}
	n, err := strconv.Atoi(text)
	if err != nil || n < 1 {
		return 0, Diagnostic{Msg: fmt.Sprintf("%s is %q: it must be a whole number of at least 1, such as %d", variable, text, otherwise)}
	}
	return n, nil
}
