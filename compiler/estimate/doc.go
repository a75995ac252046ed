// Package estimate tells how long a network would take on a platform that is
// not here, from published times of other networks there.
//
//  1. A network becomes its fused layers, each with its arithmetic and the bytes
//     that it moves (Network).
//  2. The published times of a platform and framework are gathered from a plan
//     (Gather).
//  3. A roofline of the platform is fitted to them (Fit): a layer takes the
//     longer of arithmetic and traffic, and an overhead; an inference takes a
//     fixed time on top.
//  4. Each model is left out once and estimated from the others. That gives the
//     error of the estimates, beside that of two simpler predictors, and their
//     intervals (Estimator).
//
// An estimate is given only where at least MinModels models were fitted and the
// median error is at most MaxError; else the reason why not.
package estimate
