package expression

import (
	"fmt"
	"strings"
)

// Result is one result, or one combination that has none.
type Result struct {
	// Name of the run directory.
	Run string `expr:"run" json:"run"`
	// The study that the result belongs to.
	Study string `expr:"study" json:"study"`
	// The study's experiment that the result belongs to.
	Experiment string `expr:"experiment" json:"experiment"`
	// The figure of the source that the experiment reproduces.
	Figure string `expr:"figure" json:"figure,omitempty"`
	// Name of the model.
	Model string `expr:"model" json:"model"`
	// Name of the platform.
	Platform string `expr:"platform" json:"platform"`
	// Name of the framework.
	Framework string `expr:"framework" json:"framework"`
	// Names of the optimizations that are on, in alphabetical order.
	Optimizations []string `expr:"optimizations" json:"optimizations"`
	// The number format: fp32, fp16 or int8.
	Precision string `expr:"precision" json:"precision"`
	// "bare metal" or "docker".
	Environment string `expr:"environment" json:"environment"`
	// Number of threads; 0 is one a core.
	Threads int `expr:"threads" json:"threads"`
	// Kind of device of the framework that was asked for, such as "cuda"; empty is
	// its first one.
	Device string `expr:"device" json:"device,omitempty"`
	// The environment that the result was measured in, and the version of its
	// software, where the report has several.
	MeasuredIn string `expr:"measured_in" json:"measured_in,omitempty"`
	// The first digits of the environment's digest.
	EnvironmentID string `expr:"environment_id" json:"environment_id,omitempty"`
	// Name of the metric.
	Metric string `expr:"metric" json:"metric"`

	// "ok" where there is a value; else the code of the reason, "failed" or
	// "not_run".
	Status string `expr:"status" json:"status"`
	// Code of the verdict: "ok", or why the combination is degraded or skipped.
	// "degraded_placement" is of a result of which less ran on its device than min_share.
	Code string `expr:"code" json:"code"`
	// The reason in words.
	Reason string `expr:"reason" json:"reason,omitempty"`

	// "measured" or "published".
	Origin string `expr:"origin" json:"origin"`
	// "measured", or where a published value stands: "label", "text" or
	// "digitised".
	SourceOrigin string `expr:"source_origin" json:"source_origin"`
	// The value of the metric, in `unit`.
	Value Number `expr:"value" json:"value,omitzero"`
	// The value of a time, in ms.
	ValueMS Number `expr:"value_ms" json:"value_ms,omitzero"`
	// The lower end of the confidence interval, in `unit`.
	Low Number `expr:"low" json:"low,omitzero"`
	// The upper end of the confidence interval, in `unit`.
	High Number `expr:"high" json:"high,omitzero"`
	// The unit of `value`, `low` and `high`.
	Unit string `expr:"unit" json:"unit"`
	// Number of samples of a measured value.
	Count Number `expr:"count" json:"count,omitzero"`
	// Throughput of a measured time in 10^9 FLOP per second, a multiply-add
	// counted as two.
	GFLOPS Number `expr:"gflops" json:"gflops,omitzero"`
	// The most memory that the session's process had resident, in MiB, of a result
	// that was measured here.
	PeakMemoryMiB Number `expr:"peak_memory_mib" json:"peak_memory_mib,omitzero"`
	// The time from the model's file to a session that can infer, in ms, of a result
	// that was measured here.
	LoadMS Number `expr:"load_ms" json:"load_ms,omitzero"`
	// The relative L2 error of the timed session's outputs, of a result that was
	// measured and checked here.
	OutputError Number `expr:"output_error" json:"output_error,omitzero"`
	// What the source notes beside the value.
	Note string `expr:"note" json:"note,omitempty"`
}

// why says why a number of the result is missing.
func (r *Result) why(field string) string {
	what := fmt.Sprintf("%s on %s with %s has no %s", r.Model, r.Platform, withOptions(r.Framework, r.Optimizations), field)
	switch r.Status {
	case "ok":
		return what + missingBeside[field]
	case "failed":
		return what + " (failed: " + brief(r.Reason) + ")"
	case "not_run":
		return what + " (not run: " + brief(r.Reason) + ")"
	}
	if r.Reason == "" {
		return what + " (skipped: " + r.Status + ")"
	}
	return what + " (skipped: " + brief(r.Reason) + ")"
}

func withOptions(framework string, optimizations []string) string {
	if len(optimizations) == 0 {
		return framework
	}
	return framework + " (" + strings.Join(optimizations, "+") + ")"
}

// missingBeside says why a number is missing although there is a value.
var missingBeside = map[string]string{
	"value_ms": ": its metric is no time",
	"low":      ": it has no confidence interval",
	"high":     ": it has no confidence interval",
	"count":    ": it was not sampled here",
	"gflops":   ": it was not measured here, or is no inference time",

	"peak_memory_mib": ": it was not measured here, or could not be read",
	"load_ms":         ": it was not measured here",
	"output_error":    ": it was not measured here, or not checked",
}

// Gain is what one optimization gains: two results of one experiment that differ
// in nothing else.
type Gain struct {
	// The study's experiment that both results belong to.
	Experiment string `expr:"experiment"`
	// Name of the model.
	Model string `expr:"model"`
	// Name of the platform.
	Platform string `expr:"platform"`
	// Name of the framework.
	Framework string `expr:"framework"`
	// Name of the optimization that is on in one of the two results.
	Optimization string `expr:"optimization"`
	// Names of the optimizations that are on in both, in alphabetical order.
	Beside []string `expr:"beside"`
	// "bare metal" or "docker".
	Environment string `expr:"environment"`
	// Number of threads; 0 is one a core.
	Threads int `expr:"threads"`
	// The environment that both were measured in, and the version of their
	// software, where the report has several.
	MeasuredIn string `expr:"measured_in"`
	// Name of the metric.
	Metric string `expr:"metric"`

	// "ok" where both results have a value; else why one of them has none.
	Status string `expr:"status"`
	// The reason in words.
	Reason string `expr:"reason"`
	// The value without the optimization over that with it: of a time, above 1 is
	// faster.
	Gain Number `expr:"gain"`
	// The lower end of the gain's confidence interval.
	Low Number `expr:"low"`
	// The upper end of the gain's confidence interval.
	High Number `expr:"high"`
	// The relative L2 error of the outputs with the optimization: to the reference,
	// or, of pruned weights, to the network with all of them.
	Error Number `expr:"error"`
}

// why says why a number of the gain is missing.
func (g *Gain) why(field string) string {
	what := fmt.Sprintf("%s of %s on %s with %s has no %s", g.Optimization, g.Model, g.Platform, withOptions(g.Framework, g.Beside), field)
	switch {
	case g.Status != "ok":
		return what + " (" + g.Status + ": " + brief(g.Reason) + ")"
	case field == "error":
		return what + ": its outputs were not checked here"
	}
	return what + ": one of its two results has no confidence interval"
}

// Job is one thing to do: measure a model, or replay a published value.
type Job struct {
	// The study that the job belongs to.
	Study string `expr:"study"`
	// The study's experiments that the job's result belongs to.
	Experiments []string `expr:"experiments"`
	// "measured" or "published".
	Origin string `expr:"origin"`
	// Name of the metric.
	Metric string `expr:"metric"`
	// Name of the model.
	Model string `expr:"model"`
	// Name of the platform.
	Platform string `expr:"platform"`
	// Name of the framework.
	Framework string `expr:"framework"`
	// Names of the optimizations that are on, in alphabetical order.
	Optimizations []string `expr:"optimizations"`
	// The number format: fp32, fp16 or int8.
	Precision string `expr:"precision"`
	// "bare metal" or "docker".
	Environment string `expr:"environment"`
	// Number of threads; 0 is one a core.
	Threads int `expr:"threads"`
	// Kind of device of the framework that is asked for; empty is its first one.
	Device string `expr:"device"`
}

// Model is a neural network.
type Model struct {
	// Its name.
	Name string `expr:"name"`
	// What it is for, such as "image recognition".
	Task string `expr:"task"`
	// Whether its layers are stated, or a file with them.
	HasLayers bool `expr:"has_layers"`
	// Kinds of operator in it; missing without layers.
	Operators List `expr:"operators"`
	// Multiply-adds of one inference, counted of the layers.
	MACs Number `expr:"macs"`
	// Learned parameters, counted of the layers.
	Parameters Number `expr:"parameters"`
	// 10^9 FLOP of one inference, as a source prints it.
	ClaimedFLOPGiga Number `expr:"claimed_flop_giga"`
	// 10^6 parameters, as a source prints them.
	ClaimedParametersMillion Number `expr:"claimed_parameters_million"`
	// FLOP per parameter, as a source prints it.
	FLOPPerParameter Number `expr:"flop_per_parameter"`
}

func (m *Model) why(field string) string {
	if strings.HasPrefix(field, "claimed_") || field == "flop_per_parameter" {
		return fmt.Sprintf("no %s is claimed of %s", field, m.Name)
	}
	return fmt.Sprintf("%s has no %s: its spec states no layers", m.Name, field)
}

// Framework is a framework for inference.
type Framework struct {
	// Its name.
	Name string `expr:"name"`
	// Whether it builds its graph while it runs.
	DynamicGraph bool `expr:"dynamic_graph"`
	// How often it holds the weights in memory at the peak.
	WeightCopies float64 `expr:"weight_copies"`
	// Bytes that it occupies itself.
	RuntimeBytes int64 `expr:"runtime_bytes"`
	// Kinds of operator that it cannot run.
	UnsupportedOperators []string `expr:"unsupported_operators"`
	// How EdgeBench runs it; empty if it cannot.
	Adapter string `expr:"adapter"`
}

// Platform is a device to run on.
type Platform struct {
	// Its name.
	Name string `expr:"name"`
	// Its category, such as "IoT/Edge device".
	Category string `expr:"category"`
	// Bytes of memory that a process may use, swap left out.
	MemoryBytes Number `expr:"memory_bytes"`
	// Bytes of swap.
	SwapBytes int64 `expr:"swap_bytes"`
	// Bytes of on-chip memory of its accelerator.
	AcceleratorBytes Number `expr:"accelerator_bytes"`
	// Power in W while idle.
	IdlePowerW Number `expr:"idle_power_w"`
	// Power in W while executing networks.
	AveragePowerW Number `expr:"average_power_w"`
	// Kinds of operator that its accelerator cannot run.
	UnsupportedOperators []string `expr:"unsupported_operators"`
	// Number formats that it runs.
	Precisions []string `expr:"precisions"`
	// How EdgeBench reaches it; empty if it cannot.
	Backend string `expr:"backend"`
}

func (p *Platform) why(field string) string {
	return fmt.Sprintf("the spec of %s states no %s", p.Name, field)
}

// Combination is what a rule judges: a way to run a model.
type Combination struct {
	// The model.
	Model *Model `expr:"model"`
	// The framework.
	Framework *Framework `expr:"framework"`
	// The platform.
	Platform *Platform `expr:"platform"`
	// Names of the optimizations that are on, in alphabetical order.
	Optimizations []string `expr:"optimizations"`
	// The number format that they give: fp32, fp16 or int8.
	Precision string `expr:"precision"`
	// Bytes of the weights; without layers, of the parameters that are claimed.
	WeightBytes Number `expr:"weight_bytes"`
	// Bytes of the activations that are alive at once, counted of the layers.
	ActivationBytes Number `expr:"activation_bytes"`
}

func (c *Combination) why(field string) string {
	if field == "activation_bytes" {
		return fmt.Sprintf("%s has no activation_bytes: its spec states no layers", c.Model.Name)
	}
	return fmt.Sprintf("%s has no %s: its spec states no layers and claims no parameters", c.Model.Name, field)
}

// OfResult is what a figure over results sees.
type OfResult struct {
	// The result.
	R *Result `expr:"r"`
}

// OfGain is what a figure over gains sees.
type OfGain struct {
	// The gain.
	G *Gain `expr:"g"`
}

// OfModel is what a figure over models sees.
type OfModel struct {
	// The model.
	M *Model `expr:"m"`
}

// OfStudy is what a claim sees.
type OfStudy struct {
	// All results of the study, those without a value too.
	Results []*Result `expr:"results"`
	// All models of the report.
	Models []*Model `expr:"models"`
}

// OfCategory is what a line of a figure sees.
type OfCategory struct {
	// The values of the category that the line passes, by the name of the series.
	V map[string]float64 `expr:"v"`
}

// Scope says what an expression sees: one of the values below.
type Scope struct{ env any }

// OfFigure is the scope of a figure over "results", "models" or "gains".
func OfFigure(over string) Scope {
	switch over {
	case "models":
		return Models
	case "gains":
		return Gains
	}
	return Results
}

// The scopes.
var (
	Rules   = Scope{Combination{}} // conditions and reasons of rules
	Jobs    = Scope{Job{}}         // --only
	Results = Scope{OfResult{}}    // figures over results
	Gains   = Scope{OfGain{}}      // figures over gains
	Models  = Scope{OfModel{}}     // figures over models
	Claims  = Scope{OfStudy{}}     // claims
	Lines   = Scope{OfCategory{}}  // lines of figures
)
