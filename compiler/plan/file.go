package plan

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
	if err := json.NewEncoder(h).Encode(&unsealed); err != nil {
		return "", err
	}
	return hex.EncodeToString(h.Sum(nil)), nil
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
	p := &Plan{}
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(p); err != nil {
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
