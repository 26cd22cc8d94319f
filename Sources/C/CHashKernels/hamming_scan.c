// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "include/hamming_kernel.h"

#include <string.h>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

#define INLINE static inline __attribute__((always_inline))

INLINE uint32_t distance(const uint8_t *hash, const uint64_t *query) {
    uint64_t words[4];
    memcpy(words, hash, sizeof words);
    return (uint32_t)(__builtin_popcountll(words[0] ^ query[0]) + __builtin_popcountll(words[1] ^ query[1]) +
                      __builtin_popcountll(words[2] ^ query[2]) + __builtin_popcountll(words[3] ^ query[3]));
}

// The plain way: every pair in full.
INLINE size_t scan_all(
    const uint8_t *hashes, size_t first, size_t count, const uint64_t *queries, size_t query_count, uint32_t radius,
    haechi_hit *hits) {
    size_t found = 0;
    for (size_t index = first; index < count; index++) {
        for (size_t query = 0; query < query_count; query++) {
            uint32_t bits = distance(hashes + index * 32, queries + query * 4);
            if (bits <= radius) {
                hits[found++] = (haechi_hit){(uint32_t)query, (uint32_t)index, bits};
            }
        }
    }
    return found;
}

size_t haechi_scan_portable(
    const void *hashes, size_t count, const uint64_t *queries, size_t query_count, uint32_t radius, haechi_hit *hits) {
    return scan_all(hashes, 0, count, queries, query_count, radius, hits);
}

#if defined(__x86_64__)

__attribute__((target("popcnt"))) static size_t scan_popcnt(
    const void *hashes, size_t count, const uint64_t *queries, size_t query_count, uint32_t radius, haechi_hit *hits) {
    return scan_all(hashes, 0, count, queries, query_count, radius, hits);
}

// Eight hashes at a time, transposed to one 32-bit column a lane. The first 96 bits alone reject nearly all: of random
// hashes one in 3,000 differs there by 31 or less, one in 90 by 36. Only the others are counted in full.
#define FILTER_RADIUS 36

__attribute__((target("avx2,popcnt"))) static size_t scan_avx2(
    const void *hashes, size_t count, const uint64_t *queries, size_t query_count, uint32_t radius, haechi_hit *hits) {
    if (radius > FILTER_RADIUS) {
        return scan_all(hashes, 0, count, queries, query_count, radius, hits);
    }
    const uint8_t *bytes = hashes;
    const __m256i table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i ones8 = _mm256_set1_epi8(1);
    const __m256i ones16 = _mm256_set1_epi16(1);
    const __m256i limit = _mm256_set1_epi32((int)radius + 1);
    size_t found = 0;
    size_t index = 0;
    for (; index + 8 <= count; index += 8) {
        const uint8_t *block = bytes + index * 32;
        __m256i rows[4];
        for (int row = 0; row < 4; row++) {
            rows[row] = _mm256_inserti128_si256(
                _mm256_castsi128_si256(_mm_loadu_si128((const __m128i *)(block + row * 32))),
                _mm_loadu_si128((const __m128i *)(block + (row + 4) * 32)), 1);
        }
        __m256i a = _mm256_unpacklo_epi32(rows[0], rows[1]);
        __m256i b = _mm256_unpacklo_epi32(rows[2], rows[3]);
        __m256i c = _mm256_unpackhi_epi32(rows[0], rows[1]);
        __m256i d = _mm256_unpackhi_epi32(rows[2], rows[3]);
        __m256i first = _mm256_unpacklo_epi64(a, b);
        __m256i second = _mm256_unpackhi_epi64(a, b);
        __m256i third = _mm256_unpacklo_epi64(c, d);
        for (size_t query = 0; query < query_count; query++) {
            const uint64_t *words = queries + query * 4;
            __m256i x = _mm256_xor_si256(first, _mm256_set1_epi32((int)(uint32_t)words[0]));
            __m256i y = _mm256_xor_si256(second, _mm256_set1_epi32((int)(uint32_t)(words[0] >> 32)));
            __m256i z = _mm256_xor_si256(third, _mm256_set1_epi32((int)(uint32_t)words[1]));
            __m256i sum = _mm256_add_epi8(
                _mm256_shuffle_epi8(table, _mm256_and_si256(x, low)),
                _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low)));
            sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, _mm256_and_si256(y, low)));
            sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(y, 4), low)));
            sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, _mm256_and_si256(z, low)));
            sum = _mm256_add_epi8(sum, _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(z, 4), low)));
            __m256i total = _mm256_madd_epi16(_mm256_maddubs_epi16(sum, ones8), ones16);
            unsigned near = (unsigned)_mm256_movemask_ps(_mm256_castsi256_ps(_mm256_cmpgt_epi32(limit, total)));
            while (__builtin_expect(near != 0, 0)) {
                unsigned lane = (unsigned)__builtin_ctz(near);
                near &= near - 1;
                uint32_t bits = distance(block + lane * 32, words);
                if (bits <= radius) {
                    hits[found++] = (haechi_hit){(uint32_t)query, (uint32_t)(index + lane), bits};
                }
            }
        }
    }
    return found + scan_all(hashes, index, count, queries, query_count, radius, hits + found);
}

#endif

size_t haechi_scan(
    const void *hashes, size_t count, const uint64_t *queries, size_t query_count, uint32_t radius, haechi_hit *hits) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        return scan_avx2(hashes, count, queries, query_count, radius, hits);
    }
    if (__builtin_cpu_supports("popcnt")) {
        return scan_popcnt(hashes, count, queries, query_count, radius, hits);
    }
#endif
    return haechi_scan_portable(hashes, count, queries, query_count, radius, hits);
}

const char *haechi_scan_kernel(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        return "avx2";
    }
    if (__builtin_cpu_supports("popcnt")) {
        return "popcnt";
    }
#endif
    return "portable";
}
