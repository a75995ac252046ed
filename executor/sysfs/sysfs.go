// Package sysfs reads the small files below /proc, /sys and /etc by which Linux tells what a machine is and how
// it is. All of them lie below one root, so that recorded trees of other machines test what reads them.
package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
	"syscall"
)

// Tree is a machine's file system. Names are without a leading slash.
type Tree struct{ Root fs.FS }

// Read returns a file's text without surrounding space or NUL (the device tree's strings end with one).
func (t Tree) Read(name string) (string, error) {
	data, err := fs.ReadFile(t.Root, name)
	return strings.Trim(string(data), " \t\n\x00"), err
}

// Word is a file's text, or nothing.
func (t Tree) Word(name string) string {
	s, err := t.Read(name)
	if err != nil {
		return ""
	}
	return s
}

// Number reads a file that holds one number, in units of which one of the result's has so many.
func (t Tree) Number(name string, per float64) (float64, error) {
	s, err := t.Read(name)
	if err != nil {
		return 0, err
	}
	v, err := strconv.ParseFloat(s, 64)
	if err != nil {
		return 0, fmt.Errorf("%q is not a number", s)
	}
	return v / per, nil
}

// Glob lists what matches, numbers in their order: cpu2 before cpu10. The pattern must be well formed.
func (t Tree) Glob(pattern string) []string {
	names, err := fs.Glob(t.Root, pattern)
	if err != nil {
		panic(err) // patterns are constants
	}
	slices.SortFunc(names, byNumbers)
	return names
}

// Why says in words what kept a file from being read.
func Why(err error) string {
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return "this system does not have it"
	case errors.Is(err, fs.ErrPermission):
		return "no permission to read it"
	}
	var errno syscall.Errno
	if errors.As(err, &errno) {
		return "the driver does not answer: " + errno.Error()
	}
	return strings.TrimSpace(err.Error())
}

// byNumbers compares texts with their numbers as numbers.
func byNumbers(a, b string) int {
	for a != "" && b != "" {
		m, n := digits(a), digits(b)
		if m > 0 && n > 0 {
			x, y := strings.TrimLeft(a[:m], "0"), strings.TrimLeft(b[:n], "0")
			if len(x) != len(y) {
				return len(x) - len(y)
			}
			if c := strings.Compare(x, y); c != 0 {
				return c
			}
			a, b = a[m:], b[n:]
			continue
		}
		if a[0] != b[0] {
			return int(a[0]) - int(b[0])
		}
		a, b = a[1:], b[1:]
	}
	return len(a) - len(b)
}

// digits is how many a text begins with.
func digits(s string) int {
	return len(s) - len(strings.TrimLeft(s, "0123456789"))
}
