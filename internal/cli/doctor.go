package cli

import (
	"cmp"
	"context"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"edgebench/compiler/load"
	"edgebench/compiler/spec"
	"edgebench/executor/framework"
	"edgebench/executor/meter"
	"edgebench/executor/sensor"
	"edgebench/internal/cli/console"
)

const doctorLong = `Describe this host: what it is, which sensors and meters can be read, which
frameworks edgebench can run here, what is missing and how to get it.`

func newDoctor() *cobra.Command {
	var asJSON bool
	c := &cobra.Command{
		Use:     "doctor",
		Short:   "Describe this host and what is missing",
		Long:    doctorLong,
		Example: example("edgebench doctor", "edgebench doctor --json"),
		Args:    cobra.NoArgs,
		RunE: func(c *cobra.Command, _ []string) error {
			d, err := examine(c.Context())
			if err != nil {
				return err
			}
			if asJSON {
				return printJSON(c.OutOrStdout(), d)
			}
			return d.show(c.OutOrStdout())
		},
	}
	c.Flags().BoolVar(&asJSON, "json", false, "print JSON")
	return c
}

// diagnosis is what doctor finds.
type diagnosis struct {
	Environment sensor.Environment `json:"environment"`
	Digest      string             `json:"digest"`
	Sensors     []sensor.Sensor    `json:"sensors"`
	Meters      meters             `json:"meters"`
	Frameworks  []frameworkState   `json:"frameworks"`
}

// meters are those of energy and power that can be read here, and those that cannot.
type meters struct {
	Readable []meter.Description `json:"readable"`
	Absent   []meter.Absent      `json:"absent"`
}

type frameworkState struct {
	Name   string `json:"name"`
	Usable bool   `json:"usable"`
	Detail string `json:"detail"`
	// Devices are those that it sees, and Missing why it does not see others that it
	// knows, by kind.
	Devices []string          `json:"devices,omitempty"`
	Missing map[string]string `json:"missing_devices,omitempty"`
}

func examine(ctx context.Context) (diagnosis, error) {
	host := sensor.Local()
	d := diagnosis{Environment: host.Environment(Version), Sensors: host.List()}
	d.Digest = d.Environment.Digest()
	found := meter.Find(meter.Local())
	d.Meters = meters{found.Descriptions(), found.Absent}
	spec, err := load.Builtin()
	if err != nil {
		return d, err
	}
	for _, f := range spec.Frameworks.All() {
		d.Frameworks = append(d.Frameworks, stateOf(ctx, f))
	}
	return d, nil
}

func stateOf(ctx context.Context, f *spec.Framework) frameworkState {
	s := frameworkState{Name: f.Name}
	if f.Adapter == "" {
		s.Detail = "no adapter in this version of edgebench: compatibility is checked and published results are shown, but it is not run"
		return s
	}
	a, err := framework.Of(f)
	var found framework.Probe
	if err == nil {
		found, err = a.Probe(ctx)
	}
	if err != nil {
		s.Detail = err.Error()
		return s
	}
	s.Usable, s.Detail = true, found.Framework+" "+found.Version
	s.Missing = found.MissingDevices
	for _, kind := range found.Devices {
		s.Devices = append(s.Devices, deviceText(kind, found.DeviceNames[kind]))
	}
	if f.Adapter == "native" {
		s.Detail = "embedded in this program, nothing to install"
	}
	return s
}

// deviceText is a kind of device, and what the device is called.
func deviceText(kind, name string) string {
	if name == "" {
		return kind
	}
	return kind + " (" + name + ")"
}

func (d diagnosis) show(w io.Writer) error {
	out := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	e := d.Environment
	console.Printf(out, "HOST\n  system\t%s %s/%s, kernel %s\n", e.System, e.OS, e.Arch, e.Kernel)
	console.Printf(out, "  processor\t%s, %d logical cores, GOMAXPROCS %d\n", e.CPU.Model, e.CPU.LogicalCores, e.GOMAXPROCS)
	console.Printf(out, "  instruction sets\t%s\n", strings.Join(e.CPU.Features, " "))
	console.Printf(out, "  memory\t%s\n", e.Memory)
	if e.Virtualization != "" {
		console.Printf(out, "  runs in\t%s\n", e.Virtualization)
	}
	for _, m := range e.Missing {
		console.Printf(out, "  %s\tunreadable: %s\n", m.Field, m.Reason)
	}
	console.Printf(out, "\nDEVICES\n  host\tthis machine: measured\n  published\tvalues of sources: replayed\n")
	console.Printf(out, "\nSENSORS\n")
	for _, s := range d.Sensors {
		console.Printf(out, "  %s\t%s\n", s.Name, sensorText(s))
	}
	console.Printf(out, "\nMETERS OF ENERGY AND POWER\n")
	for _, m := range d.Meters.Readable {
		console.Printf(out, "  %s\treads the %s of %s, each %v, from %s\n", m.Name, m.Quantity, m.Scope.Words(), m.Period, m.Source)
	}
	for _, m := range d.Meters.Absent {
		console.Printf(out, "  %s\tnone: %s; %s\n", m.Kind, m.Reason, m.Remedy)
	}
	console.Printf(out, "\nFRAMEWORKS\n")
	for _, f := range d.Frameworks {
		console.Printf(out, "  %s\t%s\t%s\n", f.Name, usable(f.Usable), f.Detail)
		if len(f.Devices) > 1 || len(f.Missing) > 0 {
			console.Printf(out, "  \t  sees\t%s\n", cmp.Or(strings.Join(f.Devices, ", "), "no device"))
		}
		for _, kind := range slices.Sorted(maps.Keys(f.Missing)) {
			console.Printf(out, "  \t  no %s\t%s\n", kind, f.Missing[kind])
		}
	}
	return out.Flush()
}

func usable(b bool) string {
	if b {
		return "usable"
	}
	return "not usable"
}

// sensorText shows the first readings of a sensor, or why there are none and
// what helps.
func sensorText(s sensor.Sensor) string {
	const most = 4
	var known []string
	for _, r := range s.Readings {
		if r.Known() {
			known = append(known, r.String())
		}
	}
	if len(known) > most {
		known = append(known[:most], fmt.Sprintf("and %d more", len(known)-most))
	}
	if len(known) > 0 {
		return strings.Join(known, ", ")
	}
	text := "unreadable: " + s.Missing
	if s.Remedy != "" {
		text += "; " + s.Remedy
	}
	return text
}
