// Package measure samples inference latencies and turns them into statistics:
//
//  1. a [policy.Policy] says how many samples are taken, for how long, and which statistics are reported;
//     [policy.Policy.Check] refuses one that cannot end or that asks for a percentile from too few samples;
//  2. [Run] warms each [Subject] up, then samples it until a stop rule holds, alone or interleaved
//     with others in a shuffled order until all are done, and keeps every raw [Sample] in a [Series],
//     marked where something disturbed it;
//  3. [Summarize] gives the headline with its confidence interval, percentiles where the sample
//     suffices, and warnings where an assumption (one mode, a steady state) does not hold. Intervals of
//     dependent samples are as wide as their dependence asks, and those of several processes as wide as
//     these differ; the stop rules look at each process alone.
//
// An [Observer] reads meters and sensors around every batch; package conditions is one, which notices a
// loaded machine. Package quantity writes a value with the digits that its interval leaves it.
//
// A subject times its inferences with its own clock; the executor's [Clock] only decides when to
// stop. Time limits count the time spent in a subject's own Infer calls, so that interleaved
// subjects do not use up each other's budget.
//
// Stopping when an interval is narrow enough looks at the data more than once. Its coverage is
// asymptotically right (Chow and Robbins, "On the Asymptotic Theory of Fixed-Width Sequential
// Confidence Intervals for the Mean", Ann. Math. Statist. 36(2), 1965) but optimistic for small
// samples, so looks are spaced at least 5 % apart and min_count is the floor.
package measure
