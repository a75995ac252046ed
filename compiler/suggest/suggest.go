// Package suggest names what was probably meant by a name that is not known.
package suggest

import (
	"fmt"
	"strings"

	"github.com/agnivade/levenshtein"
)

// DidYouMean ends a message about an unknown name: with the nearest known name
// if one is near, else with the known names, where they are few.
func DidYouMean(name string, known []string) string {
	best, bestDistance := "", 1+max(2, len(name)/3)
	for _, k := range known {
		d := levenshtein.ComputeDistance(strings.ToLower(name), strings.ToLower(k))
		if d < bestDistance {
			best, bestDistance = k, d
		}
	}
	switch {
	case best != "":
		return fmt.Sprintf(" (did you mean %q?)", best)
	case len(known) == 0:
		return ""
	case len(known) <= 20:
		return fmt.Sprintf(" (known: %s)", strings.Join(known, ", "))
	}
	return ""
}
