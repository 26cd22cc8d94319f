// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The vector code of both paths, on vectors of 8 that the compiler maps to what the processor has. Included once for each path,
// with PDQ_FUNCTIONS naming the table and PDQ_TARGET the function attributes.
//
// No sum may be taken in another order and no product fused with a sum: the result would be another hash.

#include "pdq_workspace.h"

#include <string.h>

#pragma STDC FP_CONTRACT OFF
#pragma clang diagnostic ignored "-Wpsabi"

typedef float v8 __attribute__((vector_size(32)));
typedef float v8u __attribute__((vector_size(32), aligned(4)));
typedef int32_t v8i __attribute__((vector_size(32)));
typedef uint8_t v8b __attribute__((vector_size(8)));
typedef uint8_t v8bu __attribute__((vector_size(8), aligned(1)));
typedef uint8_t v16b __attribute__((vector_size(16)));
typedef uint8_t v16bu __attribute__((vector_size(16), aligned(1)));

#define INLINE PDQ_TARGET static inline __attribute__((always_inline))
#define FUNCTION PDQ_TARGET static

INLINE v8 splat(float x) { return (v8){x, x, x, x, x, x, x, x}; }
INLINE v8 load(const float *p) { return *(const v8u *)p; }
INLINE void store(float *p, v8 x) { *(v8u *)p = x; }
INLINE v8 load_bytes(const uint8_t *p) { return __builtin_convertvector((v8b)(*(const v8bu *)p), v8); }

INLINE void transpose(v8 r[8]) {
#define LOW(a, b) __builtin_shufflevector(a, b, 0, 8, 1, 9, 4, 12, 5, 13)
#define HIGH(a, b) __builtin_shufflevector(a, b, 2, 10, 3, 11, 6, 14, 7, 15)
#define FRONT(a, b) __builtin_shufflevector(a, b, 0, 1, 8, 9, 4, 5, 12, 13)
#define BACK(a, b) __builtin_shufflevector(a, b, 2, 3, 10, 11, 6, 7, 14, 15)
#define BOTTOM(a, b) __builtin_shufflevector(a, b, 0, 1, 2, 3, 8, 9, 10, 11)
#define TOP(a, b) __builtin_shufflevector(a, b, 4, 5, 6, 7, 12, 13, 14, 15)
    v8 a0 = LOW(r[0], r[1]), a1 = HIGH(r[0], r[1]), a2 = LOW(r[2], r[3]), a3 = HIGH(r[2], r[3]);
    v8 a4 = LOW(r[4], r[5]), a5 = HIGH(r[4], r[5]), a6 = LOW(r[6], r[7]), a7 = HIGH(r[6], r[7]);
    v8 b0 = FRONT(a0, a2), b1 = BACK(a0, a2), b2 = FRONT(a1, a3), b3 = BACK(a1, a3);
    v8 b4 = FRONT(a4, a6), b5 = BACK(a4, a6), b6 = FRONT(a5, a7), b7 = BACK(a5, a7);
    r[0] = BOTTOM(b0, b4), r[1] = BOTTOM(b1, b5), r[2] = BOTTOM(b2, b6), r[3] = BOTTOM(b3, b7);
    r[4] = TOP(b0, b4), r[5] = TOP(b1, b5), r[6] = TOP(b2, b6), r[7] = TOP(b3, b7);
#undef LOW
#undef HIGH
#undef FRONT
#undef BACK
#undef BOTTOM
#undef TOP
}

// MARK: - Luminance

INLINE void planes(const uint8_t *rgb, v8b *red, v8b *green, v8b *blue) {
    v16b a = *(const v16bu *)rgb, b = *(const v16bu *)(rgb + 8);
    *red = __builtin_shufflevector(a, b, 0, 3, 6, 9, 12, 15, 26, 29);
    *green = __builtin_shufflevector(a, b, 1, 4, 7, 10, 13, 24, 27, 30);
    *blue = __builtin_shufflevector(a, b, 2, 5, 8, 11, 14, 25, 28, 31);
}

// Rounded to float after each operation.
INLINE v8 luma_reference(v8 red, v8 green, v8 blue) {
    return splat(0.299f) * red + splat(0.587f) * green + splat(0.114f) * blue;
}

// What computing in double and rounding once gives. A thousand times the luminance is a whole number below 2^24, exact in any
// order; its quotient by 1,000 is the nearest float, and so is the double's, since no such quotient lies near the middle of two
// floats without being a float itself. All 2^24 colours were compared.
INLINE v8 luma_rounded_once(v8 red, v8 green, v8 blue) {
    v8 thousandfold = splat(299) * red + splat(587) * green + splat(114) * blue;
    return PDQ_QUOTIENT(thousandfold, splat(1000), splat(1.0f / 1000));
}

INLINE v8 luma_of(const uint8_t *rgb, pdq_method method) {
    v8b red, green, blue;
    planes(rgb, &red, &green, &blue);
    v8 r = __builtin_convertvector(red, v8), g = __builtin_convertvector(green, v8), b = __builtin_convertvector(blue, v8);
    return method == PDQ_FULL_SIZE ? luma_rounded_once(r, g, b) : luma_reference(r, g, b);
}

FUNCTION void luma_row(const uint8_t *rgb, float *luma, int32_t count, pdq_method method) {
    int32_t at = 0;
    if (method == PDQ_FULL_SIZE) {
        for (; at + 8 <= count; at += 8) store(luma + at, luma_of(rgb + 3 * (size_t)at, PDQ_FULL_SIZE));
    } else {
        for (; at + 8 <= count; at += 8) store(luma + at, luma_of(rgb + 3 * (size_t)at, PDQ_NEAREST_512));
    }
    if (at < count) {
        uint8_t rest[24] = {0};
        float last[8];
        memcpy(rest, rgb + 3 * (size_t)at, 3 * (size_t)(count - at));
        store(last, luma_of(rest, method));
        memcpy(luma + at, last, (size_t)(count - at) * sizeof(float));
    }
}

FUNCTION bool row_is_gray(const uint8_t *rgb, int32_t count) {
    int32_t at = 0;
    for (; at + 8 <= count; at += 8) {
        v8b red, green, blue;
        planes(rgb + 3 * (size_t)at, &red, &green, &blue);
        v8b differing = (red ^ green) | (green ^ blue);
        uint64_t any;
        memcpy(&any, &differing, sizeof any);
        if (any != 0) return false;
    }
    for (; at < count; at++) {
        const uint8_t *pixel = rgb + 3 * (size_t)at;
        if (pixel[0] != pixel[1] || pixel[1] != pixel[2]) return false;
    }
    return true;
}

#include "pdq_bits.h"
#include "pdq_filter.h"

const pdq_functions PDQ_FUNCTIONS = {
    .filter_group = filter_group,
    .flush = flush,
    .luma_row = luma_row,
    .row_is_gray = row_is_gray,
    .hash_block = hash_block,
};
