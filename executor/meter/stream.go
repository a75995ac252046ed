package meter

import (
	"bufio"
	"context"
	"encoding/csv"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"time"
)

// Lines is a meter that a program prints the readings of, one a line: a number in W, or in J for a
// counter, or a time in seconds, a comma and the number. Lines that begin with # are comments.
// A reading without a time is of the moment in which it came.
type Lines struct {
	Description Description
	Command     []string // program and arguments, no shell
}

// Describe implements Stream.
func (l Lines) Describe() Description { return l.Description }

// Run implements Stream: the program is ended with ctx.
func (l Lines) Run(ctx context.Context, take func(time.Duration, float64)) error {
	start := time.Now()
	c := exec.CommandContext(ctx, l.Command[0], l.Command[1:]...)
	c.WaitDelay = commandTime
	out, err := c.StdoutPipe()
	if err != nil {
		return err
	}
	words := &last{}
	c.Stderr = words
	if err := c.Start(); err != nil {
		return fmt.Errorf("the meter's program: %w", err)
	}
	read := readLines(out, func() time.Duration { return time.Since(start) }, take)
	err = c.Wait()
	switch {
	case ctx.Err() != nil:
		return nil
	case read != nil:
		return read
	case err != nil:
		return fmt.Errorf("the meter's program %s ended: %w: %s", l.Command[0], err, words)
	}
	return fmt.Errorf("the meter's program %s ended", l.Command[0])
}

// readLines takes each line's reading. Times of the meter's own clock are kept apart from each other as it
// says, from the first one's arrival on.
func readLines(in io.Reader, now func() time.Duration, take func(time.Duration, float64)) error {
	lines := bufio.NewScanner(in)
	var origin time.Duration
	first, timed := 0.0, false
	for n := 1; lines.Scan(); n++ {
		text := strings.TrimSpace(lines.Text())
		if text == "" || text[0] == '#' {
			continue
		}
		moment, number, has := strings.Cut(text, ",")
		if !has {
			moment, number = "", text
		}
		value, err := strconv.ParseFloat(strings.TrimSpace(number), 64)
		if err != nil {
			return fmt.Errorf("line %d of the meter's program is %q, not a number, or a time in s, a comma and a number", n, text)
		}
		if !has {
			take(now(), value)
			continue
		}
		seconds, err := strconv.ParseFloat(strings.TrimSpace(moment), 64)
		if err != nil {
			return fmt.Errorf("line %d of the meter's program has the time %q, not a number in s", n, moment)
		}
		if !timed {
			origin, first, timed = now(), seconds, true
		}
		take(origin+time.Duration((seconds-first)*1e9), value)
	}
	return lines.Err()
}

// last keeps the end of what a program says.
type last struct{ text []byte }

func (l *last) Write(p []byte) (int, error) {
	const most = 500
	l.text = append(l.text, p...)
	if over := len(l.text) - most; over > 0 {
		l.text = l.text[over:]
	}
	return len(p), nil
}

func (l *last) String() string { return strings.TrimSpace(string(l.text)) }

// Log is a CSV file that a meter writes while the work is done, with a header: its columns `time` in
// seconds since 1970 and `power_w` or `energy_j`. It is read once the work is done.
type Log struct {
	Description Description
	Path        string
}

// Describe implements Stream.
func (l Log) Describe() Description { return l.Description }

// Run implements Stream.
func (l Log) Run(ctx context.Context, take func(time.Duration, float64)) error {
	origin := time.Now()
	<-ctx.Done()
	file, err := os.Open(l.Path)
	if err != nil {
		return err
	}
	defer file.Close()
	return readLog(file, l.Description.Quantity, origin, take)
}

var logColumns = map[Quantity]string{Power: "power_w", Energy: "energy_j"}

func readLog(in io.Reader, q Quantity, origin time.Time, take func(time.Duration, float64)) error {
	rows := csv.NewReader(in)
	header, err := rows.Read()
	if err != nil {
		return fmt.Errorf("the meter's log has no header: %w", err)
	}
	moment, number := column(header, "time"), column(header, logColumns[q])
	if moment < 0 || number < 0 {
		return fmt.Errorf("the meter's log has the columns %s; it must have time (seconds since 1970) and %s", strings.Join(header, ", "), logColumns[q])
	}
	for {
		row, err := rows.Read()
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return fmt.Errorf("the meter's log: %w", err)
		}
		line, _ := rows.FieldPos(moment)
		seconds, err := strconv.ParseFloat(row[moment], 64)
		if err != nil {
			return fmt.Errorf("the meter's log, line %d: the time %q is not a number", line, row[moment])
		}
		value, err := strconv.ParseFloat(row[number], 64)
		if err != nil {
			return fmt.Errorf("the meter's log, line %d: %q is not a number", line, row[number])
		}
		whole := int64(seconds)
		take(time.Unix(whole, int64((seconds-float64(whole))*1e9)).Sub(origin), value)
	}
}

func column(header []string, name string) int {
	for i, h := range header {
		if strings.TrimSpace(h) == name {
			return i
		}
	}
	return -1
}
