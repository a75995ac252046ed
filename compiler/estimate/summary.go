package estimate

// Summary is how far off the estimates of all estimators are, together.
type Summary struct {
	Checks                     int // models left out
	Roofline, FLOP, Parameters Errors
	Nearer                     int // checks in which the roofline is nearer than a power of FLOP
	Used                       int // estimators
}

// Summarize adds up the checks of estimators.
func Summarize(estimators []*Estimator) Summary {
	var s Summary
	var roofline, flop, parameters []float64
	for _, e := range estimators {
		if e.Refusal() == "" {
			s.Used++
		}
		for _, c := range e.Checks {
			s.Checks++
			roofline = append(roofline, Error(c.Estimated, c.Published))
			flop = append(flop, Error(c.FLOP, c.Published))
			parameters = append(parameters, Error(c.Parameters, c.Published))
			if roofline[s.Checks-1] < flop[s.Checks-1] {
				s.Nearer++
			}
		}
	}
	if s.Checks > 0 {
		s.Roofline, s.FLOP, s.Parameters = ErrorsOf(roofline), ErrorsOf(flop), ErrorsOf(parameters)
	}
	return s
}
