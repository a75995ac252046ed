package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
	"strconv"

	"edgebench/compiler/spec/policy"
	"edgebench/compiler/spec/requirement"
)

// Study names a spec's study.
type Study struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	About string `json:"about,omitempty"`
}

// Framework is a framework for inference.
type Framework struct {
	Name                 string                     `json:"name"`
	Label                string                     `json:"label"`
	About                string                     `json:"about,omitempty"`
	Source               string                     `json:"source"`
	Attributes           *Attributes                `json:"attributes,omitempty"`
	Optimizations        Named[OptimizationSupport] `json:"optimizations"`
	Memory               FrameworkMemory            `json:"memory"`
	UnsupportedOperators []string                   `json:"unsupported_operators,omitempty"`
	Platforms            []string                   `json:"platforms,omitempty"`
	Adapter              string                     `json:"adapter,omitempty"`
	Devices              Named[DeviceSupport]       `json:"devices,omitzero"`
	Runner               *Runner                    `json:"runner,omitempty"` // of the adapter process
	Version              string                     `json:"version,omitempty"`
}

// Runner is a process that infers in a framework; the schema's #Runner says what
// each field does.
type Runner struct {
	Command     []string          `json:"command"`
	Environment map[string]string `json:"environment,omitempty"`
	Options     map[string]string `json:"options,omitempty"`
	Format      string            `json:"format"`
	Needs       string            `json:"needs,omitempty"`
	Setup       string            `json:"setup,omitempty"` // the framework whose environment it runs in; empty is its own
	Limits      RunnerLimits      `json:"limits"`
}

// RunnerLimits are how long a runner may take.
type RunnerLimits struct {
	Start policy.Duration `json:"start"`
	Load  policy.Duration `json:"load"`
	Run   policy.Duration `json:"run"`
}

// Attributes are the rows of the paper's table II; stars are 1 to 3.
type Attributes struct {
	Language                string `json:"language"`
	IndustryBacked          bool   `json:"industry_backed"`
	TrainingFramework       bool   `json:"training_framework"`
	Usability               int    `json:"usability"`
	AddingNewModels         int    `json:"adding_new_models"`
	PreDefinedModels        int    `json:"pre_defined_models"`
	Documentation           int    `json:"documentation"`
	NoExtraSteps            bool   `json:"no_extra_steps"`
	MobileDeviceDeployment  bool   `json:"mobile_device_deployment"`
	LowLevelModifications   int    `json:"low_level_modifications"`
	CompatibilityWithOthers int    `json:"compatibility_with_others"`
}

// OptimizationSupport says whether a framework has an optimization.
type OptimizationSupport struct {
	Support string `json:"support"` // yes, no or experimental
	Note    string `json:"note,omitempty"`
}

// DeviceSupport says how far an adapter was tried on a kind of device.
type DeviceSupport struct {
	Ran    bool   `json:"ran"` // on a real one
	Tested string `json:"tested"`
	Needs  string `json:"needs,omitempty"`
}

// FrameworkMemory is how a framework holds a network while it loads it.
type FrameworkMemory struct {
	WeightCopies float64 `json:"weight_copies"`
	RuntimeBytes int64   `json:"runtime_bytes"`
	Basis        string  `json:"basis"`
}

// Optimization is a way to make inference cheaper.
type Optimization struct {
	Name      string `json:"name"`
	Label     string `json:"label"`
	Meaning   string `json:"meaning"`
	Note      string `json:"note,omitempty"`
	Precision string `json:"precision"`
	// Sparsity is the share of each layer's weights that are set to zero.
	Sparsity float64 `json:"sparsity,omitempty"`
}

// Platform is a device to run on.
type Platform struct {
	Name              string   `json:"name"`
	Category          string   `json:"category"`
	Source            string   `json:"source"`
	CPU               string   `json:"cpu,omitempty"`
	GPU               string   `json:"gpu,omitempty"`
	Accelerator       string   `json:"accelerator,omitempty"`
	Memory            string   `json:"memory,omitempty"`
	IdlePower         string   `json:"idle_power,omitempty"`
	AveragePower      string   `json:"average_power,omitempty"`
	FrameworksPrinted string   `json:"frameworks_printed,omitempty"`
	MemoryBytes       int64    `json:"memory_bytes,omitempty"`
	SwapBytes         int64    `json:"swap_bytes"`
	AcceleratorBytes  int64    `json:"accelerator_bytes,omitempty"`
	IdlePowerW        float64  `json:"idle_power_w,omitempty"`
	AveragePowerW     float64  `json:"average_power_w,omitempty"`
	Frameworks        []string `json:"frameworks"`
	UnsupportedOps    []string `json:"unsupported_operators,omitempty"`
	Precisions        []string `json:"precisions"`
	Backend           string   `json:"backend,omitempty"`
	Device            string   `json:"device,omitempty"`    // of targets that name none
	MinShare          float64  `json:"min_share,omitempty"` // of those that state none
	Notes             []string `json:"notes,omitempty"`
}

// Rule computes a verdict from metadata.
type Rule struct {
	Name    string `json:"name"`
	When    string `json:"when"`
	Verdict string `json:"verdict"`
	Code    string `json:"code"`
	Reason  string `json:"reason"`
	Source  string `json:"source"`
}

// Cell states a verdict for the combinations it names.
type Cell struct {
	Name           string `json:"name"`
	Model          string `json:"model,omitempty"`
	Platform       string `json:"platform,omitempty"`
	Framework      string `json:"framework,omitempty"`
	Optimization   string `json:"optimization,omitempty"`
	Verdict        string `json:"verdict"`
	Code           string `json:"code"`
	Reason         string `json:"reason,omitempty"`
	Source         string `json:"source"`
	ContradictedBy string `json:"contradicted_by,omitempty"`
	Table          string `json:"table,omitempty"`
}

// Source is a file of published data.
type Source struct {
	Name  string `json:"name"`
	Title string `json:"title"`
	DOI   string `json:"doi,omitempty"`
	File  string `json:"file"`
}

// Experiment selects what is measured, or replayed from published data.
type Experiment struct {
	Name    string    `json:"name"`
	Title   string    `json:"title"`
	Section string    `json:"section,omitempty"`
	Figure  string    `json:"figure,omitempty"`
	Metric  string    `json:"metric"`
	Models  Selection `json:"models"`
	Targets []Target  `json:"targets"`
	Origin  Origin    `json:"origin"`
	Policy  string    `json:"policy,omitempty"`
	Seed    uint64    `json:"seed,omitempty"`
	Source  string    `json:"source,omitempty"`
	Rows    string    `json:"rows,omitempty"`

	// Require are what a result must be to be recommended.
	Require []requirement.Requirement `json:"require,omitempty"`
}

// Origin is where a result comes from.
type Origin string

// The origins. They are untyped, since expressions have them as texts.
const (
	Measured  = "measured"
	Published = "published"
	Estimated = "estimated" // by a model of the platform
)

// PublishedOrigins say where a published value stands: printed as a label, in the
// text, or read off a drawing.
var PublishedOrigins = []string{"label", "text", "digitised"}

// Precisions are the number formats.
var Precisions = []string{"fp32", "fp16", "int8"}

// BytesOf is the size of one value in a number format.
var BytesOf = map[string]int64{"fp32": 4, "fp16": 2, "int8": 1}

// Environments are what an inference may run in.
var Environments = []string{"bare metal", "docker"}

// Target is a set of ways to run a model.
type Target struct {
	Platforms     Selection  `json:"platforms"`
	Frameworks    Selection  `json:"frameworks"`
	Optimizations [][]string `json:"optimizations"`
	Environments  []string   `json:"environments"`
	Threads       []Range    `json:"threads"`
	Models        []string   `json:"models,omitempty"`
	Device        string     `json:"device,omitempty"`    // empty: the platform's
	MinShare      float64    `json:"min_share,omitempty"` // 0: the platform's
}

// Range is the whole numbers From to To. A spec states it as one number, or as
// an object.
//
// Note: a list of 1e5 numbers takes CUE 40 s, since it looks through a list
// for each element that it adds; a range takes it nothing.
type Range struct {
	From int `json:"from"`
	To   int `json:"to"`
}

// Len is how many numbers the range has.
func (r Range) Len() int { return max(0, r.To-r.From+1) }

func (r Range) String() string {
	if r.From == r.To {
		return strconv.Itoa(r.From)
	}
	return fmt.Sprintf("from %d to %d", r.From, r.To)
}

// UnmarshalJSON implements json.Unmarshaler.
func (r *Range) UnmarshalJSON(data []byte) error {
	type object Range
	if bytes.HasPrefix(data, []byte("{")) {
		return json.Unmarshal(data, (*object)(r))
	}
	err := json.Unmarshal(data, &r.From)
	r.To = r.From
	return err
}

// MarshalJSON implements json.Marshaler.
func (r Range) MarshalJSON() ([]byte, error) {
	type object Range
	if r.From != r.To {
		return json.Marshal(object(r))
	}
	return json.Marshal(r.From)
}

// Selection is a list of names, or all of them.
type Selection struct {
	All   bool
	Names []string
}

// UnmarshalJSON implements json.Unmarshaler.
func (s *Selection) UnmarshalJSON(data []byte) error {
	if string(data) == `"all"` {
		s.All = true
		return nil
	}
	return json.Unmarshal(data, &s.Names)
}

// MarshalJSON implements json.Marshaler.
func (s Selection) MarshalJSON() ([]byte, error) {
	if s.All {
		return []byte(`"all"`), nil
	}
	return json.Marshal(s.Names)
}

// Figure is a chart over results; the schema's #Figure says what each field
// does.
type Figure struct {
	Name          string        `json:"name"`
	Number        string        `json:"number,omitempty"`
	Caption       string        `json:"caption"`
	Form          string        `json:"form"`
	Over          string        `json:"over"`
	Where         string        `json:"where"`
	Category      string        `json:"category"`
	Series        string        `json:"series"`
	Value         string        `json:"value"`
	Symbol        string        `json:"symbol,omitempty"`
	Order         string        `json:"order"`
	CategoryOrder []string      `json:"category_order,omitempty"`
	SeriesOrder   []string      `json:"series_order,omitempty"`
	Y             Axis          `json:"y"`
	X             *XAxis        `json:"x,omitempty"`
	Lines         []Line        `json:"lines,omitempty"`
	Right         *Axis         `json:"right,omitempty"`
	Baseline      *Baseline     `json:"baseline,omitempty"`
	Relative      *Relative     `json:"relative,omitempty"`
	Summary       Summary       `json:"summary,omitzero"`
	Width         string        `json:"width"` // full or half
	SlantNames    bool          `json:"slant_names"`
	GroupRules    bool          `json:"group_rules"`
	ValueLabels   bool          `json:"value_labels"`
	MinSeries     int           `json:"min_series,omitempty"` // with fewer that have a value it is not shown
	LabelsInside  bool          `json:"labels_inside"`
	Symbols       Named[Symbol] `json:"symbols"`
	Notes         []string      `json:"notes,omitempty"`
}

// Axis is one of a figure's axes; zeros follow from the data.
type Axis struct {
	Label string  `json:"label"`
	Unit  string  `json:"unit,omitempty"`
	Min   float64 `json:"min,omitempty"`
	Max   float64 `json:"max,omitempty"`
	Step  float64 `json:"step,omitempty"`
	Log   bool    `json:"log"`
}

// XAxis is the axis of a scatter's other value, and which results hold it.
type XAxis struct {
	Axis
	Where string `json:"where,omitempty"` // empty: the figure's
	Value string `json:"value"`
}

// Line is drawn over bars, computed from them.
type Line struct {
	Name   string `json:"name"`
	Value  string `json:"value"`
	Marker string `json:"marker,omitempty"`
}

// Baseline is a series of one value.
type Baseline struct {
	Series string  `json:"series"`
	Value  float64 `json:"value"`
}

// Relative says which series the values of the others are shown relative to.
type Relative struct {
	To string `json:"to"`
	As string `json:"as"` // speedup or ratio
}

// Summary names the category and the series of geometric means; empty: none.
type Summary struct {
	Category string `json:"category,omitempty"`
	Series   string `json:"series,omitempty"`
	Over     string `json:"over,omitempty"` // each or common
}

// Symbol marks a reason in a figure.
type Symbol struct {
	Glyph   string `json:"glyph"`
	Meaning string `json:"meaning"`
}

// Table is a table of the report.
type Table struct {
	Name    string     `json:"name"`
	Number  string     `json:"number,omitempty"`
	Caption string     `json:"caption"`
	Of      string     `json:"of"`
	Rows    []string   `json:"rows,omitempty"`
	Columns []string   `json:"columns,omitempty"`
	Figure  string     `json:"figure,omitempty"`
	Cells   [][]string `json:"cells,omitempty"`
	Source  string     `json:"source,omitempty"`
	Notes   []string   `json:"notes,omitempty"`
}

// Claim is a statement about results that an expression decides.
type Claim struct {
	Name      string  `json:"name"`
	Statement string  `json:"statement"`
	Source    string  `json:"source"`
	Holds     string  `json:"holds,omitempty"`
	Value     string  `json:"value,omitempty"`
	Printed   float64 `json:"printed,omitempty"`
	Tolerance float64 `json:"tolerance,omitempty"`
	Note      string  `json:"note,omitempty"`
}
