package spec

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// Named holds entries by name, in the order in which the spec declares them.
type Named[T any] struct {
	names []string
	byKey map[string]T
}

// Get returns the entry of that name.
func (n *Named[T]) Get(name string) (T, bool) {
	v, ok := n.byKey[name]
	return v, ok
}

// Names lists the names in order. The caller must not change the slice.
func (n *Named[T]) Names() []string { return n.names }

// Len is the number of entries.
func (n *Named[T]) Len() int { return len(n.names) }

// All yields names and entries in order.
func (n *Named[T]) All() func(yield func(string, T) bool) {
	return func(yield func(string, T) bool) {
		for _, name := range n.names {
			if !yield(name, n.byKey[name]) {
				return
			}
		}
	}
}

// Add appends an entry, and reports whether the name was free.
func (n *Named[T]) Add(name string, v T) bool {
	if _, taken := n.byKey[name]; taken {
		return false
	}
	if n.byKey == nil {
		n.byKey = map[string]T{}
	}
	n.names = append(n.names, name)
	n.byKey[name] = v
	return true
}

// UnmarshalJSON reads a JSON object and keeps the order of its keys, which
// encoding/json's maps lose.
func (n *Named[T]) UnmarshalJSON(data []byte) error {
	d := json.NewDecoder(bytes.NewReader(data))
	if _, err := d.Token(); err != nil { // the opening brace
		return err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return err
		}
		var v T
		if err := d.Decode(&v); err != nil {
			return fmt.Errorf("%v: %w", key, err)
		}
		n.Add(key.(string), v)
	}
	return nil
}

// MarshalJSON writes a JSON object in the order of declaration.
func (n Named[T]) MarshalJSON() ([]byte, error) {
	var b bytes.Buffer
	b.WriteByte('{')
	for i, name := range n.names {
		if i > 0 {
			b.WriteByte(',')
		}
		key, err := json.Marshal(name)
		if err != nil {
			return nil, err
		}
		value, err := json.Marshal(n.byKey[name])
		if err != nil {
			return nil, err
		}
		b.Write(key)
		b.WriteByte(':')
		b.Write(value)
	}
	b.WriteByte('}')
	return b.Bytes(), nil
}
