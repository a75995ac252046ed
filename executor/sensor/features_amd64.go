package sensor

import "golang.org/x/sys/cpu"

func features() []string {
	x := cpu.X86
	return present([]feature{
		{"avx", x.HasAVX}, {"avx2", x.HasAVX2}, {"avx512bf16", x.HasAVX512BF16}, {"avx512bw", x.HasAVX512BW},
		{"avx512dq", x.HasAVX512DQ}, {"avx512f", x.HasAVX512F}, {"avx512vl", x.HasAVX512VL},
		{"avx512vnni", x.HasAVX512VNNI}, {"avxvnni", x.HasAVXVNNI}, {"fma", x.HasFMA},
		{"sse4.1", x.HasSSE41}, {"sse4.2", x.HasSSE42}, {"ssse3", x.HasSSSE3},
	})
}
