// Package meter reads the energy that a machine takes, and says how much of it fell on what.
//
//  1. [Find] lists the meters of a machine, and what keeps the others from being read;
//  2. a [Recorder] keeps each meter's readings while spans of work are marked on it;
//  3. [Recorder.Account] gives the energy of each span with its uncertainty, or why it is not known.
//
// A meter gives either the energy since some moment (a counter, such as Intel's RAPL) or the power now
// (an INA3221 on a Jetson, a USB meter's log). The energy of a span is the difference of two readings of
// a counter, or the integral of the power by the trapezoidal rule. What a meter cannot resolve is not
// invented: a span shorter than its update period has no energy.
//
// So far edgebench doctor lists the meters, and no measurement records them.
//
// On Linux everything comes from files below one root, so that recorded trees of other machines test it.
package meter
