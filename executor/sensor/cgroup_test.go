package sensor

import (
	"testing"
	"testing/fstest"

	"edgebench/executor/sysfs"
)

// TestAvailableMemory: a limit on a group, or on one above it, is what counts
// where it leaves less than the machine has.
func TestAvailableMemory(t *testing.T) {
	files := func(texts map[string]string) linux {
		root := fstest.MapFS{"proc/meminfo": {Data: []byte("MemTotal: 2000 kB\nMemAvailable: 1000 kB\n")}}
		for name, text := range texts {
			root[name] = &fstest.MapFile{Data: []byte(text)}
		}
		return linux{sysfs.Tree{Root: root}}
	}
	for _, c := range []struct {
		name   string
		files  map[string]string
		want   float64
		source string
	}{
		{"no groups", nil, 1024000, "/proc/meminfo"},
		{"version 2", map[string]string{
			"proc/self/cgroup":             "0::/a/b\n",
			"sys/fs/cgroup/a/b/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.current": "10\n",
			"sys/fs/cgroup/a/memory.max": "5000\n", "sys/fs/cgroup/a/memory.current": "3000\n",
			"sys/fs/cgroup/a/memory.stat": "anon 1\ninactive_file 400\n",
		}, 2400, "/sys/fs/cgroup/a/memory.max"},
		{"version 1", map[string]string{
			"proc/self/cgroup":                           "4:memory:/a\n3:cpu:/x\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n", "sys/fs/cgroup/memory/memory.usage_in_bytes": "1\n",
			"sys/fs/cgroup/memory/a/memory.limit_in_bytes": "700\n", "sys/fs/cgroup/memory/a/memory.usage_in_bytes": "900\n",
		}, 0, "/sys/fs/cgroup/memory/a/memory.limit_in_bytes"},
		{"a limit above the machine's", map[string]string{
			"proc/self/cgroup":         "0::/\n",
			"sys/fs/cgroup/memory.max": "9000000\n", "sys/fs/cgroup/memory.current": "0\n",
		}, 1024000, "/proc/meminfo"},
	} {
		if got := files(c.files).availableMemory(); got.Value != c.want || got.Source != c.source || !got.Known() {
			t.Errorf("%s: %v from %s, expected %v from %s", c.name, got, got.Source, c.want, c.source)
		}
	}
}
