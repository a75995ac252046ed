package journal

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
)

// A line is prefix, 8 hex digits, middle, the record, suffix, newline.
const (
	linePrefix = `{"crc32c":"`
	lineMiddle = `","record":`
	lineSuffix = `}`
	crcDigits  = 8
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

func encodeLine(r Record) ([]byte, error) {
	body, err := json.Marshal(r)
	if err != nil {
		return nil, fmt.Errorf("record of job %s: %w", r.Job, err)
	}
	return fmt.Appendf(nil, "%s%08x%s%s%s\n", linePrefix, crc32.Checksum(body, castagnoli), lineMiddle, body, lineSuffix), nil
}

var (
	errUnfinished = errors.New("the line has no end: it is being written, or its writing was cut off")
	errForm       = errors.New("the line is not a record: it is damaged")
	errChecksum   = errors.New("the checksum does not match: the line is damaged")
)

// decodeLine reads one line without its newline.
func decodeLine(line []byte) (Record, error) {
	body, sum, err := splitLine(line)
	if err != nil {
		return Record{}, err
	}
	if fmt.Sprintf("%08x", crc32.Checksum(body, castagnoli)) != sum {
		return Record{}, errChecksum
	}
	var r Record
	if err := json.Unmarshal(body, &r); err != nil {
		return Record{}, fmt.Errorf("the record cannot be read: %w", err)
	}
	return r, r.check()
}

func splitLine(line []byte) (body []byte, sum string, err error) {
	rest, ok := bytes.CutPrefix(line, []byte(linePrefix))
	if !ok || len(rest) < crcDigits {
		return nil, "", errForm
	}
	sum, rest = string(rest[:crcDigits]), rest[crcDigits:]
	rest, ok = bytes.CutPrefix(rest, []byte(lineMiddle))
	if !ok {
		return nil, "", errForm
	}
	body, ok = bytes.CutSuffix(rest, []byte(lineSuffix))
	if !ok {
		return nil, "", errForm
	}
	return body, sum, nil
}

// parsed is one line of results.jsonl: a record, or why it is none.
type parsed struct {
	number int // from 1
	offset int64
	text   []byte // with its newline where it has one
	record Record
	err    error
}

// parse reads every line; their texts, joined, are the data.
func parse(data []byte) []parsed {
	var lines []parsed
	var offset int64
	for text := range bytes.Lines(data) {
		p := parsed{number: len(lines) + 1, offset: offset, text: text}
		if line, whole := bytes.CutSuffix(text, []byte("\n")); whole {
			p.record, p.err = decodeLine(line)
		} else {
			p.err = errUnfinished
		}
		lines = append(lines, p)
		offset += int64(len(text))
	}
	return lines
}

// torn tells whether the last line was cut off in writing: it has no newline, or is not what its
// checksum says. One that is whole but unfit is a fault like any other.
func torn(lines []parsed) bool {
	if len(lines) == 0 {
		return false
	}
	err := lines[len(lines)-1].err
	return errors.Is(err, errUnfinished) || errors.Is(err, errForm) || errors.Is(err, errChecksum)
}
