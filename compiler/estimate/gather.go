package estimate

import (
	"math"
	"slices"
	"strings"

	"edgebench/compiler/metric"
	"edgebench/compiler/plan"
	"edgebench/compiler/spec"
)

// On is what published times are about, beside the network.
type On struct {
	Platform      string   `json:"platform"`
	Framework     string   `json:"framework"`
	Optimizations []string `json:"optimizations"`
	Precision     string   `json:"precision"`
}

func (o On) key() string {
	return strings.Join(append([]string{o.Platform, o.Framework}, o.Optimizations...), "\x00")
}

// Published are the times that sources print of networks on one platform in one
// framework.
type Published struct {
	On
	Sources      []string // titles
	Observations []Observation
}

// environment of the times that rooflines are fitted to.
const environment = "bare metal"

// Gather lists what some plans have published times of, in their order. Of several
// times of one network the median counts; networks whose layers are unknown are
// left out.
func Gather(plans ...*plan.Plan) []Published {
	g := gatherer{at: map[string]int{}}
	for _, p := range plans {
		for _, j := range p.Jobs {
			if j.Origin == spec.Published && j.Metric == metric.TimePerInference && j.Environment == environment {
				g.add(p, j)
			}
		}
	}
	for i := range g.published {
		g.settle(i)
	}
	return g.published
}

type gatherer struct {
	published []Published
	seconds   []map[string][]float64 // of each of published, by model
	at        map[string]int
}

func (g *gatherer) add(p *plan.Plan, j plan.Job) {
	milliseconds, isTime := metric.MillisecondsIn[j.Published.Unit]
	m, _ := p.Catalog.Models.Get(j.Model)
	if !isTime || m.Graph == nil || j.Published.Value <= 0 {
		return
	}
	on := On{Platform: j.Platform, Framework: j.Framework, Optimizations: j.Optimizations, Precision: j.Precision}
	i, known := g.at[on.key()]
	if !known {
		i = len(g.published)
		g.at[on.key()] = i
		g.published = append(g.published, Published{On: on})
		g.seconds = append(g.seconds, map[string][]float64{})
	}
	of := &g.published[i]
	if title := title(p, j); !slices.Contains(of.Sources, title) {
		of.Sources = append(of.Sources, title)
	}
	if g.seconds[i][j.Model] == nil {
		of.Observations = append(of.Observations, Observation{Model: j.Model, Network: NetworkOf(m.Graph, on.Precision)})
	}
	g.seconds[i][j.Model] = append(g.seconds[i][j.Model], j.Published.Value*milliseconds/1e3)
}

// title is the name of a job's source.
func title(p *plan.Plan, j plan.Job) string {
	for _, study := range p.Studies {
		if study.Name != j.Feeds[0].Study {
			continue
		}
		if s, ok := study.Sources.Get(j.Published.Source); ok {
			return s.Title
		}
	}
	return j.Published.Source
}

func (g *gatherer) settle(i int) {
	for k := range g.published[i].Observations {
		o := &g.published[i].Observations[k]
		o.Seconds = middle(g.seconds[i][o.Model])
	}
}

// middle is the median, of an even number of values the geometric mean of the
// two in the middle.
func middle(values []float64) float64 {
	sorted := slices.Sorted(slices.Values(values))
	n := len(sorted)
	return math.Sqrt(sorted[(n-1)/2] * sorted[n/2])
}
