package measure

import (
	"bufio"
	"encoding/csv"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// Phase tags a sample.
type Phase uint8

const (
	Measured Phase = iota
	WarmingUp
)

var phaseNames = [...]string{Measured: "measured", WarmingUp: "warmup"}

func (p Phase) String() string { return phaseNames[p] }

// MarshalText writes "measured" or "warmup".
func (p Phase) MarshalText() ([]byte, error) { return []byte(p.String()), nil }

// UnmarshalText reads "measured" or "warmup".
func (p *Phase) UnmarshalText(text []byte) error {
	for i, name := range phaseNames {
		if name == string(text) {
			*p = Phase(i)
			return nil
		}
	}
	return fmt.Errorf("%q is not a phase: must be measured or warmup", text)
}

// Sample is one timed inference.
type Sample struct {
	StartNS    int64 `json:"start_ns"` // on the subject's clock, from an origin of its own
	DurationNS int64 `json:"duration_ns"`
	Phase      Phase `json:"phase"`
	// Process is which of its job's processes ran it, from 0.
	Process int `json:"process,omitempty"`
	// Disturbed says what the inference was disturbed by; empty where nothing is known to have.
	Disturbed Disturbance `json:"disturbed,omitempty"`
}

var samplesHeader = []string{"start_ns", "duration_ns", "phase", "disturbed", "process"}

// WriteSamples writes the samples as CSV with a header line.
func WriteSamples(w io.Writer, samples []Sample) error {
	b := bufio.NewWriter(w)
	fmt.Fprintln(b, strings.Join(samplesHeader, ","))
	for _, s := range samples {
		fmt.Fprintf(b, "%d,%d,%s,%s,%d\n", s.StartNS, s.DurationNS, s.Phase, s.Disturbed, s.Process)
	}
	return b.Flush()
}

// ReadSamples reads what WriteSamples wrote; an error names the line.
func ReadSamples(r io.Reader) ([]Sample, error) {
	rows := csv.NewReader(r)
	rows.FieldsPerRecord = 0 // as many as the header
	rows.ReuseRecord = true
	var samples []Sample
	for line := 1; ; line++ {
		row, err := rows.Read()
		if err == io.EOF && line > 1 {
			return samples, nil
		}
		if err != nil {
			return nil, fmt.Errorf("samples: %w", err)
		}
		if line == 1 {
			err = checkHeader(row)
		} else {
			samples, err = appendSample(samples, row)
		}
		if err != nil {
			return nil, fmt.Errorf("samples: line %d: %w", line, err)
		}
	}
}

// checkHeader also accepts samples without the last column, which are of one process.
func checkHeader(row []string) error {
	if n := len(samplesHeader); len(row) != n && len(row) != n-1 {
		return fmt.Errorf("it has %d columns, not %d", len(row), n)
	}
	for i, name := range row {
		if want := samplesHeader[i]; name != want {
			return fmt.Errorf("column %d is %q, not %q", i+1, name, want)
		}
	}
	return nil
}

func appendSample(samples []Sample, row []string) ([]Sample, error) {
	start, err := strconv.ParseInt(row[0], 10, 64)
	if err != nil {
		return nil, err
	}
	duration, err := strconv.ParseInt(row[1], 10, 64)
	if err != nil {
		return nil, err
	}
	s := Sample{StartNS: start, DurationNS: duration}
	if err := s.Phase.UnmarshalText([]byte(row[2])); err != nil {
		return nil, err
	}
	if err := s.Disturbed.UnmarshalText([]byte(row[3])); err != nil {
		return nil, err
	}
	if len(row) == len(samplesHeader) {
		if s.Process, err = strconv.Atoi(row[4]); err != nil {
			return nil, err
		}
	}
	return append(samples, s), nil
}

// ByProcess cuts samples, in the order they ran, into those of each process.
func ByProcess(samples []Sample) [][]Sample {
	var parts [][]Sample
	for len(samples) > 0 {
		n := 1
		for n < len(samples) && samples[n].Process == samples[0].Process {
			n++
		}
		parts, samples = append(parts, samples[:n]), samples[n:]
	}
	return parts
}
