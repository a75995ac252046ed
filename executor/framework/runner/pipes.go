package runner

import (
	"fmt"
	"os"
	"strconv"
	"strings"

	"edgebench/executor/framework/protocol"
)

// Pipes opens what the environment says that requests come from and replies go
// to. Where they are the standard streams, what the framework prints goes to
// standard error from then on.
func Pipes() (in, out *os.File, err error) {
	value := os.Getenv(protocol.PipesVariable)
	if value == protocol.Stdio {
		in, out = os.Stdin, os.Stdout
		os.Stdout = os.Stderr
		return in, out, nil
	}
	first, second, _ := strings.Cut(value, ",")
	read, err1 := strconv.Atoi(first)
	write, err2 := strconv.Atoi(second)
	if err1 != nil || err2 != nil || read < 3 || write < 3 {
		return nil, nil, fmt.Errorf("%s is %q: this is a runner, which edgebench starts itself", protocol.PipesVariable, value)
	}
	return os.NewFile(uintptr(read), "requests"), os.NewFile(uintptr(write), "replies"), nil
}
