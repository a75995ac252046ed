package document

import (
	"strconv"
	"strings"
)

// Walk visits blocks and the blocks inside them, in reading order.
func Walk(blocks []Block, visit func(Block)) {
	for _, b := range blocks {
		visit(b)
		switch b := b.(type) {
		case *Quote:
			Walk(b.Blocks, visit)
		case *List:
			for _, item := range b.Items {
				Walk(item, visit)
			}
		}
	}
}

// Number gives every figure and table its printed number: its own, such as
// "2" or "V", or "E1", "E2" and so on in order of appearance, so that
// EdgeBench's figures are never taken for a source's. Parse has done it; a
// document built otherwise must call it before it is rendered.
func (d *Document) Number() {
	figures, tables := 0, 0
	next := func(own string, count *int) string {
		if own != "" {
			return own
		}
		*count++
		return "E" + strconv.Itoa(*count)
	}
	Walk(d.Blocks, func(b Block) {
		switch b := b.(type) {
		case *Figure:
			b.Number = next(b.Figure.Number, &figures)
		case *Table:
			if b.ID != "" {
				b.Number = next(b.Table.Number, &tables)
			}
		}
	})
}

// labels are the printed names of the figures and tables by anchor; no line
// ends between name and number.
func (d *Document) labels() map[string]string {
	labels := map[string]string{}
	Walk(d.Blocks, func(b Block) {
		switch b := b.(type) {
		case *Figure:
			labels[b.Anchor()] = strings.Replace(b.Label(), " ", "\u00a0", 1)
		case *Table:
			labels[b.Anchor()] = strings.Replace(b.Label(), " ", "\u00a0", 1)
		}
	})
	return labels
}
