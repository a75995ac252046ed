package plan

import (
	"cmp"
	"strings"

	"edgebench/compiler/network/audit"
	"edgebench/compiler/network/graph"
	"edgebench/compiler/spec"
	"edgebench/compiler/spec/policy"
	"edgebench/compiler/verdict"
)

// Format is the version of the plan's file form. It changes whenever a program
// of one version would misread the plan of another.
const Format = 2

// Plan is a compiled set of studies.
type Plan struct {
	Format  int     `json:"format"`
	Digest  string  `json:"digest"` // of everything else
	Studies []Study `json:"studies"`
	Catalog Catalog `json:"catalog"`
	Jobs    []Job   `json:"jobs"`
	Skips   []Skip  `json:"skips"`
	Cells   []Cell  `json:"cells"`
	Places  []Place `json:"places,omitempty"` // that tables of fit show
	// Contradictions are places where published data and a verdict, or two
	// statements of a source, do not agree.
	Contradictions []string `json:"contradictions,omitempty"`
}

// Study is one spec's study with what the report shows of it.
type Study struct {
	spec.Study
	Experiments spec.Named[*spec.Experiment] `json:"experiments"`
	Sources     spec.Named[*spec.Source]     `json:"sources"`
	Figures     spec.Named[*spec.Figure]     `json:"figures"`
	Tables      spec.Named[*spec.Table]      `json:"tables"`
	Claims      spec.Named[*spec.Claim]      `json:"claims"`
}

// Catalog is the part of the specs that the plan's jobs and tables refer to.
type Catalog struct {
	Models        spec.Named[*Model]             `json:"models"`
	Frameworks    spec.Named[*spec.Framework]    `json:"frameworks"`
	Optimizations spec.Named[*spec.Optimization] `json:"optimizations"`
	Platforms     spec.Named[*spec.Platform]     `json:"platforms"`
}

// Model is a model with its graph, where its layers or a file with them are
// stated.
type Model struct {
	Name      string        `json:"name"`
	Task      string        `json:"task"`
	Reference string        `json:"reference"`
	Input     graph.Shape   `json:"input"`
	Claimed   *spec.Claimed `json:"claimed,omitempty"`
	Notes     []string      `json:"notes,omitempty"`
	Audit     *audit.Audit  `json:"audit,omitempty"`
	Graph     *graph.Graph  `json:"graph,omitempty"`
	Source    *Source       `json:"source,omitempty"` // of the graph and its weights, where it is a file
	Opaque    *Opaque       `json:"opaque,omitempty"` // instead of a graph: a file that only other frameworks read
}

// Opaque is an ONNX file whose operators EdgeBench does not know, so that only
// frameworks that read the file itself can run it. Its multiply-adds are unknown.
type Opaque struct {
	Reason     string   `json:"reason"` // where and why the importer refused it
	InputName  string   `json:"input_name"`
	Outputs    []Output `json:"outputs"`
	Parameters int64    `json:"parameters"`
	Quantized  bool     `json:"quantized,omitempty"` // to 8 bits
}

// Output is an output of a model's file.
type Output struct {
	Name     string `json:"name"`
	Elements int64  `json:"elements"`
}

// Runnable reports whether there is anything of a model to run.
func (m *Model) Runnable() bool { return m.Graph != nil || m.Opaque != nil }

// OutputElements is the size of each output.
func (m *Model) OutputElements() []int64 {
	var sizes []int64
	if m.Opaque != nil {
		for _, out := range m.Opaque.Outputs {
			sizes = append(sizes, out.Elements)
		}
		return sizes
	}
	for _, id := range m.Graph.Outputs {
		sizes = append(sizes, m.Graph.Nodes[id].Shape.Elements())
	}
	return sizes
}

// Job is one thing to do: measure a model on a target, or replay a published
// value of it.
type Job struct {
	ID       string      `json:"id"`       // the identity's first digits
	Identity string      `json:"identity"` // digest of everything that decides the result
	Feeds    []Feed      `json:"feeds"`    // experiments that the result belongs to
	Origin   spec.Origin `json:"origin"`
	Metric   string      `json:"metric"`
	Target
	Verdict verdict.Verdict `json:"verdict"` // ok or degraded

	// Of a measured job.
	Policy *policy.Policy `json:"policy,omitempty"`
	Seed   uint64         `json:"seed,omitempty"`

	// Of a published one.
	Published *Observation `json:"published,omitempty"`
}

// Feed names an experiment.
type Feed struct {
	Study      string `json:"study"`
	Experiment string `json:"experiment"`
}

// Target is one way to run a model.
type Target struct {
	Model         string   `json:"model"`
	Platform      string   `json:"platform"`
	Framework     string   `json:"framework"`
	Optimizations []string `json:"optimizations"`
	Precision     string   `json:"precision"`
	Sparsity      float64  `json:"sparsity,omitempty"` // share of each layer's weights that are set to zero
	Environment   string   `json:"environment"`
	Threads       int      `json:"threads,omitempty"` // 0: one a core
	Device        string   `json:"device,omitempty"`  // of the framework; empty: its first
	// MinShare is the least share of the network's nodes that must run on the
	// device: a result of less is degraded. 0: none is asked for.
	MinShare float64 `json:"min_share,omitempty"`
}

// Observation is a published value, or the reason why a source has none.
type Observation struct {
	Source string  `json:"source"`
	Rows   string  `json:"rows"` // the figure or table of the source
	Value  float64 `json:"value"`
	Unit   string  `json:"unit"`
	Status string  `json:"status"` // ok, or why there is no value
	Origin string  `json:"origin"` // label, text or digitised
	Note   string  `json:"note,omitempty"`
}

// disagreement is how far two published values of one quantity may lie apart.
// Values digitised from a logarithmic axis are good to about 5 % each.
const disagreement = 0.10

// Contradict reports whether published values of one quantity, of which low is
// the lowest and high the highest, lie too far apart to be readings of the same.
func Contradict(low, high float64) bool { return low > 0 && high/low-1 > disagreement }

// Skip is a combination that an experiment selects and that does not run.
type Skip struct {
	Feed
	Target
	Verdict verdict.Verdict `json:"verdict"`
}

// Place is one way to run a model somewhere, whether or not it is within reach.
type Place struct {
	Model         string          `json:"model"`
	Platform      string          `json:"platform"`
	Framework     string          `json:"framework"`
	Optimizations []string        `json:"optimizations"`
	Precision     string          `json:"precision"`
	Verdict       verdict.Verdict `json:"verdict"`             // of running there
	Facts         []string        `json:"facts,omitempty"`     // that speak for it, such as the memory it needs
	Reached       bool            `json:"reached"`             // from this machine
	Unreached     string          `json:"unreached,omitempty"` // why not
	Estimate      *Estimate       `json:"estimate,omitempty"`
}

// Estimate is the time of one inference as published times of other models let
// expect it: it was not measured.
type Estimate struct {
	Seconds     float64 `json:"seconds"`
	Low         float64 `json:"low_s"`
	High        float64 `json:"high_s"`
	Level       float64 `json:"level"`  // of the interval
	Models      int     `json:"models"` // with a published time there
	MedianError float64 `json:"median_error"`
}

// Runs reports whether the model can run there.
func (p *Place) Runs() bool { return p.Verdict.Name != verdict.Skip }

// Remedy is what would bring the place within reach, or else why it is not.
func (p *Place) Remedy() string {
	_, remedy, _ := strings.Cut(p.Unreached, ": ")
	return cmp.Or(remedy, p.Unreached)
}

// ByReach parts places: those that run here, those that run elsewhere, and those
// where the model cannot run.
func ByReach(places []Place) (here, elsewhere, nowhere []Place) {
	for _, p := range places {
		switch {
		case !p.Runs():
			nowhere = append(nowhere, p)
		case p.Reached:
			here = append(here, p)
		default:
			elsewhere = append(elsewhere, p)
		}
	}
	return here, elsewhere, nowhere
}

// Cell is a cell of a compatibility table: what the spec states, and what the
// computed rules alone say of the same combination.
type Cell struct {
	Table     string          `json:"table"`            // its name
	Number    string          `json:"number,omitempty"` // of the table, as a publication numbers it
	Model     string          `json:"model"`
	Platform  string          `json:"platform"`
	Framework string          `json:"framework,omitempty"` // none: the best of those that run there
	Stated    verdict.Verdict `json:"stated"`
	Computed  verdict.Verdict `json:"computed"`
	Agree     bool            `json:"agree"` // ok, degraded or skip in both; the reasons may differ
}

// Label is what a reader knows the cell's table by.
func (c *Cell) Label() string { return cmp.Or(c.Number, c.Table) }
