package sensor

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"math"
)

// Environment is what a machine is. Hostname identifies it for its owner and says nothing about its
// results, so it is not part of the digest.
type Environment struct {
	OS       string  `json:"os"`   // Go's name, such as linux
	Arch     string  `json:"arch"` // Go's name, such as arm64
	Kernel   string  `json:"kernel,omitempty"`
	System   string  `json:"system,omitempty"` // such as Debian GNU/Linux 12 (bookworm)
	Board    string  `json:"board,omitempty"`  // such as Raspberry Pi 4 Model B Rev 1.4
	CPU      CPU     `json:"cpu"`
	Memory   Reading `json:"memory"` // total, in bytes
	Hostname string  `json:"hostname,omitempty"`
	// Virtualization is what the program runs in, such as "container: docker" or "vm: KVM"; empty
	// where there is no sign of either.
	Virtualization string `json:"virtualization,omitempty"`
	Go             string `json:"go"`         // version that built the program
	Program        string `json:"program"`    // version, given by the caller
	GOMAXPROCS     int    `json:"gomaxprocs"` // threads that Go runs at once
	// CPUQuota is the cgroup's limit in cores; nil where none is set.
	CPUQuota *Reading `json:"cpu_quota,omitempty"`
	// Missing says which of the texts above could not be read, and why.
	Missing []Missing `json:"missing,omitempty"`
}

// CPU describes the processor. A heterogeneous one has several models, joined by " + ".
type CPU struct {
	Model         string  `json:"model,omitempty"`
	LogicalCores  int     `json:"logical_cores"` // that the process may use
	PhysicalCores Reading `json:"physical_cores"`
	// Features are those that kernels choose by, in alphabetical order.
	Features []string `json:"features"`
}

// Missing is a fact that could not be read.
type Missing struct {
	Field  string `json:"field"`
	Reason string `json:"reason"`
}

func (e *Environment) miss(field, reason string) {
	e.Missing = append(e.Missing, Missing{field, reason})
}

// memoryGrain is what total memory is rounded to in the digest: a kernel reserves a little more or less
// from one boot to the next.
const memoryGrain = 256 << 20

// decisive is what the digest covers. Its fields and their order are the digest's definition.
type decisive struct {
	OS, Arch, Kernel, System, Board, Model string
	LogicalCores                           int
	PhysicalCores                          float64
	Features                               []string
	MemoryGrains                           float64
	Virtualization, Go, Program            string
	GOMAXPROCS                             int
	CPUQuota                               float64
}

// Digest is "sha256:" and the hash of everything that decides whether results compare: all but the
// hostname, sources and reasons, with memory rounded to 256 MiB.
func (e Environment) Digest() string {
	c := decisive{
		OS: e.OS, Arch: e.Arch, Kernel: e.Kernel, System: e.System, Board: e.Board, Model: e.CPU.Model,
		LogicalCores: e.CPU.LogicalCores, PhysicalCores: e.CPU.PhysicalCores.Value, Features: e.CPU.Features,
		MemoryGrains:   math.Round(e.Memory.Value / memoryGrain),
		Virtualization: e.Virtualization, Go: e.Go, Program: e.Program, GOMAXPROCS: e.GOMAXPROCS,
	}
	if e.CPUQuota != nil {
		c.CPUQuota = e.CPUQuota.Value
	}
	text, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and finite numbers only: gopsutil and parsers give no NaN
	}
	hash := sha256.Sum256(text)
	return "sha256:" + hex.EncodeToString(hash[:])
}
