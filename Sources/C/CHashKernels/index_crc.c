// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include <string.h>

#include "include/index_kernel.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// Half a byte at a time.
static uint32_t crc_portable(uint32_t crc, const uint8_t *bytes, size_t count) {
    static const uint32_t steps[16] = {
        0x00000000, 0x105EC76F, 0x20BD8EDE, 0x30E349B1,
        0x417B1DBC, 0x5125DAD3, 0x61C69362, 0x7198540D,
        0x82F63B78, 0x92A8FC17, 0xA24BB5A6, 0xB21572C9,
        0xC38D26C4, 0xD3D3E1AB, 0xE330A81A, 0xF36E6F75};
    for (size_t index = 0; index < count; index++) {
        crc ^= bytes[index];
        crc = crc >> 4 ^ steps[crc & 15];
        crc = crc >> 4 ^ steps[crc & 15];
    }
    return crc;
}

#if defined(__x86_64__)

__attribute__((target("sse4.2"))) static uint32_t crc_sse42(uint32_t crc, const uint8_t *bytes, size_t count) {
    uint64_t wide = crc;
    for (; count >= 8; count -= 8, bytes += 8) {
        uint64_t word;
        memcpy(&word, bytes, 8);
        wide = _mm_crc32_u64(wide, word);
    }
    crc = (uint32_t)wide;
    for (; count > 0; count--, bytes++) {
        crc = _mm_crc32_u8(crc, *bytes);
    }
    return crc;
}

#endif

uint32_t haechi_crc32c(uint32_t start, const void *bytes, size_t count) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("sse4.2")) {
        return ~crc_sse42(~start, bytes, count);
    }
#endif
    return ~crc_portable(~start, bytes, count);
}
