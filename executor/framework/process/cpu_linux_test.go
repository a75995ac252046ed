package process

import (
	"testing"
	"time"
)

// TestParseStat: a process's name may have spaces and parentheses, and a line that is cut off is none.
func TestParseStat(t *testing.T) {
	const line = "71 (a) b (c) R 1 70 70 0 -1 4194304 1 2 3 4 100 20 3 4 20 0 1 0 5 6"
	if s, ok := parseStat([]byte(line)); !ok || s != (stat{group: 70, cpu: 1270 * time.Millisecond}) {
		t.Errorf("%+v, %t", s, ok)
	}
	for _, text := range []string{"", "71 (a) R 1 70", "71 (a) R 1 x 70 0 -1 4194304 1 2 3 4 100 20 3 4"} {
		if s, ok := parseStat([]byte(text)); ok {
			t.Errorf("%q is read as %+v", text, s)
		}
	}
}
