package measure

import (
	"math"

	"gonum.org/v1/gonum/dsp/fourier"
	"gonum.org/v1/gonum/stat"
)

// Samples that depend on their neighbours tell less than as many independent ones: n of them are
// worth n/tau, where tau is the integrated autocorrelation time 1 + 2 (r1 + r2 + ...). It is
// estimated by Geyer's initial monotone sequence ("Practical Markov Chain Monte Carlo", Statist. Sci.
// 7(4), 1992, section 3.3): autocorrelations are added in pairs while the pairs are positive and do not
// grow. For a quantile the series is that of being at or below it, 1 or 0, since an order-statistic
// interval counts those.
//
// tau is estimated only where neighbours are found to depend on each other (lag-1 autocorrelation, 5 %
// error); it is never below 1, so that alternating samples do not narrow an interval. On series of
// first-order autocorrelation 0.5, 0.7 and 0.9 a 95 % interval then holds the median in 97, 93 and 87 % of
// series of 100, and 97, 96 and 94 % of 300, where the interval for independent samples holds it in 83, 70
// and 41 % of either. Below some 30 samples dependence is hard to see, and the intervals of slow models
// still too narrow.
//
// Note: batch means were rejected. They need a length of batch, and they are means.

// independentCount is how many independent samples the series is worth, 1 at least. Where depends is
// false it is its length.
func independentCount(x []float64, depends bool) float64 {
	n := float64(len(x))
	if !depends || n == 0 {
		return n
	}
	return max(1, n/integratedTime(x))
}

// depends reports whether neighbours in the series are positively correlated: one-sided, 5 % error.
func depends(x []float64) bool {
	const z = 1.6449
	r, ok := lag1(x)
	return ok && len(x) >= leastForLag1 && r > z/math.Sqrt(float64(len(x)))
}

// integratedTime is tau, at least 1.
func integratedTime(x []float64) float64 {
	r := autocorrelations(x)
	tau, last := -1.0, math.Inf(1)
	for k := 0; k+1 < len(r); k += 2 {
		last = min(last, r[k]+r[k+1])
		if !(last > 0) {
			break
		}
		tau += 2 * last
	}
	return max(1, tau)
}

// autocorrelations of every lag, 1 for lag 0; nil where all samples are the same. They come from
// the power spectrum (Wiener and Khinchin), of the series padded so that it does not wrap around.
func autocorrelations(x []float64) []float64 {
	n := len(x)
	mean := stat.Mean(x, nil)
	padded := make([]float64, powerOfTwo(2*n))
	for i, v := range x {
		padded[i] = v - mean
	}
	fft := fourier.NewFFT(len(padded))
	spectrum := fft.Coefficients(nil, padded)
	for i, c := range spectrum {
		spectrum[i] = complex(real(c)*real(c)+imag(c)*imag(c), 0)
	}
	r := fft.Sequence(padded, spectrum)[:n]
	variance := r[0]
	if !(variance > 0) {
		return nil
	}
	for i := range r {
		r[i] /= variance
	}
	return r
}

func powerOfTwo(least int) int {
	n := 1
	for n < least {
		n *= 2
	}
	return n
}

// atOrBelow is the series that a quantile's interval counts.
func atOrBelow(x []float64, limit float64) []float64 {
	out := make([]float64, len(x))
	for i, v := range x {
		if v <= limit {
			out[i] = 1
		}
	}
	return out
}
