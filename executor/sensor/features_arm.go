package sensor

import "golang.org/x/sys/cpu"

func features() []string {
	x := cpu.ARM
	return present([]feature{
		{"neon", x.HasNEON}, {"vfpd32", x.HasVFPD32}, {"vfpv3", x.HasVFPv3}, {"vfpv4", x.HasVFPv4},
	})
}
