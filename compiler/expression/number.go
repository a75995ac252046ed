package expression

import (
	"encoding/json"
	"errors"
	"fmt"
	"math"
	"strings"

	"gonum.org/v1/gonum/stat"
)

// Number is a number that may be missing. The zero Number is missing.
type Number struct {
	value float64
	known bool
}

// Num is a number that is there.
func Num(v float64) Number { return Number{v, true} }

// Known reports whether the number is there.
func (n Number) Known() bool { return n.known }

// Float returns the number, NaN where it is missing.
func (n Number) Float() float64 {
	if !n.known {
		return math.NaN()
	}
	return n.value
}

// IsZero reports whether the number is missing, for `omitzero`.
func (n Number) IsZero() bool { return !n.known }

// MarshalJSON writes null where the number is missing.
func (n Number) MarshalJSON() ([]byte, error) {
	if !n.known {
		return []byte("null"), nil
	}
	return json.Marshal(n.value)
}

// UnmarshalJSON reads null as a number that is missing.
func (n *Number) UnmarshalJSON(data []byte) error {
	*n = Number{}
	if string(data) == "null" {
		return nil
	}
	n.known = true
	return json.Unmarshal(data, &n.value)
}

// List is a list of names that may be missing, which differs from an empty one.
// The zero List is missing.
type List struct {
	names []string
	known bool
}

// ListOf is a list that is there.
func ListOf(names []string) List { return List{names, true} }

// Names returns the list's names, none where it is missing.
func (l List) Names() []string { return l.names }

// Undecided is why an expression has no value: something that it touches is
// missing.
type Undecided struct{ Why string }

func (u *Undecided) Error() string { return "cannot be decided: " + u.Why }

// undecided makes an Undecided.
func undecided(format string, args ...any) error { return &Undecided{fmt.Sprintf(format, args...)} }

// IsUndecided returns why an expression could not be decided, if that is what
// an error says.
func IsUndecided(err error) (why string, is bool) {
	var u *Undecided
	if !errors.As(err, &u) {
		return "", false
	}
	return u.Why, true
}

// GeoMean is the geometric mean, the one for ratios such as speed-ups. That of
// no values is undecided; a value that is not positive is an error.
func GeoMean(values []float64) (float64, error) {
	if len(values) == 0 {
		return 0, undecided("the geometric mean of no values")
	}
	for i, v := range values {
		if !(v > 0) || math.IsInf(v, 1) {
			return 0, fmt.Errorf("the geometric mean needs positive numbers: value %d is %v", i+1, v)
		}
	}
	return stat.GeometricMean(values, nil), nil
}

// brief is the first line of a text, cut where it is long.
func brief(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	const most = 160
	if runes := []rune(line); len(runes) > most {
		return string(runes[:most-1]) + "…"
	}
	return line
}
