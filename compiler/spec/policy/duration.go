package policy

import (
	"fmt"
	"time"
)

// Duration is a time.Duration that reads and writes as text, such as "2s" or "1m30s".
type Duration time.Duration

// String formats as time.Duration does.
func (d Duration) String() string { return time.Duration(d).String() }

// MarshalText writes the duration as text.
func (d Duration) MarshalText() ([]byte, error) { return []byte(d.String()), nil }

// UnmarshalText reads what time.ParseDuration reads.
func (d *Duration) UnmarshalText(text []byte) error {
	parsed, err := time.ParseDuration(string(text))
	if err != nil {
		return fmt.Errorf("%q is not a duration: write a number with a unit, such as \"2s\" or \"500ms\"", text)
	}
	*d = Duration(parsed)
	return nil
}
