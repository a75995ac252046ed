#include "go_asm.h"
#include "textflag.h"

// Registers of the convolution kernels: R0 the tile, R1 the panel, R2 channels
// left, R3 taps left, R4 the table, R5 the arena, R6-R11 one pointer a row,
// V0-V3 the weights, V4-V7 inputs, V8-V31 the sums, four a row.

// The assembler has no names for these instructions on vectors of floats.
#define FADD4(m, n, d) WORD $(0x4E20D400 | (m<<16) | (n<<5) | d)
#define FMAX4(m, n, d) WORD $(0x4E20F400 | (m<<16) | (n<<5) | d)
#define FMIN4(m, n, d) WORD $(0x4EA0F400 | (m<<16) | (n<<5) | d)
#define FADDP4(m, n, d) WORD $(0x6E20D400 | (m<<16) | (n<<5) | d)

// ROW points at a row's element of a table in R4.
#define ROW(i, ptr) \
	MOVW (i*4)(R4), ptr \
	ADD  ptr<<2, R5, ptr

#define ROWS4 ROW(0, R6) \
	ROW(1, R7) \
	ROW(2, R8) \
	ROW(3, R9)
#define ROWS5 ROWS4 \
	ROW(4, R10)
#define ROWS6 ROWS5 \
	ROW(5, R11)

#define LOAD4 \
	VLD1 (R6), [V8.S4, V9.S4, V10.S4, V11.S4] \
	VLD1 (R7), [V12.S4, V13.S4, V14.S4, V15.S4] \
	VLD1 (R8), [V16.S4, V17.S4, V18.S4, V19.S4] \
	VLD1 (R9), [V20.S4, V21.S4, V22.S4, V23.S4]
#define LOAD5 LOAD4 \
	VLD1 (R10), [V24.S4, V25.S4, V26.S4, V27.S4]
#define LOAD6 LOAD5 \
	VLD1 (R11), [V28.S4, V29.S4, V30.S4, V31.S4]

// BIASES starts all sums at the bias in R1.
#define BIASES \
	VLD1 (R1), [V8.S4, V9.S4, V10.S4, V11.S4] \
	VLD1 (R1), [V12.S4, V13.S4, V14.S4, V15.S4] \
	VLD1 (R1), [V16.S4, V17.S4, V18.S4, V19.S4] \
	VLD1 (R1), [V20.S4, V21.S4, V22.S4, V23.S4] \
	VLD1 (R1), [V24.S4, V25.S4, V26.S4, V27.S4] \
	VLD1 (R1), [V28.S4, V29.S4, V30.S4, V31.S4]

// MAC adds the next input of one row times the weights.
#define MAC(ptr, s, a, b, c, d) \
	VLD1R.P 4(ptr), [s.S4] \
	VFMLA   s.S4, V0.S4, a.S4 \
	VFMLA   s.S4, V1.S4, b.S4 \
	VFMLA   s.S4, V2.S4, c.S4 \
	VFMLA   s.S4, V3.S4, d.S4

#define WEIGHTS VLD1.P 64(R1), [V0.S4, V1.S4, V2.S4, V3.S4]

#define STEP4 WEIGHTS \
	MAC(R6, V4, V8, V9, V10, V11) \
	MAC(R7, V5, V12, V13, V14, V15) \
	MAC(R8, V6, V16, V17, V18, V19) \
	MAC(R9, V7, V20, V21, V22, V23)
#define STEP5 STEP4 \
	MAC(R10, V4, V24, V25, V26, V27)
#define STEP6 STEP5 \
	MAC(R11, V5, V28, V29, V30, V31)

// ADDROW adds the residual, which uses the same offsets as the output.
#define ADDROW(i, a, b, c, d) \
	ROW(i, R6) \
	VLD1 (R6), [V0.S4, V1.S4, V2.S4, V3.S4] \
	FADD4(0, a, a) \
	FADD4(1, b, b) \
	FADD4(2, c, c) \
	FADD4(3, d, d)

#define ADD4 \
	ADDROW(0, 8, 9, 10, 11) \
	ADDROW(1, 12, 13, 14, 15) \
	ADDROW(2, 16, 17, 18, 19) \
	ADDROW(3, 20, 21, 22, 23)
#define ADD5 ADD4 \
	ADDROW(4, 24, 25, 26, 27)
#define ADD6 ADD5 \
	ADDROW(5, 28, 29, 30, 31)

#define CLAMP(x) \
	FMAX4(4, x, x) \
	FMIN4(5, x, x)

#define STOREROW(i, a, b, c, d, va, vb, vc, vd) \
	ROW(i, R6) \
	CLAMP(a) \
	CLAMP(b) \
	CLAMP(c) \
	CLAMP(d) \
	VST1 [va.S4, vb.S4, vc.S4, vd.S4], (R6)

#define STORE4 \
	STOREROW(0, 8, 9, 10, 11, V8, V9, V10, V11) \
	STOREROW(1, 12, 13, 14, 15, V12, V13, V14, V15) \
	STOREROW(2, 16, 17, 18, 19, V16, V17, V18, V19) \
	STOREROW(3, 20, 21, 22, 23, V20, V21, V22, V23)
#define STORE5 STORE4 \
	STOREROW(4, 24, 25, 26, 27, V24, V25, V26, V27)
#define STORE6 STORE5 \
	STOREROW(5, 28, 29, 30, 31, V28, V29, V30, V31)

// BEGIN sets the sums' first values and points at the taps.
#define BEGIN(ROWSN, LOADN) \
	MOVD t+0(FP), R0 \
	MOVD Tile_Bias(R0), R1 \
	CBZ  R1, continued \
	BIASES \
	B    begun \
continued: \
	MOVD Tile_Out(R0), R5 \
	MOVD Tile_Offsets(R0), R4 \
	ROWSN \
	LOADN \
begun: \
	MOVD Tile_Arena(R0), R5 \
	MOVD Tile_Table(R0), R4 \
	MOVD Tile_Panel(R0), R1 \
	MOVD Tile_Taps(R0), R3 \
	CBZ  R3, finish

// END adds the residual, clamps and stores.
#define END(ADDN, STOREN) \
finish: \
	MOVD  Tile_Offsets(R0), R4 \
	MOVD  Tile_Residual(R0), R5 \
	CBZ   R5, store \
	ADDN \
store: \
	MOVD  Tile_Out(R0), R5 \
	FMOVS Tile_Low(R0), F4 \
	FMOVS Tile_High(R0), F5 \
	VDUP  V4.S[0], V4.S4 \
	VDUP  V5.S[0], V5.S4 \
	STOREN \
	RET

#define CONV(ROWSN, LOADN, STEPN, ADDN, STOREN) \
	BEGIN(ROWSN, LOADN) \
tap: \
	ROWSN \
	ADD  $24, R4 \
	MOVD Tile_K(R0), R2 \
	TBZ  $0, R2, even \
	STEPN \
even: \
	LSR  $1, R2, R2 \
	CBZ  R2, next \
two: \
	STEPN \
	STEPN \
	SUB  $1, R2 \
	CBNZ R2, two \
next: \
	SUB  $1, R3 \
	CBNZ R3, tap \
	END(ADDN, STOREN)

// func conv6NEON(t *Tile)
TEXT ·conv6NEON(SB), NOSPLIT, $0-8
	CONV(ROWS6, LOAD6, STEP6, ADD6, STORE6)

// func conv5NEON(t *Tile)
TEXT ·conv5NEON(SB), NOSPLIT, $0-8
	CONV(ROWS5, LOAD5, STEP5, ADD5, STORE5)

// func conv4NEON(t *Tile)
TEXT ·conv4NEON(SB), NOSPLIT, $0-8
	CONV(ROWS4, LOAD4, STEP4, ADD4, STORE4)

// DEPTHMAC adds one row's 16 channels times their weights.
#define DEPTHMAC(i, a, b, c, d) \
	ROW(i, R6) \
	VLD1  (R6), [V4.S4, V5.S4, V6.S4, V7.S4] \
	VFMLA V4.S4, V0.S4, a.S4 \
	VFMLA V5.S4, V1.S4, b.S4 \
	VFMLA V6.S4, V2.S4, c.S4 \
	VFMLA V7.S4, V3.S4, d.S4

// func depthwiseNEON(t *Tile)
TEXT ·depthwiseNEON(SB), NOSPLIT, $0-8
	BEGIN(ROWS6, LOAD6)

tap:
	WEIGHTS
	DEPTHMAC(0, V8, V9, V10, V11)
	DEPTHMAC(1, V12, V13, V14, V15)
	DEPTHMAC(2, V16, V17, V18, V19)
	DEPTHMAC(3, V20, V21, V22, V23)
	DEPTHMAC(4, V24, V25, V26, V27)
	DEPTHMAC(5, V28, V29, V30, V31)
	ADD  $24, R4
	SUB  $1, R3
	CBNZ R3, tap
	END(ADD6, STORE6)

// DOTROW adds eight products of one row.
#define DOTROW(ptr, a, b) \
	VLD1.P 32(ptr), [V2.S4, V3.S4] \
	VFMLA  V0.S4, V2.S4, a.S4 \
	VFMLA  V1.S4, V3.S4, b.S4

// func dot4Vectors(d *Dot, n int)
TEXT ·dot4Vectors(SB), NOSPLIT, $0-16
	MOVD d+0(FP), R0
	MOVD n+8(FP), R2
	MOVD Dot_X(R0), R1
	MOVD Dot_Matrix(R0), R5
	MOVD (Dot_Rows+0)(R0), R6
	MOVD (Dot_Rows+8)(R0), R7
	MOVD (Dot_Rows+16)(R0), R8
	MOVD (Dot_Rows+24)(R0), R9
	ADD  R6<<2, R5, R6
	ADD  R7<<2, R5, R7
	ADD  R8<<2, R5, R8
	ADD  R9<<2, R5, R9
	VEOR V8.B16, V8.B16, V8.B16
	VEOR V9.B16, V9.B16, V9.B16
	VEOR V10.B16, V10.B16, V10.B16
	VEOR V11.B16, V11.B16, V11.B16
	VEOR V12.B16, V12.B16, V12.B16
	VEOR V13.B16, V13.B16, V13.B16
	VEOR V14.B16, V14.B16, V14.B16
	VEOR V15.B16, V15.B16, V15.B16

eight:
	VLD1.P 32(R1), [V0.S4, V1.S4]
	DOTROW(R6, V8, V9)
	DOTROW(R7, V10, V11)
	DOTROW(R8, V12, V13)
	DOTROW(R9, V14, V15)
	SUB    $8, R2
	CBNZ   R2, eight

	// Pairs of lanes are added until each row is one lane of V8.
	FADD4(9, 8, 8)
	FADD4(11, 10, 10)
	FADD4(13, 12, 12)
	FADD4(15, 14, 14)
	FADDP4(10, 8, 8)
	FADDP4(14, 12, 12)
	FADDP4(12, 8, 8)
	MOVD $Dot_Out(R0), R1
	VST1 [V8.S4], (R1)
	RET
