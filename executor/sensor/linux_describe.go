package sensor

import (
	"fmt"
	"path"
	"slices"
	"strconv"
	"strings"

	"edgebench/executor/sysfs"
)

func (l linux) describe(e *Environment) {
	var err error
	if e.Kernel, err = l.Read("proc/sys/kernel/osrelease"); err != nil {
		e.miss("kernel", "/proc/sys/kernel/osrelease: "+sysfs.Why(err))
	}
	if release, err := l.Read("etc/os-release"); err != nil {
		e.miss("system", "/etc/os-release: "+sysfs.Why(err))
	} else {
		e.System = strings.Trim(fields(release, "=")["PRETTY_NAME"], `"'`)
	}
	if e.Board = l.board(); e.Board == "" {
		e.miss("board", "neither the device tree nor DMI names it, as in most virtual machines")
	}
	if e.CPU.Model = l.cpuModel(); e.CPU.Model == "" {
		e.miss("cpu.model", "/proc/cpuinfo does not name it")
	}
	e.CPU.PhysicalCores = l.physicalCores()
	e.Memory = l.memory("total", "MemTotal")
	e.Virtualization = l.virtualization()
	e.CPUQuota = l.cpuQuota()
}

// board is the device tree's model, or DMI's vendor and product.
func (l linux) board() string {
	if model := l.Word("proc/device-tree/model"); model != "" {
		return model
	}
	const dmi = "sys/class/dmi/id/"
	return strings.TrimSpace(l.Word(dmi+"sys_vendor") + " " + l.Word(dmi+"product_name"))
}

// cpuModel is what /proc/cpuinfo calls the cores, each kind once. Arm's own names come from
// implementer and part: "ARMv7 Processor rev 3" does not tell a Cortex-A72 from a Cortex-A53.
func (l linux) cpuModel() string {
	var models []string
	for core := range strings.SplitSeq(l.Word("proc/cpuinfo"), "\n\n") {
		f := fields(core, ":")
		model := armCore(f["CPU implementer"], f["CPU part"])
		if model == "" {
			model = f["model name"]
		}
		if model != "" && !slices.Contains(models, model) {
			models = append(models, model)
		}
	}
	return strings.Join(models, " + ")
}

// armCores names the cores of edge boards, by implementer and part, from util-linux's
// sys-utils/lscpu-arm.c.
var armCores = map[string]string{
	"0x41 0xb76": "Arm1176", "0x41 0xc07": "Cortex-A7", "0x41 0xc08": "Cortex-A8", "0x41 0xc09": "Cortex-A9",
	"0x41 0xc0d": "Cortex-A17", "0x41 0xc0e": "Cortex-A17", "0x41 0xc0f": "Cortex-A15", "0x41 0xd03": "Cortex-A53",
	"0x41 0xd04": "Cortex-A35", "0x41 0xd05": "Cortex-A55", "0x41 0xd07": "Cortex-A57", "0x41 0xd08": "Cortex-A72",
	"0x41 0xd09": "Cortex-A73", "0x41 0xd0a": "Cortex-A75", "0x41 0xd0b": "Cortex-A76", "0x41 0xd0c": "Neoverse-N1",
	"0x41 0xd0d": "Cortex-A77", "0x41 0xd40": "Neoverse-V1", "0x41 0xd41": "Cortex-A78", "0x41 0xd42": "Cortex-A78AE",
	"0x41 0xd49": "Neoverse-N2", "0x4e 0x003": "Denver 2", "0x4e 0x004": "Carmel",
}

func armCore(implementer, part string) string {
	if implementer == "" || part == "" {
		return ""
	}
	if name, ok := armCores[implementer+" "+part]; ok {
		return name
	}
	return fmt.Sprintf("Arm implementer %s part %s", implementer, part)
}

// physicalCores counts the distinct sets of threads that share a core; core ids repeat in each cluster
// of a big.LITTLE processor.
func (l linux) physicalCores() Reading {
	const name, pattern = "physical cores", "sys/devices/system/cpu/cpu[0-9]*/topology/thread_siblings_list"
	cores := map[string]bool{}
	for _, file := range l.Glob(pattern) {
		siblings, err := l.Read(file)
		if err != nil {
			return unreadable(name, Cores, "/"+file, sysfs.Why(err))
		}
		cores[siblings] = true
	}
	if len(cores) == 0 {
		return unreadable(name, Cores, "/"+pattern, "this system does not have it")
	}
	return value(name, float64(len(cores)), Cores, "/"+pattern)
}

// virtualization looks for a container first: one in a virtual machine is what the program sees.
func (l linux) virtualization() string {
	if name := l.container(); name != "" {
		return "container: " + name
	}
	for _, vm := range []struct{ file, has, name string }{
		{"sys/class/dmi/id/product_name", "KVM", "KVM"},
		{"sys/class/dmi/id/product_name", "VirtualBox", "VirtualBox"},
		{"sys/class/dmi/id/product_name", "VMware", "VMware"},
		{"sys/class/dmi/id/sys_vendor", "QEMU", "QEMU"},
		{"sys/class/dmi/id/sys_vendor", "Amazon EC2", "Amazon EC2"},
		{"sys/class/dmi/id/sys_vendor", "Google", "Google"},
		{"sys/hypervisor/type", "xen", "Xen"},
		{"proc/device-tree/hypervisor/compatible", "kvm", "KVM"},
		{"proc/version", "microsoft", "WSL"},
	} {
		if strings.Contains(l.Word(vm.file), vm.has) {
			return "vm: " + vm.name
		}
	}
	if slices.Contains(strings.Fields(fields(l.Word("proc/cpuinfo"), ":")["flags"]), "hypervisor") {
		return "vm: unnamed hypervisor"
	}
	return ""
}

func (l linux) container() string {
	if _, err := l.Read(".dockerenv"); err == nil {
		return "docker"
	}
	if _, err := l.Read("run/.containerenv"); err == nil {
		return "podman"
	}
	if name := l.Word("run/systemd/container"); name != "" {
		return name
	}
	groups := l.Word("proc/1/cgroup")
	for _, name := range []string{"kubepods", "docker", "lxc", "libpod"} {
		if strings.Contains(groups, "/"+name) {
			return name
		}
	}
	return ""
}

// cpuQuota is the tightest limit on the process's cgroup or one above it, in cores.
func (l linux) cpuQuota() *Reading {
	var tightest *Reading
	for _, g := range l.cgroups("cpu") {
		read := l.quotaV1
		if g.unified {
			read = l.quotaV2
		}
		if r, ok := read(g.dir); ok && (tightest == nil || r.Value < tightest.Value) {
			tightest = &r
		}
	}
	return tightest
}

// quotaV2 reads cpu.max, "quota period" or "max period", in microseconds.
func (l linux) quotaV2(dir string) (Reading, bool) {
	file := path.Join(dir, "cpu.max")
	quota, period, _ := strings.Cut(l.Word(file), " ")
	return quotaOf(quota, period, file)
}

// quotaV1 reads the two files of the cpu controller; a quota of -1 is none.
func (l linux) quotaV1(dir string) (Reading, bool) {
	file := path.Join(dir, "cpu.cfs_quota_us")
	return quotaOf(l.Word(file), l.Word(path.Join(dir, "cpu.cfs_period_us")), file)
}

func quotaOf(quota, period, file string) (Reading, bool) {
	q, err1 := strconv.ParseFloat(quota, 64)
	p, err2 := strconv.ParseFloat(period, 64)
	if err1 != nil || err2 != nil || q <= 0 || p <= 0 {
		return Reading{}, false
	}
	return value("cpu quota", q/p, Cores, "/"+file), true
}
