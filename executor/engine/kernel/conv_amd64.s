#include "go_asm.h"
#include "textflag.h"

// Registers of the convolution kernels: AX the tile, BX the panel, CX channels
// left, DX taps left, SI the table, DI the arena, R8-R13 one pointer a row,
// Y0-Y1 the weights, Y2-Y3 scratch, Y4-Y15 the sums, two a row.

// ROW points at a row's element of a table in SI.
#define ROW(i, ptr) \
	MOVLQSX (i*4)(SI), ptr; \
	LEAQ    (DI)(ptr*4), ptr

#define ROWS4 ROW(0, R8); ROW(1, R9); ROW(2, R10); ROW(3, R11)
#define ROWS5 ROWS4; ROW(4, R12)
#define ROWS6 ROWS5; ROW(5, R13)

#define LOADROW(ptr, a, b) \
	VMOVUPS (ptr), a; \
	VMOVUPS 32(ptr), b

#define LOAD4 LOADROW(R8, Y4, Y5); LOADROW(R9, Y6, Y7); LOADROW(R10, Y8, Y9); LOADROW(R11, Y10, Y11)
#define LOAD5 LOAD4; LOADROW(R12, Y12, Y13)
#define LOAD6 LOAD5; LOADROW(R13, Y14, Y15)

// BIASES starts all sums at the bias in BX.
#define BIASES \
	VMOVUPS (BX), Y4; \
	VMOVUPS 32(BX), Y5; \
	VMOVAPS Y4, Y6; \
	VMOVAPS Y5, Y7; \
	VMOVAPS Y4, Y8; \
	VMOVAPS Y5, Y9; \
	VMOVAPS Y4, Y10; \
	VMOVAPS Y5, Y11; \
	VMOVAPS Y4, Y12; \
	VMOVAPS Y5, Y13; \
	VMOVAPS Y4, Y14; \
	VMOVAPS Y5, Y15

// MAC adds input k of one row times the weights in Y0 and Y1.
#define MAC(k, ptr, s, a, b) \
	VBROADCASTSS (k*4)(ptr), s; \
	VFMADD231PS  Y0, s, a; \
	VFMADD231PS  Y1, s, b

#define WEIGHTS(k) \
	VMOVUPS (k*64)(BX), Y0; \
	VMOVUPS (k*64+32)(BX), Y1

#define STEP4(k) \
	WEIGHTS(k); \
	MAC(k, R8, Y2, Y4, Y5); \
	MAC(k, R9, Y3, Y6, Y7); \
	MAC(k, R10, Y2, Y8, Y9); \
	MAC(k, R11, Y3, Y10, Y11)
#define STEP5(k) STEP4(k); MAC(k, R12, Y2, Y12, Y13)
#define STEP6(k) STEP5(k); MAC(k, R13, Y3, Y14, Y15)

#define ADVANCE4(bytes) \
	ADDQ $bytes, R8; \
	ADDQ $bytes, R9; \
	ADDQ $bytes, R10; \
	ADDQ $bytes, R11
#define ADVANCE5(bytes) ADVANCE4(bytes); ADDQ $bytes, R12
#define ADVANCE6(bytes) ADVANCE5(bytes); ADDQ $bytes, R13

// The residual uses the same offsets as the output.
#define ADDROW(i, a, b) \
	MOVLQSX (i*4)(SI), R8; \
	VADDPS  (DI)(R8*4), a, a; \
	VADDPS  32(DI)(R8*4), b, b

#define ADD4 ADDROW(0, Y4, Y5); ADDROW(1, Y6, Y7); ADDROW(2, Y8, Y9); ADDROW(3, Y10, Y11)
#define ADD5 ADD4; ADDROW(4, Y12, Y13)
#define ADD6 ADD5; ADDROW(5, Y14, Y15)

// The sum comes first in VMAXPS and VMINPS so that NaN passes through.
#define STOREROW(i, a, b) \
	MOVLQSX (i*4)(SI), R8; \
	VMAXPS  a, Y0, a; \
	VMAXPS  b, Y0, b; \
	VMINPS  a, Y1, a; \
	VMINPS  b, Y1, b; \
	VMOVUPS a, (DI)(R8*4); \
	VMOVUPS b, 32(DI)(R8*4)

#define STORE4 STOREROW(0, Y4, Y5); STOREROW(1, Y6, Y7); STOREROW(2, Y8, Y9); STOREROW(3, Y10, Y11)
#define STORE5 STORE4; STOREROW(4, Y12, Y13)
#define STORE6 STORE5; STOREROW(5, Y14, Y15)

// BEGIN sets the sums' first values and points at the taps.
#define BEGIN(ROWSN, LOADN) \
	MOVQ  t+0(FP), AX; \
	MOVQ  Tile_Bias(AX), BX; \
	TESTQ BX, BX; \
	JZ    continued; \
	BIASES; \
	JMP   begun; \
continued: \
	MOVQ  Tile_Out(AX), DI; \
	MOVQ  Tile_Offsets(AX), SI; \
	ROWSN; \
	LOADN; \
begun: \
	MOVQ  Tile_Arena(AX), DI; \
	MOVQ  Tile_Table(AX), SI; \
	MOVQ  Tile_Panel(AX), BX; \
	MOVQ  Tile_Taps(AX), DX; \
	TESTQ DX, DX; \
	JZ    finish

// END adds the residual, clamps and stores.
#define END(ADDN, STOREN) \
finish: \
	MOVQ         Tile_Offsets(AX), SI; \
	MOVQ         Tile_Residual(AX), DI; \
	TESTQ        DI, DI; \
	JZ           store; \
	ADDN; \
store: \
	MOVQ         Tile_Out(AX), DI; \
	VBROADCASTSS Tile_Low(AX), Y0; \
	VBROADCASTSS Tile_High(AX), Y1; \
	STOREN; \
	VZEROUPPER; \
	RET

#define CONV(ROWSN, LOADN, STEPN, ADVANCEN, ADDN, STOREN) \
	BEGIN(ROWSN, LOADN); \
tap: \
	ROWSN; \
	ADDQ $24, SI; \
	MOVQ Tile_K(AX), CX; \
	SUBQ $4, CX; \
	JLT  tail; \
four: \
	STEPN(0); \
	STEPN(1); \
	STEPN(2); \
	STEPN(3); \
	ADDQ $256, BX; \
	ADVANCEN(16); \
	SUBQ $4, CX; \
	JGE  four; \
tail: \
	ADDQ $4, CX; \
	JZ   next; \
one: \
	STEPN(0); \
	ADDQ $64, BX; \
	ADVANCEN(4); \
	DECQ CX; \
	JNZ  one; \
next: \
	DECQ DX; \
	JNZ  tap; \
	END(ADDN, STOREN)

// func conv6AVX2(t *Tile)
TEXT ·conv6AVX2(SB), NOSPLIT, $0-8
	CONV(ROWS6, LOAD6, STEP6, ADVANCE6, ADD6, STORE6)

// func conv5AVX2(t *Tile)
TEXT ·conv5AVX2(SB), NOSPLIT, $0-8
	CONV(ROWS5, LOAD5, STEP5, ADVANCE5, ADD5, STORE5)

// func conv4AVX2(t *Tile)
TEXT ·conv4AVX2(SB), NOSPLIT, $0-8
	CONV(ROWS4, LOAD4, STEP4, ADVANCE4, ADD4, STORE4)

// DEPTHMAC adds one row's 16 channels times their weights in Y0 and Y1.
#define DEPTHMAC(i, a, b) \
	MOVLQSX     (i*4)(SI), R8; \
	VFMADD231PS (DI)(R8*4), Y0, a; \
	VFMADD231PS 32(DI)(R8*4), Y1, b

// func depthwiseAVX2(t *Tile)
TEXT ·depthwiseAVX2(SB), NOSPLIT, $0-8
	BEGIN(ROWS6, LOAD6)

tap:
	WEIGHTS(0)
	DEPTHMAC(0, Y4, Y5)
	DEPTHMAC(1, Y6, Y7)
	DEPTHMAC(2, Y8, Y9)
	DEPTHMAC(3, Y10, Y11)
	DEPTHMAC(4, Y12, Y13)
	DEPTHMAC(5, Y14, Y15)
	ADDQ $24, SI
	ADDQ $64, BX
	DECQ DX
	JNZ  tap
	END(ADD6, STORE6)
