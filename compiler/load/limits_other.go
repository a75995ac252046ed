//go:build !linux

package load

// enforce does nothing where the system cannot bound a process's memory.
func (l limits) enforce() {}
