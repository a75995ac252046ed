package docs

import (
	"bytes"
	"fmt"
	"strings"
	"testing"

	"edgebench/compiler/load"
	"edgebench/compiler/spec"
)

const devicesOpening = `# Devices of frameworks

A target or a platform of a spec names a kind of device with ` + "`device`" + `, and with ` + "`min_share`" + ` the least share of
a network's nodes that must run on it ([spec-language.md](spec-language.md)). ` + "`edgebench doctor`" + ` shows which
devices each framework sees on this machine. A job whose device is not there is skipped before anything is measured,
with what is missing.

Below is each adapter's kinds of device as the catalogue has them, whether the adapter ever ran on a real one, and how
it was tested. This file is generated from the catalogue: ` + "`EDGEBENCH_UPDATE=1 go test ./docs`" + `.

| framework | device | run on the real device | tested | needs |
| --- | --- | --- | --- | --- |
`

// TestDevices: devices.md says of each adapter what the catalogue does.
func TestDevices(t *testing.T) {
	const name = "devices.md"
	catalogue, err := load.Builtin()
	if err != nil {
		t.Fatal(err)
	}
	want := devices(catalogue)
	generated(t, name, "catalogue", want)
	for _, f := range catalogue.Frameworks.All() {
		if f.Runner != nil && f.Devices.Len() == 0 {
			t.Errorf("%s: the catalogue does not say which devices its runner knows", f.Name)
		}
		for kind, d := range f.Devices.All() {
			if d.Ran == strings.HasPrefix(d.Tested, "Not run on the device.") {
				t.Errorf("%s on %s: ran is %t, and what was tested is %q", f.Name, kind, d.Ran, d.Tested)
			}
		}
	}
}

func devices(catalogue *spec.Spec) []byte {
	b := bytes.NewBufferString(devicesOpening)
	for _, f := range catalogue.Frameworks.All() {
		for kind, d := range f.Devices.All() {
			ran := "no"
			if d.Ran {
				ran = "yes"
			}
			fmt.Fprintf(b, "| %s | %s | %s | %s | %s |\n", f.Name, kind, ran, d.Tested, d.Needs)
		}
	}
	return b.Bytes()
}
