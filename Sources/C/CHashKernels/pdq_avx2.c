// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The path for x86-64 processors with AVX2 and FMA.

#if defined(__x86_64__)

#include <immintrin.h>

#define PDQ_FUNCTIONS pdq_avx2
#define PDQ_TARGET __attribute__((target("avx2,fma")))

// The product with the rounded reciprocal, corrected once by its exact remainder, is the correctly rounded quotient (Markstein);
// FMA is used for nothing else. For every whole n up to 512, and for 1,000, all 2^24 values of two binades were compared with the
// division; the tests do so with random pictures.
#define PDQ_QUOTIENT(x, n, reciprocal) fma_quotient(x, n, reciprocal)

typedef float pdq_v8 __attribute__((vector_size(32)));

PDQ_TARGET static inline __attribute__((always_inline)) pdq_v8 fma_quotient(pdq_v8 x, pdq_v8 n, pdq_v8 reciprocal) {
    pdq_v8 near = x * reciprocal;
    pdq_v8 remainder = (pdq_v8)_mm256_fnmadd_ps((__m256)near, (__m256)n, (__m256)x);
    return (pdq_v8)_mm256_fmadd_ps((__m256)remainder, (__m256)reciprocal, (__m256)near);
}

#include "pdq_body.h"

#endif
