package measure

import (
	"errors"
	"fmt"
	"math"

	"gonum.org/v1/gonum/stat"
)

// GeoMean is the geometric mean, the one for ratios such as speed-ups. No values, or one that is
// not a positive number, is an error.
func GeoMean(values []float64) (float64, error) {
	if len(values) == 0 {
		return 0, errors.New("the geometric mean of no values is undefined")
	}
	for i, v := range values {
		if !(v > 0) || math.IsInf(v, 1) {
			return 0, fmt.Errorf("the geometric mean needs positive numbers: value %d is %v", i+1, v)
		}
	}
	return stat.GeometricMean(values, nil), nil
}
