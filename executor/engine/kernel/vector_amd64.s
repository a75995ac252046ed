#include "go_asm.h"
#include "textflag.h"

// SUMLANES adds the eight lanes of y, whose low half is x, and stores the sum.
#define SUMLANES(y, x, at) \
	VEXTRACTF128 $1, y, X0; \
	VADDPS       X0, x, x; \
	VHADDPS      x, x, x; \
	VHADDPS      x, x, x; \
	VMOVSS       x, at

// DOTROW adds 16 products of one row.
#define DOTROW(ptr, a, b) \
	VFMADD231PS (ptr)(BX*4), Y0, a; \
	VFMADD231PS 32(ptr)(BX*4), Y1, b

// func dot4AVX2(d *Dot)
TEXT ·dot4AVX2(SB), NOSPLIT, $0-8
	MOVQ   d+0(FP), AX
	MOVQ   Dot_Matrix(AX), DI
	MOVQ   Dot_X(AX), SI
	MOVQ   (Dot_X+8)(AX), CX
	MOVQ   (Dot_Rows+0)(AX), R8
	MOVQ   (Dot_Rows+8)(AX), R9
	MOVQ   (Dot_Rows+16)(AX), R10
	MOVQ   (Dot_Rows+24)(AX), R11
	LEAQ   (DI)(R8*4), R8
	LEAQ   (DI)(R9*4), R9
	LEAQ   (DI)(R10*4), R10
	LEAQ   (DI)(R11*4), R11
	XORQ   BX, BX
	VXORPS Y4, Y4, Y4
	VXORPS Y5, Y5, Y5
	VXORPS Y6, Y6, Y6
	VXORPS Y7, Y7, Y7
	VXORPS Y8, Y8, Y8
	VXORPS Y9, Y9, Y9
	VXORPS Y10, Y10, Y10
	VXORPS Y11, Y11, Y11
	SUBQ   $16, CX
	JLT    reduce

sixteen:
	VMOVUPS (SI)(BX*4), Y0
	VMOVUPS 32(SI)(BX*4), Y1
	DOTROW(R8, Y4, Y5)
	DOTROW(R9, Y6, Y7)
	DOTROW(R10, Y8, Y9)
	DOTROW(R11, Y10, Y11)
	ADDQ    $16, BX
	SUBQ    $16, CX
	JGE     sixteen

reduce:
	VADDPS Y5, Y4, Y4
	VADDPS Y7, Y6, Y6
	VADDPS Y9, Y8, Y8
	VADDPS Y11, Y10, Y10

	// The lanes are added before the tail, whose scalar instructions clear
	// all lanes but the first.
	SUMLANES(Y4, X4, (Dot_Out+0)(AX))
	SUMLANES(Y6, X6, (Dot_Out+4)(AX))
	SUMLANES(Y8, X8, (Dot_Out+8)(AX))
	SUMLANES(Y10, X10, (Dot_Out+12)(AX))
	ADDQ $16, CX
	JZ   done

one:
	VMOVSS      (SI)(BX*4), X0
	VFMADD231SS (R8)(BX*4), X0, X4
	VFMADD231SS (R9)(BX*4), X0, X6
	VFMADD231SS (R10)(BX*4), X0, X8
	VFMADD231SS (R11)(BX*4), X0, X10
	INCQ        BX
	DECQ        CX
	JNZ         one
	VMOVSS      X4, (Dot_Out+0)(AX)
	VMOVSS      X6, (Dot_Out+4)(AX)
	VMOVSS      X8, (Dot_Out+8)(AX)
	VMOVSS      X10, (Dot_Out+12)(AX)

done:
	VZEROUPPER
	RET

// CLAMP keeps NaN: the number comes first.
#define CLAMP(x) \
	VMAXPS x, Y14, x; \
	VMINPS x, Y15, x

// func addClampVectors(dst, a, b *float32, n int, low, high float32)
TEXT ·addClampVectors(SB), NOSPLIT, $0-40
	MOVQ         dst+0(FP), DI
	MOVQ         a+8(FP), SI
	MOVQ         b+16(FP), DX
	MOVQ         n+24(FP), CX
	VBROADCASTSS low+32(FP), Y14
	VBROADCASTSS high+36(FP), Y15

loop:
	VMOVUPS (SI), Y0
	VMOVUPS 32(SI), Y1
	VADDPS  (DX), Y0, Y0
	VADDPS  32(DX), Y1, Y1
	CLAMP(Y0)
	CLAMP(Y1)
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ    $64, SI
	ADDQ    $64, DX
	ADDQ    $64, DI
	SUBQ    $16, CX
	JNZ     loop
	VZEROUPPER
	RET

// func affineClampVectors(dst, x, scale, shift *float32, n int, low, high float32)
TEXT ·affineClampVectors(SB), NOSPLIT, $0-48
	MOVQ         dst+0(FP), DI
	MOVQ         x+8(FP), SI
	MOVQ         scale+16(FP), DX
	MOVQ         shift+24(FP), BX
	MOVQ         n+32(FP), CX
	VBROADCASTSS low+40(FP), Y14
	VBROADCASTSS high+44(FP), Y15

loop:
	VMOVUPS     (SI), Y0
	VMOVUPS     32(SI), Y1
	VMOVUPS     (BX), Y2
	VMOVUPS     32(BX), Y3
	VFMADD231PS (DX), Y0, Y2
	VFMADD231PS 32(DX), Y1, Y3
	CLAMP(Y2)
	CLAMP(Y3)
	VMOVUPS     Y2, (DI)
	VMOVUPS     Y3, 32(DI)
	ADDQ        $64, SI
	ADDQ        $64, DX
	ADDQ        $64, BX
	ADDQ        $64, DI
	SUBQ        $16, CX
	JNZ         loop
	VZEROUPPER
	RET

// func maxPoolVectors(dst, arena *float32, table *int32, n, pixels int)
TEXT ·maxPoolVectors(SB), NOSPLIT, $0-40
	MOVQ dst+0(FP), DI
	MOVQ arena+8(FP), SI
	MOVQ n+24(FP), CX

channels:
	MOVQ    table+16(FP), DX
	MOVQ    pixels+32(FP), BX
	MOVLQSX (DX), R8
	VMOVUPS (SI)(R8*4), Y0
	VMOVUPS 32(SI)(R8*4), Y1
	DECQ    BX
	JZ      store

pixel:
	ADDQ    $4, DX
	MOVLQSX (DX), R8
	VMAXPS  (SI)(R8*4), Y0, Y0
	VMAXPS  32(SI)(R8*4), Y1, Y1
	DECQ    BX
	JNZ     pixel

store:
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ    $64, DI
	ADDQ    $64, SI
	SUBQ    $16, CX
	JNZ     channels
	VZEROUPPER
	RET

// func sumPoolVectors(dst, arena *float32, table *int32, n, pixels int, scale float32)
TEXT ·sumPoolVectors(SB), NOSPLIT, $0-44
	MOVQ         dst+0(FP), DI
	MOVQ         arena+8(FP), SI
	MOVQ         n+24(FP), CX
	VBROADCASTSS scale+40(FP), Y15

channels:
	MOVQ   table+16(FP), DX
	MOVQ   pixels+32(FP), BX
	VXORPS Y0, Y0, Y0
	VXORPS Y1, Y1, Y1

pixel:
	MOVLQSX (DX), R8
	VADDPS  (SI)(R8*4), Y0, Y0
	VADDPS  32(SI)(R8*4), Y1, Y1
	ADDQ    $4, DX
	DECQ    BX
	JNZ     pixel

	VMULPS  Y15, Y0, Y0
	VMULPS  Y15, Y1, Y1
	VMOVUPS Y0, (DI)
	VMOVUPS Y1, 32(DI)
	ADDQ    $64, DI
	ADDQ    $64, SI
	SUBQ    $16, CX
	JNZ     channels
	VZEROUPPER
	RET
