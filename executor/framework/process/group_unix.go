//go:build unix

package process

import (
	"os"
	"os/exec"
	"syscall"

	"edgebench/executor/framework/protocol"
)

// pipes are a runner's, for the protocol alone: what a library prints to the
// standard streams does no harm.
type pipes struct {
	in, out *os.File
	theirs  []*os.File
}

// attach gives a process its pipes as the descriptors 3 and 4.
func attach(c *exec.Cmd) (pipes, error) {
	requests, in, err := os.Pipe()
	if err != nil {
		return pipes{}, err
	}
	out, replies, err := os.Pipe()
	if err != nil {
		closeAll(requests, in)
		return pipes{}, err
	}
	c.ExtraFiles = []*os.File{requests, replies}
	c.Env = append(c.Env, protocol.PipesVariable+"=3,4")
	return pipes{in, out, c.ExtraFiles}, nil
}

// group is a process with all that it starts, unless that leaves the group.
type group struct {
	id      int
	members members
}

func (g *group) start(c *exec.Cmd) error {
	c.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	err := c.Start()
	if err == nil {
		g.id = c.Process.Pid
	}
	return err
}

func (g *group) terminate() { syscall.Kill(-g.id, syscall.SIGTERM) } // it may be gone

func (g *group) kill() { syscall.Kill(-g.id, syscall.SIGKILL) } // it may be gone

func (g *group) release() {}

func signalOf(state *os.ProcessState) (os.Signal, bool) {
	status, ok := state.Sys().(syscall.WaitStatus)
	if !ok || !status.Signaled() {
		return nil, false
	}
	return status.Signal(), true
}

func isKill(s os.Signal) bool { return s == syscall.SIGKILL }
