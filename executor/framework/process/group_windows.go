package process

import (
	"errors"
	"os"
	"os/exec"
	"unsafe"

	"golang.org/x/sys/windows"

	"edgebench/executor/framework/protocol"
)

// pipes are a runner's. Note: Windows' processes inherit no numbered files, so
// they are its standard streams.
type pipes struct {
	in, out *os.File
	theirs  []*os.File
}

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
	c.Stdin, c.Stdout = requests, replies
	c.Env = append(c.Env, protocol.PipesVariable+"="+protocol.Stdio)
	return pipes{in, out, []*os.File{requests, replies}}, nil
}

// group is a job object: all that a process starts, too. What it starts before
// it is assigned would not belong to it, and a runner waits for its first
// request.
type group struct {
	job     windows.Handle
	process *os.Process
}

func (g *group) start(c *exec.Cmd) error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	var limits windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION
	limits.BasicLimitInformation.LimitFlags = windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation,
		uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		err = c.Start()
	}
	if err != nil {
		return errors.Join(err, windows.CloseHandle(job))
	}
	g.job, g.process = job, c.Process
	return g.assign()
}

func (g *group) assign() error {
	const rights = windows.PROCESS_SET_QUOTA | windows.PROCESS_TERMINATE
	handle, err := windows.OpenProcess(rights, false, uint32(g.process.Pid))
	if err == nil {
		err = errors.Join(windows.AssignProcessToJobObject(g.job, handle), windows.CloseHandle(handle))
	}
	if err != nil {
		g.process.Kill()
		g.process.Wait()
		g.release()
	}
	return err
}

// terminate has no gentler way than kill here.
func (g *group) terminate() { g.kill() }

func (g *group) kill() { windows.TerminateJobObject(g.job, 1) } // it may be gone

func (g *group) release() { windows.CloseHandle(g.job) }

func signalOf(*os.ProcessState) (os.Signal, bool) { return nil, false }

func isKill(os.Signal) bool { return false }
