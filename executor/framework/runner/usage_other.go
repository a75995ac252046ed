//go:build !unix

package runner

import "edgebench/executor/framework/protocol"

// usage is not read here: context switches and page faults have no counters
// that mean the same.
func usage() (protocol.Usage, bool) { return protocol.Usage{}, false }

func noteContinuations() {}
