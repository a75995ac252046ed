package sensor

import "golang.org/x/sys/cpu"

func features() []string {
	x := cpu.ARM64
	return present([]feature{
		{"asimd", x.HasASIMD}, {"asimddp", x.HasASIMDDP}, {"asimdfhm", x.HasASIMDFHM}, {"asimdhp", x.HasASIMDHP},
		{"atomics", x.HasATOMICS}, {"fphp", x.HasFPHP}, {"i8mm", x.HasI8MM}, {"sve", x.HasSVE}, {"sve2", x.HasSVE2},
	})
}
