#include "textflag.h"

// Constants of exp, as in function.go.
DATA expHigh<>+0(SB)/4, $88.0
GLOBL expHigh<>(SB), RODATA|NOPTR, $4
DATA expLow<>+0(SB)/4, $-87.0
GLOBL expLow<>(SB), RODATA|NOPTR, $4
DATA log2e<>+0(SB)/4, $1.44269504088896341
GLOBL log2e<>(SB), RODATA|NOPTR, $4
DATA ln2High<>+0(SB)/4, $0.693359375
GLOBL ln2High<>(SB), RODATA|NOPTR, $4
DATA ln2Low<>+0(SB)/4, $-2.12194440e-4
GLOBL ln2Low<>(SB), RODATA|NOPTR, $4
DATA expP<>+0(SB)/4, $1.9875691500e-4
DATA expP<>+4(SB)/4, $1.3981999507e-3
DATA expP<>+8(SB)/4, $8.3334519073e-3
DATA expP<>+12(SB)/4, $4.1665795894e-2
DATA expP<>+16(SB)/4, $1.6666665459e-1
DATA expP<>+20(SB)/4, $5.0000001201e-1
GLOBL expP<>(SB), RODATA|NOPTR, $24
DATA one<>+0(SB)/4, $1.0
GLOBL one<>(SB), RODATA|NOPTR, $4
DATA half<>+0(SB)/4, $0.5
GLOBL half<>(SB), RODATA|NOPTR, $4
DATA sixth<>+0(SB)/4, $0.16666666666666666
GLOBL sixth<>(SB), RODATA|NOPTR, $4
DATA sign<>+0(SB)/4, $0x80000000
GLOBL sign<>(SB), RODATA|NOPTR, $4
DATA exponentBias<>+0(SB)/4, $127
GLOBL exponentBias<>(SB), RODATA|NOPTR, $4

// func leakyVectors(dst, x *float32, n int, slope float32)
TEXT ·leakyVectors(SB), NOSPLIT, $0-28
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSS slope+24(FP), Y15

loop:
	VMOVUPS   (SI), Y0
	VMULPS    Y15, Y0, Y1
	VBLENDVPS Y0, Y1, Y0, Y2 // the sign bit of Y0 picks Y1
	VMOVUPS   Y2, (DI)
	ADDQ      $32, SI
	ADDQ      $32, DI
	SUBQ      $8, CX
	JNZ       loop
	VZEROUPPER
	RET

// func hardSwishVectors(dst, x *float32, n int)
TEXT ·hardSwishVectors(SB), NOSPLIT, $0-24
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         n+16(FP), CX
	VBROADCASTSS sixth<>(SB), Y12
	VBROADCASTSS half<>(SB), Y13
	VXORPS       Y14, Y14, Y14
	VBROADCASTSS one<>(SB), Y15

loop:
	VMOVUPS     (SI), Y0
	VMOVAPS     Y13, Y1
	VFMADD231PS Y12, Y0, Y1
	VMAXPS      Y1, Y14, Y1
	VMINPS      Y1, Y15, Y1
	VMULPS      Y0, Y1, Y1
	VMOVUPS     Y1, (DI)
	ADDQ        $32, SI
	ADDQ        $32, DI
	SUBQ        $8, CX
	JNZ         loop
	VZEROUPPER
	RET

// EXPCONSTANTS keeps the constants of exp(-x) in registers.
#define EXPCONSTANTS \
	VBROADCASTSS sign<>(SB), Y3; \
	VBROADCASTSS expLow<>(SB), Y4; \
	VBROADCASTSS expHigh<>(SB), Y5; \
	VBROADCASTSS log2e<>(SB), Y6; \
	VBROADCASTSS ln2High<>(SB), Y7; \
	VBROADCASTSS ln2Low<>(SB), Y8; \
	VBROADCASTSS expP<>+0(SB), Y9; \
	VBROADCASTSS expP<>+4(SB), Y10; \
	VBROADCASTSS expP<>+8(SB), Y11; \
	VBROADCASTSS expP<>+12(SB), Y12; \
	VBROADCASTSS expP<>+16(SB), Y13; \
	VBROADCASTSS expP<>+20(SB), Y14; \
	VBROADCASTSS one<>(SB), Y15

// ONEPLUSEXP sets Y1 to 1+exp(-Y0): n = round(-x*log2 e), r = -x - n*ln 2, then
// a polynomial in r times 2^n. It needs Y2 for r and Y3, which it restores.
#define ONEPLUSEXP \
	VXORPS       Y3, Y0, Y2; \
	VMAXPS       Y2, Y4, Y2; \
	VMINPS       Y2, Y5, Y2; \
	VMULPS       Y6, Y2, Y1; \
	VROUNDPS     $0, Y1, Y1; \
	VFNMADD231PS Y7, Y1, Y2; \
	VFNMADD231PS Y8, Y1, Y2; \
	VCVTPS2DQ    Y1, Y1; \
	VBROADCASTSS exponentBias<>(SB), Y3; \
	VPADDD       Y3, Y1, Y1; \
	VPSLLD       $23, Y1, Y1; \
	VMOVAPS      Y9, Y3; \
	VFMADD213PS  Y10, Y2, Y3; \
	VFMADD213PS  Y11, Y2, Y3; \
	VFMADD213PS  Y12, Y2, Y3; \
	VFMADD213PS  Y13, Y2, Y3; \
	VFMADD213PS  Y14, Y2, Y3; \
	VMULPS       Y2, Y3, Y3; \
	VFMADD213PS  Y2, Y2, Y3; \
	VADDPS       Y15, Y3, Y3; \
	VMULPS       Y3, Y1, Y1; \
	VADDPS       Y15, Y1, Y1; \
	VBROADCASTSS sign<>(SB), Y3

// func sigmoidVectors(dst, x *float32, n int)
TEXT ·sigmoidVectors(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	EXPCONSTANTS

loop:
	VMOVUPS (SI), Y0
	ONEPLUSEXP
	VDIVPS  Y1, Y15, Y1
	VMOVUPS Y1, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JNZ     loop
	VZEROUPPER
	RET

// func siluVectors(dst, x *float32, n int)
TEXT ·siluVectors(SB), NOSPLIT, $0-24
	MOVQ dst+0(FP), DI
	MOVQ x+8(FP), SI
	MOVQ n+16(FP), CX
	EXPCONSTANTS

loop:
	VMOVUPS (SI), Y0
	ONEPLUSEXP
	VDIVPS  Y1, Y0, Y1
	VMOVUPS Y1, (DI)
	ADDQ    $32, SI
	ADDQ    $32, DI
	SUBQ    $8, CX
	JNZ     loop
	VZEROUPPER
	RET
