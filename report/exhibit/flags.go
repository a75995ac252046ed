package exhibit

import (
	"slices"
	"strings"

	"edgebench/executor/measure"
	"edgebench/executor/measure/conditions"
	"edgebench/executor/result"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// Flag is a letter that stands where a number does which is to be trusted less;
// below a table one legend explains it in general words. What a warning says of
// the one result, with its numbers, is in results.jsonl.
type Flag struct {
	Letter, Meaning string
	Usual           bool // so often met, and so little a fault, that figures do not mark it
}

// flagOf is the flag of a warning's code.
type flagOf struct {
	code string
	Flag
}

// flags by the code of the warning, in the order in which they are shown.
var flags = []flagOf{
	{result.WarnUnchecked, Flag{Letter: "U", Meaning: "the outputs were not checked: nothing was there to compare them with"}},
	{measure.WarnBelowMinimum, Flag{Letter: "F", Meaning: "fewer inferences than its policy promises"}},
	{measure.WarnNoInterval, Flag{Letter: "I", Meaning: "too few inferences for an interval"}},
	{measure.WarnNotSteady, Flag{Letter: "S", Meaning: "no steady state: the times still drifted when the measuring ended"}},
	{result.WarnPlacement, Flag{Letter: "A", Meaning: "degraded: less of the network ran on the device than the spec asks for"}},
	{result.WarnUntold, Flag{Letter: "Y", Meaning: "the framework does not tell where the network ran, of which the spec asks for a share"}},
	{result.WarnElsewhere, Flag{Letter: "E", Meaning: "part of the network ran elsewhere than on the device that was asked for"}},
	{conditions.WarnGreedy, Flag{Letter: "G", Meaning: "it used more of the processors than the number of threads that it was told to keep to"}},
	{conditions.WarnBusy, Flag{Letter: "L", Meaning: "the machine was loaded: other processes used its processors"}},
	{conditions.WarnStarved, Flag{Letter: "D", Meaning: "the process was denied processor time that it asked for"}},
	{conditions.WarnSteal, Flag{Letter: "V", Meaning: "the host of this virtual machine took processor time from it"}},
	{conditions.WarnClock, Flag{Letter: "K", Meaning: "the processor's clock fell meanwhile"}},
	{conditions.WarnThrottled, Flag{Letter: "H", Meaning: "the processor was throttled, as heat makes it"}},
	{measure.WarnModes, Flag{Letter: "M", Meaning: "the times gather about several values, and one number describes none of them"}},
	{measure.WarnHeavyTail, Flag{Letter: "T", Meaning: "the times are widely spread, far more than outliers are"}},
	{measure.WarnStalled, Flag{Letter: "B", Meaning: "the process was held up during some inferences, which are counted"}},
	{measure.WarnExcluded, Flag{Letter: "X", Meaning: "inferences during which the process was stopped, or the machine slept, are left out"}},
	{measure.WarnZero, Flag{Letter: "Z", Meaning: "inferences too short for the clock"}},
	{measure.WarnNoSamples, Flag{Letter: "N", Meaning: "no inference was measured"}},
	{measure.WarnCorrelated, Flag{Letter: "C", Meaning: "inferences depend on the ones before them; the interval is widened for that", Usual: true}},
	{measure.WarnOutliers, Flag{Letter: "O", Meaning: "some inferences took far longer or shorter than the rest; they are counted", Usual: true}},
	{measure.WarnWarmupCounted, Flag{Letter: "W", Meaning: "some inferences that count were still warming up", Usual: true}},
	{measure.WarnShort, Flag{Letter: "Q", Meaning: "too few inferences in each process to tell whether it had settled", Usual: true}},
	{measure.WarnProcesses, Flag{Letter: "R", Meaning: "the interval is wide because processes differ, which more inferences would not change", Usual: true}},
	{measure.WarnPercentile, Flag{Letter: "P", Meaning: "too few inferences for a percentile that was asked for", Usual: true}},
}

// flagsOf lists the flags of a result, each once.
func flagsOf(r *data.Row) []Flag {
	if r.Measurement == nil {
		return nil
	}
	met := map[string]bool{}
	var other []Flag
	for _, w := range r.Measurement.Summary.Warnings {
		met[w.Code] = true
		if !slices.ContainsFunc(flags, func(f flagOf) bool { return f.code == w.Code }) {
			other = append(other, unnamed(w.Message))
		}
	}
	var list []Flag
	for _, f := range flags {
		if met[f.code] {
			list = append(list, f.Flag)
		}
	}
	return append(list, other...)
}

// unnamed is the flag of a warning without a letter of its own: what it says is
// its legend.
func unnamed(message string) Flag { return Flag{Letter: "!", Meaning: message} }

// Usual reports whether warnings of a code are so usual that only tables, with
// their legends, tell of them.
func Usual(code string) bool {
	return slices.ContainsFunc(flags, func(f flagOf) bool { return f.code == code && f.Usual })
}

// suspect reports whether a result has a flag that is not usual.
func suspect(r *data.Row) bool {
	return slices.ContainsFunc(flagsOf(r), func(f Flag) bool { return !f.Usual })
}

// legend gathers the flags of a table's rows.
type legend struct{ used []Flag }

// letters are a result's flags, for its cell.
func (l *legend) letters(r *data.Row) string {
	var letters []string
	for _, f := range flagsOf(r) {
		if !slices.Contains(l.used, f) {
			l.used = append(l.used, f)
		}
		letters = include(letters, f.Letter)
	}
	return strings.Join(letters, " ")
}

// text explains the flags that were used, in their order; empty where none was.
func (l *legend) text() string {
	var parts []string
	for _, f := range flags {
		if slices.Contains(l.used, f.Flag) {
			parts = append(parts, f.Letter+"\u00a0"+f.Meaning)
		}
	}
	for _, f := range l.used {
		if f.Letter == "!" {
			parts = append(parts, f.Letter+"\u00a0"+f.Meaning)
		}
	}
	if len(parts) == 0 {
		return ""
	}
	return "Flags: " + strings.Join(parts, "; ") + "."
}

// suspectSymbol marks a bar whose result is to be trusted less.
var suspectSymbol = figure.Symbol{Name: "!", Glyph: "!", Meaning: "to be trusted less: see the flags in the table of results"}
