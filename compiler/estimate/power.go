package estimate

import "math"

// power predicts time from one size of a network alone: a time that grows with
// a power of the size, fitted with the same loss as a roofline.
type power struct{ seconds, exponent float64 }

// fitPower fits a power of a size, by least squares that are weighed anew until
// they are those of the loss. Where all networks have one size, time does not
// depend on it.
//
// Note: time in proportion to the size, the other simple predictor, is worse
// for both sizes.
func fitPower(observations []Observation, size func(*Network) float64) power {
	var p power
	weights := make([]float64, len(observations))
	for i := range weights {
		weights[i] = 1
	}
	const steps = 50
	for range steps {
		p = p.weighed(observations, size, weights)
		for i, o := range observations {
			weights[i] = 1 / bent(math.Log(o.Seconds/p.of(size(o.Network)))/bend)
		}
	}
	return p
}

// weighed is the power that weighted least squares give.
func (power) weighed(observations []Observation, size func(*Network) float64, weights []float64) power {
	var sum, meanX, meanY, xx, xy float64
	for i, o := range observations {
		sum += weights[i]
		meanX += weights[i] * math.Log(size(o.Network))
		meanY += weights[i] * math.Log(o.Seconds)
	}
	meanX, meanY = meanX/sum, meanY/sum
	for i, o := range observations {
		x := math.Log(size(o.Network)) - meanX
		xx += weights[i] * x * x
		xy += weights[i] * x * (math.Log(o.Seconds) - meanY)
	}
	p := power{}
	if xx > 0 {
		p.exponent = xy / xx
	}
	p.seconds = math.Exp(meanY - p.exponent*meanX)
	return p
}

func (p power) of(size float64) float64 { return p.seconds * math.Pow(size, p.exponent) }

func flopOf(n *Network) float64       { return n.FLOP }
func parametersOf(n *Network) float64 { return n.Parameters }
