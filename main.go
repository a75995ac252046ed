// Command edgebench chooses a device, a framework and an optimization for
// running a neural network at the edge, with evidence.
package main

import (
	"os"

	"edgebench/internal/cli"
)

func main() { os.Exit(cli.Main()) }
