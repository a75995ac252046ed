package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
)

// Seal computes the plan's digest.
func (p *Plan) Seal() error {
	digest, err := p.digest()
	p.Digest = digest
	return err
}

func (p *Plan) digest() (string, error) {
	unsealed := *p
	unsealed.Digest = ""
	h := sha256.New()
	if err := unsealed.stream(h); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
}

// stream writes what json.Encoder would, without ever holding all of it: that
// encoder keeps the text of all jobs until it is whole.
func (p *Plan) stream(w io.Writer) error {
	rest := *p
	rest.Jobs, rest.Skips = nil, nil
	text, err := json.Marshal(&rest)
	if err != nil {
		return err
	}
	// Note: no other place reads so: within strings quotes are escaped.
	head, tail, found := bytes.Cut(text, []byte(`"jobs":null,"skips":null`))
	if !found {
		return errors.New("the plan's fields are not in their order")
	}
	steps := []func() error{
		writing(w, head), writing(w, []byte(`"jobs":`)), func() error { return array(w, p.Jobs) },
		writing(w, []byte(`,"skips":`)), func() error { return array(w, p.Skips) }, writing(w, tail), writing(w, []byte("\n")),
	}
	for _, step := range steps {
		if err := step(); err != nil {
			return err
		}
	}
	return nil
}

func writing(w io.Writer, text []byte) func() error {
	return func() error { _, err := w.Write(text); return err }
}

// array writes a list as JSON, element by element.
func array[T any](w io.Writer, list []T) error {
	if list == nil {
		return writing(w, []byte("null"))()
	}
	separator := "["
	for i := range list {
		text, err := json.Marshal(&list[i])
		if err != nil {
			return err
		}
		if err := writing(w, append([]byte(separator), text...))(); err != nil {
			return err
		}
		separator = ","
	}
	if len(list) == 0 {
		return writing(w, []byte("[]"))()
	}
	return writing(w, []byte("]"))()
}

// decode reads a plan's fields one after the other, and its jobs and skips, of
// which there may be many, element by element: a decoder keeps all the text of
// what it decodes at once.
func decode(data []byte) (*Plan, error) {
	p := &Plan{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := open(d, '{'); err != nil {
		return nil, err
	}
	for d.More() {
		key, err := d.Token()
		if err != nil {
			return nil, err
		}
		switch key {
		case "jobs":
			p.Jobs, err = elements(d, sharing())
		case "skips":
			p.Skips, err = elements(d, func(*Skip) {})
		default:
			err = p.field(key.(string), d)
		}
		if err != nil {
			return nil, err
		}
	}
	_, err := d.Token() // the closing brace
	return p, err
}

func open(d *json.Decoder, want json.Delim) error {
	t, err := d.Token()
	if err == nil && t != want {
		err = fmt.Errorf("there is %v in place of %v", t, want)
	}
	return err
}

// elements reads an array, and prepares each element of it; null is none.
func elements[T any](d *json.Decoder, prepare func(*T)) ([]T, error) {
	if t, err := d.Token(); err != nil || t == nil {
		return nil, err
	} else if t != json.Delim('[') {
		return nil, fmt.Errorf("there is %v in place of a list", t)
	}
	list := []T{}
	for d.More() {
		var e T
		if err := d.Decode(&e); err != nil {
			return nil, err
		}
		prepare(&e)
		list = append(list, e)
	}
	_, err := d.Token() // the closing bracket
	return list, err
}

// sharing returns what makes texts that many jobs have, such as the name of a
// platform, the same text in memory.
func sharing() func(*Job) {
	known := map[string]string{}
	share := func(texts ...*string) {
		for _, t := range texts {
			if k, met := known[*t]; met {
				*t = k
			} else {
				known[*t] = *t
			}
		}
	}
	return func(j *Job) {
		share(&j.Metric, &j.Model, &j.Platform, &j.Framework, &j.Precision, &j.Environment)
		for i := range j.Feeds {
			share(&j.Feeds[i].Study, &j.Feeds[i].Experiment)
		}
		if p := j.Published; p != nil {
			share(&p.Source, &p.Rows, &p.Unit, &p.Status, &p.Origin)
		}
	}
}

// field reads any other field.
func (p *Plan) field(key string, d *json.Decoder) error {
	var value json.RawMessage
	if err := d.Decode(&value); err != nil {
		return err
	}
	object, err := json.Marshal(map[string]json.RawMessage{key: value})
	if err != nil {
		return err
	}
	one := json.NewDecoder(bytes.NewReader(object))
	one.DisallowUnknownFields()
	return one.Decode(p)
}

// Encode writes the plan as indented JSON.
func (p *Plan) Encode(w io.Writer) error {
	e := json.NewEncoder(w)
	e.SetIndent("", " ")
	return e.Encode(p)
}

// Decode reads a plan. It is an error if the plan is of another format, or if
// it is not as it was written.
func Decode(data []byte) (*Plan, error) {
	var head struct {
		Format *int `json:"format"`
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, fmt.Errorf("not a plan: %w", err)
	}
	if head.Format == nil {
		return nil, fmt.Errorf("not a plan: it states no format. `edgebench plan -o FILE` writes one")
	}
	if *head.Format != Format {
		return nil, fmt.Errorf("the plan has format %d, and this version of edgebench reads format %d: compile it again with `edgebench plan -o FILE`", *head.Format, Format)
	}
	p, err := decode(data)
	if err != nil {
		return nil, fmt.Errorf("the plan is damaged: %w", err)
	}
	digest, err := p.digest()
	if err != nil {
		return nil, err
	}
	if digest != p.Digest {
		return nil, fmt.Errorf("the plan is not as it was compiled: its digest is %.12s, and its content has %.12s. Plans are not edited by hand: change the spec and compile it again", p.Digest, digest)
	}
	return p, nil
}
