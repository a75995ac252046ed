package measure

// Observer is told of every batch, right before and right after it, so that a meter or sensor reads
// its counters around what they are to count. The time that it takes is nobody's: neither the subject's
// clock nor the limits of the policy count it.
type Observer interface {
	BeforeBatch(subject int, phase Phase)
	AfterBatch(subject int, b Batch)
}
