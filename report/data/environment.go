package data

import (
	"fmt"
	"strings"

	"edgebench/executor/sensor"
)

// Environment is a machine, as it was set up, that results were measured in.
type Environment struct {
	sensor.Environment
	ID   string // first digits of the digest
	Name string // what tells it from the report's other environments; empty where it is the only one

	digest string
}

// idDigits are enough to tell apart the environments of one report.
const idDigits = 8

func shortDigest(digest string) string {
	hex := strings.TrimPrefix(digest, "sha256:")
	return hex[:min(len(hex), idDigits)]
}

// facts of an environment, those first that a reader knows it by.
func (e Environment) facts() []string {
	quota := "no CPU quota"
	if e.CPUQuota != nil {
		quota = "quota of " + e.CPUQuota.String()
	}
	return []string{
		e.CPU.Model, e.Board, fmt.Sprintf("%d cores", e.CPU.LogicalCores), threads(e.GOMAXPROCS), quota,
		e.System, e.Kernel, e.OS + "/" + e.Arch, e.Virtualization, "EdgeBench " + e.Program, e.Go, e.ID,
	}
}

func threads(n int) string {
	if n == 1 {
		return "1 thread"
	}
	return fmt.Sprintf("%d threads", n)
}

// nameApart names each list of facts by the first of them that tell it from all
// others; a single one needs no name.
func nameApart(facts [][]string) []string {
	names := make([]string, len(facts))
	for fact := 0; len(facts) > 0 && fact < len(facts[0]) && repeats(names); fact++ {
		if !splits(names, facts, fact) {
			continue
		}
		for i := range names {
			names[i] = strings.TrimPrefix(names[i]+", "+facts[i][fact], ", ")
		}
	}
	return names
}

func repeats(names []string) bool {
	seen := map[string]bool{}
	for _, n := range names {
		if seen[n] {
			return true
		}
		seen[n] = true
	}
	return false
}

// splits reports whether a fact tells apart what has the same name so far.
func splits(names []string, facts [][]string, fact int) bool {
	value := map[string]string{}
	for i, n := range names {
		known, met := value[n]
		if met && known != facts[i][fact] {
			return true
		}
		value[n] = facts[i][fact]
	}
	return false
}
