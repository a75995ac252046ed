package cli

import (
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"
)

func TestMain(m *testing.M) {
	testscript.Main(m, map[string]func(){
		"edgebench": func() { os.Exit(Main()) },
	})
}

// TestScripts runs the command line as a user does: each file in
// testdata/script is one story. `go test ./internal/cli -update` rewrites the
// expected output.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:           "testdata/script",
		UpdateScripts: os.Getenv("EDGEBENCH_UPDATE") != "",
		Cmds: map[string]func(ts *testscript.TestScript, neg bool, args []string){
			"flip": flip,
			"cut":  cut,
		},
	})
}

// flip FILE LINE changes one digit of a line's end, as a failing disk would.
func flip(ts *testscript.TestScript, neg bool, args []string) {
	damage(ts, args, func(line []byte) []byte {
		line[len(line)-10] ^= 1
		return line
	})
}

// cut FILE LINE keeps the first half of a line, as a power failure would.
func cut(ts *testscript.TestScript, neg bool, args []string) {
	damage(ts, args, func(line []byte) []byte { return line[:len(line)/2] })
}
