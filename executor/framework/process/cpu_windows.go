package process

import (
	"time"
	"unsafe"

	"golang.org/x/sys/windows"
)

// accounting is JOBOBJECT_BASIC_ACCOUNTING_INFORMATION.
type accounting struct {
	userTime, kernelTime             int64 // in 100 ns
	thisPeriodUserTime, thisPeriodKT int64
	pageFaults, processes            uint32
	active, terminated               uint32
}

// cpu is what all processes of the job object have used until now.
func (g *group) cpu() (time.Duration, bool) {
	const basicAccountingInformation = 1
	var a accounting
	err := windows.QueryInformationJobObject(g.job, basicAccountingInformation, uintptr(unsafe.Pointer(&a)), uint32(unsafe.Sizeof(a)), nil)
	return time.Duration(a.userTime+a.kernelTime) * 100, err == nil
}
