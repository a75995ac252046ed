package answer

import (
	"cmp"
	"slices"

	"edgebench/compiler/expression"
	"edgebench/executor/journal"
	"edgebench/report/data"
)

// Choice is which results meet a condition, and are the best in something.
type Choice struct {
	// Chosen are those of a model together, in the order of the first value. Of
	// several values they are each model's Pareto front.
	Chosen []Chosen `json:"chosen"`
	Beaten int      `json:"beaten"` // that meet the condition, and are not on the front
	// Undecided are those of which the condition or a value cannot be decided.
	Undecided []Unknown `json:"undecided"`
}

// Chosen is a result with the values of what is minimized.
type Chosen struct {
	expression.Result
	Values []float64 `json:"values"`

	Row *data.Row `json:"-"`
}

// Unknown is how many results a reason is of.
type Unknown struct {
	Reason string `json:"reason"` // of the first of them
	Count  int    `json:"count"`
}

// Choose takes the results for which a condition holds, which may be nil for all,
// by what is minimized.
func Choose(rows []data.Row, where *expression.Program, minimize []*expression.Program) (Choice, error) {
	c := Choice{Chosen: []Chosen{}, Undecided: []Unknown{}}
	seen := map[*journal.Record]bool{}
	for i := range rows {
		r := &rows[i]
		if r.Record == nil || seen[r.Record] {
			continue // nothing ran, or it is another experiment's too
		}
		values, holds, err := evaluate(r, where, minimize)
		if why, undecided := expression.IsUndecided(err); undecided {
			c.leave(why)
			continue
		}
		if err != nil {
			return c, err
		}
		if holds {
			seen[r.Record] = true
			c.Chosen = append(c.Chosen, Chosen{r.Result, values, r})
		}
	}
	place := map[string]int{}
	for _, x := range c.Chosen {
		if _, met := place[x.Model]; !met {
			place[x.Model] = len(place)
		}
	}
	slices.SortStableFunc(c.Chosen, func(a, b Chosen) int {
		return cmp.Or(cmp.Compare(place[a.Model], place[b.Model]), cmp.Compare(a.Values[0], b.Values[0]))
	})
	if len(minimize) > 1 {
		all := len(c.Chosen)
		c.Chosen = undominated(c.Chosen)
		c.Beaten = all - len(c.Chosen)
	}
	return c, nil
}

func evaluate(r *data.Row, where *expression.Program, minimize []*expression.Program) (values []float64, holds bool, err error) {
	env := expression.OfResult{R: &r.Result}
	if where != nil {
		if met, err := where.Run(env); err != nil || met != true {
			return nil, false, err
		}
	}
	for _, m := range minimize {
		v, err := m.Run(env)
		if err != nil {
			return nil, false, err
		}
		number, _ := v.(float64)
		values = append(values, number)
	}
	return values, true, nil
}

// leave counts a result that cannot be decided; of all reasons the first is kept.
func (c *Choice) leave(why string) {
	if len(c.Undecided) == 0 {
		c.Undecided = append(c.Undecided, Unknown{Reason: why})
	}
	c.Undecided[0].Count++
}

// undominated are those that no other of the model is at least as good as in every value, of
// equal ones the first.
func undominated(all []Chosen) []Chosen {
	front := []Chosen{}
	for i, x := range all {
		beaten := false
		for k, other := range all {
			beaten = beaten || other.Model == x.Model && dominates(other.Values, x.Values, k < i)
		}
		if !beaten {
			front = append(front, x)
		}
	}
	return front
}

// dominates reports whether values are nowhere above others, and below somewhere
// or earlier.
func dominates(a, b []float64, earlier bool) bool {
	below := false
	for i := range a {
		if !(a[i] <= b[i]) {
			return false
		}
		below = below || a[i] < b[i]
	}
	return below || earlier
}
