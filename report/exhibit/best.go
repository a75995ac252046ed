package exhibit

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
	"edgebench/report/data"
	"edgebench/report/figure"
)

// way is one way to run a model on a platform, with every time that is known
// of it: a source may print several.
type way struct {
	readings []*data.Row // at least one
}

// place is where a model runs: the platform, and, of this machine's results,
// the environment that they were measured in, where there are several.
type place struct{ platform, environment string }

func (p place) String() string { return apart(p.platform, p.environment) }

// best is the fastest way to run a model at a place.
type best struct {
	way
	rivals []way // whose times are contradicted, and that may be faster
}

// bests finds the fastest way to run each model at each place, of an origin's
// results.
func bests(rows []data.Row, origin string) map[string]map[place]best {
	found := map[string]map[place]best{}
	for model, places := range waysOf(rows, origin) {
		found[model] = map[place]best{}
		for at, ways := range places {
			found[model][at] = fastest(ways)
		}
	}
	return found
}

// waysOf gathers the times of one inference by model, place and target.
func waysOf(rows []data.Row, origin string) map[string]map[place][]way {
	type key struct {
		model, target string
		place
	}
	found := map[string]map[place][]way{}
	index := map[key]int{}
	for i := range rows {
		r := &rows[i]
		if r.Origin != origin || r.Metric != metric.TimePerInference || !r.ValueMS.Known() || r.ValueMS.Float() <= 0 {
			continue
		}
		at := place{r.Platform, r.MeasuredIn}
		if found[r.Model] == nil {
			found[r.Model] = map[place][]way{}
		}
		k := key{r.Model, r.Target(), at}
		ways := found[r.Model][at]
		n, known := index[k]
		if !known {
			n = len(ways)
			index[k] = n
			ways = append(ways, way{})
		}
		ways[n].readings = append(ways[n].readings, r)
		found[r.Model][at] = ways
	}
	return found
}

// fastest takes each way by the time that counts of it. A way whose times are
// contradicted may be faster than that, and stays beside the one found.
func fastest(ways []way) best {
	b := best{way: slices.MinFunc(ways, func(a, b way) int { return cmp.Compare(a.ms(), b.ms()) })}
	for _, w := range ways {
		low, _ := w.span()
		if w.contradicted() && w.readings[0] != b.readings[0] && low < b.ms() {
			b.rivals = append(b.rivals, w)
		}
	}
	return b
}

// counts is the reading that counts: a printed value before one that was read
// off a drawing; of several that agree the fastest, and of several that
// contradict each other the slowest, which promises least.
func (w way) counts() *data.Row {
	eligible := slices.DeleteFunc(slices.Clone(w.readings), digitised)
	if len(eligible) == 0 {
		eligible = w.readings
	}
	faster := func(a, b *data.Row) int { return cmp.Compare(a.ValueMS.Float(), b.ValueMS.Float()) }
	if contradict(eligible) {
		return slices.MaxFunc(eligible, faster)
	}
	return slices.MinFunc(eligible, faster)
}

func digitised(r *data.Row) bool { return r.SourceOrigin == string(figure.Digitised) }

// ms is the time that counts.
func (w way) ms() float64 { return w.counts().ValueMS.Float() }

// contradicted reports whether a source states times of it that contradict
// each other.
func (w way) contradicted() bool { return contradict(w.readings) }

// contradict reports whether times contradict each other. Measured ones differ
// as the machine does: they are no statements of one source.
func contradict(readings []*data.Row) bool {
	low, high := span(readings)
	return readings[0].Origin == spec.Published && plan.Contradict(low, high)
}

// span is the lowest and the highest time of all readings, in ms.
func (w way) span() (low, high float64) { return span(w.readings) }

func span(readings []*data.Row) (low, high float64) {
	low, high = readings[0].ValueMS.Float(), readings[0].ValueMS.Float()
	for _, r := range readings {
		low, high = min(low, r.ValueMS.Float()), max(high, r.ValueMS.Float())
	}
	return low, high
}

// with names the framework and how it was run, without the platform.
func (w way) with() string {
	r := *w.readings[0]
	r.MeasuredIn = ""
	return strings.TrimPrefix(r.Target(), r.Platform+", ")
}

// sources tells every reading and where it stands.
func (w way) sources() string {
	var places []string
	for _, r := range w.readings {
		places = append(places, readingText(r)+" in figure "+r.Job.Published.Rows)
	}
	r := w.readings[0]
	return fmt.Sprintf("%s on %s with %s: %s", r.Model, r.Platform, w.with(), strings.Join(places, ", "))
}

// readingText is a published value as its source has it; "≈" marks one that was
// read off a drawing, as in figures.
func readingText(r *data.Row) string {
	text := strconv.FormatFloat(r.Value.Float(), 'g', -1, 64) + " " + r.Unit
	if digitised(r) {
		text = "≈" + text
	}
	return text
}

// contradictions tells of the ways whose times are contradicted; empty where
// none is.
func (b best) contradictions() string {
	var texts []string
	if b.contradicted() {
		texts = append(texts, b.sources())
	}
	for _, w := range b.rivals {
		texts = append(texts, b.with()+" is the fastest unless the lowest of these holds. "+w.sources())
	}
	return strings.Join(texts, "; ")
}

// overall is the place at which a model runs fastest, and how.
func overall(places map[place]best) (place, best) {
	at := slices.MinFunc(slices.Collect(maps.Keys(places)), func(a, b place) int {
		return cmp.Or(cmp.Compare(places[a].ms(), places[b].ms()), cmp.Compare(a.String(), b.String()))
	})
	return at, places[at]
}
