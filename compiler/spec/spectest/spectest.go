// Package spectest helps to test what looks at specs without loading CUE.
package spectest

import (
	"fmt"
	"strings"

	"edgebench/compiler/spec"
)

// Paths is a spec.Locator that knows no positions, only paths: a fault found
// with it reads "models.Net.layers[1]: ...".
type Paths struct{}

// Locate implements spec.Locator.
func (Paths) Locate(elements ...any) (spec.Position, string) {
	var b strings.Builder
	for _, e := range elements {
		switch e := e.(type) {
		case int:
			fmt.Fprintf(&b, "[%d]", e)
		default:
			if b.Len() > 0 {
				b.WriteByte('.')
			}
			fmt.Fprint(&b, e)
		}
	}
	return spec.Position{}, b.String()
}

// LocateIn implements spec.Locator.
func (Paths) LocateIn(int, ...any) (spec.Position, bool) { return spec.Position{}, false }
