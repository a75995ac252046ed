package expression_test

import (
	"math"
	"strings"
	"testing"

	"edgebench/compiler/expression"
)

// study has a result of each of two models, and a third model that was skipped.
func study() expression.OfStudy {
	ok := func(model string, ms float64) *expression.Result {
		return &expression.Result{
			Experiment: "x", Model: model, Platform: "host", Framework: "native", Optimizations: []string{},
			Status: "ok", Value: expression.Num(ms), ValueMS: expression.Num(ms),
		}
	}
	skipped := &expression.Result{
		Experiment: "x", Model: "VGG19", Platform: "EdgeTPU", Framework: "TFLite", Optimizations: []string{"quantization"},
		Status: "memory_error", Reason: "it needs 900 MiB",
	}
	return expression.OfStudy{
		Results: []*expression.Result{ok("AlexNet", 40), ok("C3D", 900), skipped},
		Models: []*expression.Model{
			{Name: "AlexNet", FLOPPerParameter: expression.Num(7)},
			{Name: "mine"},
		},
	}
}

// TestMissing judges claims that touch what is missing, and claims that look
// first.
func TestMissing(t *testing.T) {
	const skipped = "VGG19 on EdgeTPU with TFLite (quantization) has no value (skipped: it needs 900 MiB)"
	for _, c := range []struct {
		source string
		want   any // a value, or a part of why there is none
	}{
		{`min(map(results, .value)) < 50`, skipped},
		{`any(results, .value > 1000)`, skipped},
		{`sortBy(results, .value)[0].model == "AlexNet"`, skipped},
		{`results[2].value == 0`, skipped},
		{`results[2]["value"] == 0`, skipped},
		{`filter(results, .status != "ok")[0].value_ms < 5`, "has no value_ms"},
		{`(results[2].value ?? 7) == 7`, skipped},
		{`let v = map(results, .value); len(v) == 3`, skipped},
		{`all(values(groupBy(results, .experiment)), max(map(#, .value)) < 1000)`, skipped},
		{`results[0].low < 50`, "AlexNet on host with native has no low: it has no confidence interval"},
		{`all(models, .flop_per_parameter > 1)`, "no flop_per_parameter is claimed of mine"},
		{`models[1].macs < 5`, "mine has no macs: its spec states no layers"},
		{`all(filter(results, .model == 'Zzz'), .value < 1)`, `all of nothing: filter(results, .model == "Zzz") is empty`},
		{`let shown = filter(results, .model == 'Zzz'); none(shown, .value < 1)`, `none of nothing: shown, which is filter(results, .model == "Zzz"), is empty`},
		{`any([], # == 1)`, "any of nothing"},
		{`one(filter(results, false), true)`, "one of nothing"},
		{`mean(map(filter(results, false), .value)) == 0`, "mean of nothing"},
		{`sum(map(filter(results, false), .value)) == 0`, "sum of nothing"},
		{`min(filter(map(results, 1), false)) == 0`, "min of nothing"},
		{`max(1, map(filter(results, false), .value)) == 1`, "max of nothing"},
		{`median([]) == 0`, "median of nothing"},
		{`reduce(filter(results, false), #acc + .value, 0) == 0`, "reduce of nothing"},
		{`geomean(map(filter(results, false), .value)) == 0`, "the geometric mean of no values"},
		{`find(results, .model == "Zzz").value == 0`, "nothing was found that could have a value"},
		{`find(results, .model == "Zzz")?.value == 0`, "nothing was found that could have a value"},

		{`min(map(filter(results, .status == "ok"), .value)) < 50`, true},
		{`any(results, .status == "ok" && .value < 50)`, true},
		{`all(results, .status != "ok" || .value < 1000)`, true},
		{`count(results, .status == "ok" && .value < 50) == 1`, true},
		{`count(filter(results, .model == "Zzz"), .value < 1) == 0`, true},
		{`len(filter(results, .model == "Zzz")) == 0`, true},
		{`all(filter(models, known(.flop_per_parameter)), .flop_per_parameter == 7)`, true},
		{`known(results[0].low) ? results[0].low < 1 : results[0].value == 40`, true},
		{`none(values(groupBy(results, .model)), known(#[0].low))`, true},
		{`all(results, none(.optimizations, # == "fusion"))`, true},
		{`map(results, ({v: .model}))[0].v == "AlexNet"`, true},
		{`geomean(map(filter(results, known(.value)), .value)) < 190`, true},
	} {
		p, err := expression.Compile(c.source, expression.Claims, expression.Condition, nil)
		if err != nil {
			t.Errorf("%s: %v", c.source, err)
			continue
		}
		got, err := p.Run(study())
		why, undecided := expression.IsUndecided(err)
		switch want := c.want.(type) {
		case string:
			if !undecided || !strings.Contains(why, want) {
				t.Errorf("%s is %v (%v); it should be undecided: %s", c.source, got, err, want)
			}
		default:
			if got != want || err != nil {
				t.Errorf("%s is %v, %v, want %v", c.source, got, err, want)
			}
		}
	}
}

// TestLines reads a category that lacks a series.
func TestLines(t *testing.T) {
	p, err := expression.Compile("v['A'] / v['B']", expression.Lines, expression.Quantity, nil)
	if err != nil {
		t.Fatal(err)
	}
	if got := p.Series(); len(got) != 2 || got[0] != "A" || got[1] != "B" {
		t.Errorf("it asks for %q", got)
	}
	if v, err := p.Run(expression.OfCategory{V: map[string]float64{"A": 6, "B": 2}}); v != 3.0 || err != nil {
		t.Errorf("it is %v, %v", v, err)
	}
	_, err = p.Run(expression.OfCategory{V: map[string]float64{"A": 6}})
	if why, _ := expression.IsUndecided(err); why != `the series "B" has no value here` {
		t.Errorf("without B: %v", err)
	}
}

// TestRule reads the facts of a combination that are missing.
func TestRule(t *testing.T) {
	x := expression.Combination{
		Model: &expression.Model{Name: "mine"}, Framework: &expression.Framework{}, Platform: &expression.Platform{Name: "board"},
		WeightBytes: expression.Num(3),
	}
	for source, want := range map[string]any{
		"weight_bytes > 2":                     true,
		"activation_bytes > 2":                 "mine has no activation_bytes",
		"known(activation_bytes)":              false,
		"platform.memory_bytes > 2":            "the spec of board states no memory_bytes",
		"any(model.operators, # == 'conv')":    "mine has no operators: its spec states no layers",
		"'conv' in model.operators":            "mine has no operators",
		"any(platform.precisions, # == 'x')":   false,
		"all(optimizations, # == 'x')":         true,
		"mib(weight_bytes) == '0 MiB'":         true,
		"known(platform.memory_bytes) && true": false,
	} {
		p, err := expression.Compile(source, expression.Rules, expression.Condition, nil)
		if err != nil {
			t.Errorf("%s: %v", source, err)
			continue
		}
		got, err := p.Run(&x)
		if why, undecided := expression.IsUndecided(err); undecided {
			if text, _ := want.(string); text == "" || !strings.Contains(why, text) {
				t.Errorf("%s is undecided: %s, want %v", source, why, want)
			}
		} else if got != want {
			t.Errorf("%s is %v (%v), want %v", source, got, err, want)
		}
	}
}

// TestFaults compiles expressions that are wrong.
func TestFaults(t *testing.T) {
	known := expression.Known{"model": {"ResNet-50", "AlexNet"}, "optimization": {"fusion"}, "platform": {"host"}}
	for _, c := range []struct {
		source string
		scope  expression.Scope
		want   string
	}{
		{"platform.memry_bytes > 3", expression.Rules, `column 10: a platform has no memry_bytes (did you mean "memory_bytes"?)`},
		{"wieght_bytes > 3", expression.Rules, `column 1: unknown name wieght_bytes (did you mean "weight_bytes"?)`},
		{"all(results, .valeu < 3)", expression.Claims, `column 15: a result has no valeu (did you mean "value"?)`},
		{"all(results,\n  .value < 'a')", expression.Claims, "line 2, column 10: invalid operation: <"},
		{"results", expression.Claims, "expected bool"},
		{"get(results[0], 'value') == 0", expression.Claims, "unknown name get"},
		{"known(results)", expression.Claims, "known asks for a field that may be missing"},
		{"all(results, .model == 'ResNet-51')", expression.Claims, `column 24: no model named "ResNet-51" (did you mean "ResNet-50"?)`},
		{"all(results, .model in ['AlexNet', 'AlexNett'])", expression.Claims, `column 36: no model named "AlexNett" (did you mean "AlexNet"?)`},
		{"any(results, 'fussion' in .optimizations)", expression.Claims, `column 14: no optimization named "fussion" (did you mean "fusion"?)`},
		{"all(values(groupBy(results, .model)), #[0].platform != 'hots')", expression.Claims, `no platform named "hots"`},
		{"count(results, .optimizations == '') == 1", expression.Claims, "column 34: optimizations is a list: write `len(.optimizations) == 0` for none"},
		{"optimizations == 'fusion'", expression.Jobs, "optimizations is a list: write `\"fusion\" in optimizations`"},
		{"all(values(groupBy(results, .model)), #[0].valeu < 3)", expression.Claims, `column 44: nothing has a field valeu (did you mean "value"?)`},
		{"sortBy(values(groupBy(results, .model)), len(#))[0][0].modl == 'x'", expression.Claims, `nothing has a field modl (did you mean "model"?)`},
		{"model == 'ResNet-51'", expression.Jobs, `no model named "ResNet-51"`},
		{"model.name == 'ResNet-51'", expression.Rules, `no model named "ResNet-51"`},
		{"m.name == 'AlexNet' && r.model == 'AlexNet'", expression.Models, "unknown name r"},
	} {
		_, err := expression.Compile(c.source, c.scope, expression.Condition, known)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: %v, want %s", c.source, err, c.want)
		}
	}
}

func TestGeoMean(t *testing.T) {
	if got, err := expression.GeoMean([]float64{1, 2, 4}); err != nil || math.Abs(got-2) > 1e-12 {
		t.Errorf("the geometric mean of 1, 2, 4 is %v, %v", got, err)
	}
	for _, bad := range [][]float64{{}, {1, 0}, {-1}, {math.Inf(1)}, {math.NaN()}} {
		if got, err := expression.GeoMean(bad); err == nil || !strings.Contains(err.Error(), "geometric mean") {
			t.Errorf("the geometric mean of %v is %v, %v", bad, got, err)
		}
	}
}
