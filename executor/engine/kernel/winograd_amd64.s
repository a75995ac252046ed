#include "go_asm.h"
#include "textflag.h"

// Registers of the transforms: AX the patch, SI the offsets, DI the arena at the present channel, R8 the
// values at it, R9 a position's stride in bytes, CX channels left, R10-R13 pointers, Y0-Y5 a line, Y6-Y11
// its transform, Y12 scratch, Y13-Y15 constants. Lines between the two passes are kept on the stack,
// position p at 32*p. Each round takes eight channels.

DATA four<>+0(SB)/4, $4.0
GLOBL four<>(SB), RODATA|NOPTR, $4
DATA five<>+0(SB)/4, $5.0
GLOBL five<>(SB), RODATA|NOPTR, $4
DATA eight<>+0(SB)/4, $8.0
GLOBL eight<>(SB), RODATA|NOPTR, $4

// INPUT is B^T d of Y0-Y5 in Y6-Y11; Y13 is 4 and Y14 is 5.
#define INPUT \
	VMOVAPS      Y4, Y6; \
	VFMADD231PS  Y13, Y0, Y6; \
	VFNMADD231PS Y14, Y2, Y6; \
	VMOVAPS      Y4, Y12; \
	VFNMADD231PS Y13, Y2, Y12; \
	VMOVAPS      Y3, Y11; \
	VFNMADD231PS Y13, Y1, Y11; \
	VADDPS       Y11, Y12, Y7; \
	VSUBPS       Y11, Y12, Y8; \
	VSUBPS       Y2, Y4, Y12; \
	VSUBPS       Y1, Y3, Y11; \
	VADDPS       Y11, Y11, Y11; \
	VADDPS       Y11, Y12, Y9; \
	VSUBPS       Y11, Y12, Y10; \
	VMOVAPS      Y5, Y11; \
	VFMADD231PS  Y13, Y1, Y11; \
	VFNMADD231PS Y14, Y3, Y11

// GATHER loads the pixel of one offset.
#define GATHER(p, y) \
	MOVLQSX (p*4)(SI), R10; \
	VMOVUPS (DI)(R10*4), y

#define COLUMNIN(j) \
	GATHER((0+j), Y0); \
	GATHER((6+j), Y1); \
	GATHER((12+j), Y2); \
	GATHER((18+j), Y3); \
	GATHER((24+j), Y4); \
	GATHER((30+j), Y5); \
	INPUT; \
	VMOVUPS Y6, (32*(0+j))(SP); \
	VMOVUPS Y7, (32*(6+j))(SP); \
	VMOVUPS Y8, (32*(12+j))(SP); \
	VMOVUPS Y9, (32*(18+j))(SP); \
	VMOVUPS Y10, (32*(24+j))(SP); \
	VMOVUPS Y11, (32*(30+j))(SP)

// LINE loads a row of six that the first pass left.
#define LINE(i) \
	VMOVUPS (192*i+0)(SP), Y0; \
	VMOVUPS (192*i+32)(SP), Y1; \
	VMOVUPS (192*i+64)(SP), Y2; \
	VMOVUPS (192*i+96)(SP), Y3; \
	VMOVUPS (192*i+128)(SP), Y4; \
	VMOVUPS (192*i+160)(SP), Y5

// PUT stores a transformed value and goes to the next position.
#define PUT(y) \
	VMOVUPS y, (R10); \
	ADDQ    R9, R10

#define ROWIN(i) \
	LINE(i); \
	INPUT; \
	PUT(Y6); \
	PUT(Y7); \
	PUT(Y8); \
	PUT(Y9); \
	PUT(Y10); \
	PUT(Y11)

// func winogradInputAVX2(p *WinogradPatch)
TEXT ·winogradInputAVX2(SB), 0, $1152-8
	MOVQ         p+0(FP), AX
	MOVQ         WinogradPatch_Offsets(AX), SI
	MOVQ         WinogradPatch_Arena(AX), DI
	MOVQ         WinogradPatch_Values(AX), R8
	MOVQ         WinogradPatch_Stride(AX), R9
	SHLQ         $2, R9
	MOVQ         WinogradPatch_Channels(AX), CX
	VBROADCASTSS four<>(SB), Y13
	VBROADCASTSS five<>(SB), Y14

channels:
	COLUMNIN(0)
	COLUMNIN(1)
	COLUMNIN(2)
	COLUMNIN(3)
	COLUMNIN(4)
	COLUMNIN(5)
	MOVQ R8, R10
	ROWIN(0)
	ROWIN(1)
	ROWIN(2)
	ROWIN(3)
	ROWIN(4)
	ROWIN(5)
	ADDQ $32, R8
	ADDQ $32, DI
	SUBQ $8, CX
	JG   channels
	VZEROUPPER
	RET

// OUTPUT is A^T m of Y0-Y5 in Y6-Y9; Y13 is 4 and Y14 is 8.
#define OUTPUT \
	VADDPS      Y2, Y1, Y10; \
	VSUBPS      Y2, Y1, Y11; \
	VADDPS      Y4, Y3, Y12; \
	VSUBPS      Y4, Y3, Y3; \
	VADDPS      Y10, Y0, Y6; \
	VADDPS      Y12, Y6, Y6; \
	VADDPS      Y3, Y3, Y7; \
	VADDPS      Y11, Y7, Y7; \
	VMOVAPS     Y10, Y8; \
	VFMADD231PS Y13, Y12, Y8; \
	VADDPS      Y5, Y11, Y9; \
	VFMADD231PS Y14, Y3, Y9

// GET loads a column's value; R11 is six positions.
#define GET(y) \
	VMOVUPS (R12), y; \
	ADDQ    R11, R12

#define COLUMNOUT(j) \
	MOVQ R10, R12; \
	GET(Y0); \
	GET(Y1); \
	GET(Y2); \
	GET(Y3); \
	GET(Y4); \
	GET(Y5); \
	OUTPUT; \
	VMOVUPS Y6, (32*(0+j))(SP); \
	VMOVUPS Y7, (32*(6+j))(SP); \
	VMOVUPS Y8, (32*(12+j))(SP); \
	VMOVUPS Y9, (32*(18+j))(SP); \
	ADDQ R9, R10

// STORE writes one output unless it is outside. BX is the bias at the channel, DX the residual or 0. The
// sum comes first in VMAXPS and VMINPS so that NaN passes through.
#define STORE(p, y, plain, outside) \
	MOVLQSX (p*4)(SI), R10; \
	TESTQ   R10, R10; \
	JLT     outside; \
	VADDPS  (BX), y, y; \
	TESTQ   DX, DX; \
	JZ      plain; \
	VADDPS  (DX)(R10*4), y, y; \
plain: \
	VMAXPS  y, Y4, y; \
	VMINPS  y, Y5, y; \
	VMOVUPS y, (DI)(R10*4); \
outside:

#define BOUNDS \
	VBROADCASTSS WinogradPatch_Low(AX), Y4; \
	VBROADCASTSS WinogradPatch_High(AX), Y5

// func winogradOutputAVX2(p *WinogradPatch)
TEXT ·winogradOutputAVX2(SB), 0, $768-8
	MOVQ         p+0(FP), AX
	MOVQ         WinogradPatch_Offsets(AX), SI
	MOVQ         WinogradPatch_Arena(AX), DI
	MOVQ         WinogradPatch_Values(AX), R8
	MOVQ         WinogradPatch_Bias(AX), BX
	MOVQ         WinogradPatch_Residual(AX), DX
	MOVQ         WinogradPatch_Stride(AX), R9
	SHLQ         $2, R9
	LEAQ         (R9)(R9*2), R11
	ADDQ         R11, R11
	MOVQ         WinogradPatch_Channels(AX), CX
	VBROADCASTSS four<>(SB), Y13
	VBROADCASTSS eight<>(SB), Y14

channels:
	MOVQ R8, R10
	COLUMNOUT(0)
	COLUMNOUT(1)
	COLUMNOUT(2)
	COLUMNOUT(3)
	COLUMNOUT(4)
	COLUMNOUT(5)
	LINE(0)
	OUTPUT
	BOUNDS
	STORE(0, Y6, plain0, outside0)
	STORE(1, Y7, plain1, outside1)
	STORE(2, Y8, plain2, outside2)
	STORE(3, Y9, plain3, outside3)
	LINE(1)
	OUTPUT
	BOUNDS
	STORE(4, Y6, plain4, outside4)
	STORE(5, Y7, plain5, outside5)
	STORE(6, Y8, plain6, outside6)
	STORE(7, Y9, plain7, outside7)
	LINE(2)
	OUTPUT
	BOUNDS
	STORE(8, Y6, plain8, outside8)
	STORE(9, Y7, plain9, outside9)
	STORE(10, Y8, plain10, outside10)
	STORE(11, Y9, plain11, outside11)
	LINE(3)
	OUTPUT
	BOUNDS
	STORE(12, Y6, plain12, outside12)
	STORE(13, Y7, plain13, outside13)
	STORE(14, Y8, plain14, outside14)
	STORE(15, Y9, plain15, outside15)
	ADDQ  $32, R8
	ADDQ  $32, DI
	ADDQ  $32, BX
	TESTQ DX, DX
	JZ    advanced
	ADDQ  $32, DX

advanced:
	SUBQ $8, CX
	JG   channels
	VZEROUPPER
	RET
