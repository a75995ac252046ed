package journal

import (
	"bufio"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"iter"
	"regexp"
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

// maxLine bounds a line: a result has some ten kilobytes.
const maxLine = 16 << 20

var errLong = fmt.Errorf("it has more than %d bytes: %w", maxLine, errForm)

// parsed is one line of results.jsonl: a record, or why it is none.
type parsed struct {
	number   int // from 1
	offset   int64
	size     int64 // with its newline where it has one
	identity string
	record   Record
	err      error
}

// parse reads every line; joined, they are what is read. It holds one line at a time.
func parse(r io.Reader) iter.Seq2[parsed, error] {
	return func(yield func(parsed, error) bool) {
		var offset int64
		in := bufio.NewReaderSize(r, 1<<16)
		for number := 1; ; number++ {
			text, size, err := readLine(in)
			if err != nil && err != io.EOF {
				yield(parsed{}, err)
				return
			}
			if size == 0 {
				return
			}
			p := parsed{number: number, offset: offset, size: size}
			line, whole := bytes.CutSuffix(text, []byte("\n"))
			switch {
			case err == io.EOF && !whole:
				p.err = errUnfinished
			case size > maxLine:
				p.err = errLong
			default:
				p.record, p.err = decodeLine(line)
			}
			if p.err != nil {
				p.identity = identityIn(line)
			}
			if !yield(p, nil) {
				return
			}
			offset += size
		}
	}
}

// readLine reads a line, of which it keeps no more than maxLine bytes.
func readLine(in *bufio.Reader) (text []byte, size int64, err error) {
	for {
		part, err := in.ReadSlice('\n')
		size += int64(len(part))
		if room := maxLine + 1 - len(text); room > 0 {
			text = append(text, part[:min(len(part), room)]...)
		}
		if err != bufio.ErrBufferFull {
			return text, size, err
		}
	}
}

var identityField = regexp.MustCompile(`"identity":"([^"]*)"`)

// identityIn is what a damaged line still says of its job; it may be damaged too.
func identityIn(line []byte) string {
	if m := identityField.FindSubmatch(line); m != nil {
		return string(m[1])
	}
	return ""
}

// torn reports whether the last line was cut off in writing: it has no newline, or is not what its
// checksum says. One that is whole but unfit is a fault like any other.
func (p parsed) torn() bool {
	return errors.Is(p.err, errUnfinished) || errors.Is(p.err, errForm) || errors.Is(p.err, errChecksum)
}
