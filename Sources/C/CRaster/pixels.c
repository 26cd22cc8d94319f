// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "craster.h"

#include <string.h>

void craster_luminance(const uint8_t *restrict rgb, int width, uint8_t *restrict luminance) {
    for (int x = 0; x < width; x++)
        luminance[x] = (uint8_t)((19595u * rgb[3 * x] + 38470u * rgb[3 * x + 1] + 7471u * rgb[3 * x + 2] + 32768u) >> 16);
}

// The sum is at most 255,500, so the division is exact this way, and in 32 bits: several pixels at once.
#define PDQ_LUMINANCE                                                                                                          \
    for (int x = 0; x < width; x++) {                                                                                          \
        uint32_t sum = 299u * rgb[3 * x] + 587u * rgb[3 * x + 1] + 114u * rgb[3 * x + 2] + 500u;                               \
        luminance[x] = (uint8_t)(((sum >> 3) * 134218u) >> 24);                                                                \
    }

static void portable_pdq_luminance(const uint8_t *restrict rgb, int width, uint8_t *restrict luminance) { PDQ_LUMINANCE }

#if defined(__x86_64__)
__attribute__((target("avx2"))) static void avx2_pdq_luminance(
    const uint8_t *restrict rgb, int width, uint8_t *restrict luminance) {
    PDQ_LUMINANCE
}
#endif

void craster_pdq_luminance(const uint8_t *rgb, int width, uint8_t *luminance) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2")) {
        avx2_pdq_luminance(rgb, width, luminance);
        return;
    }
#endif
    portable_pdq_luminance(rgb, width, luminance);
}

void craster_turn(const uint8_t *pixels, int width, int height, int channels, int orientation, uint8_t *turned) {
    if (orientation < 2 || orientation > 8) {
        memcpy(turned, pixels, (size_t)width * (size_t)height * (size_t)channels);
        return;
    }
    int lies = orientation >= 5;
    ptrdiff_t columns = lies ? height : width, rows = lies ? width : height;
    // Where the pixel at (x, y) of the upright picture is stored: at start + x * right + y * down.
    ptrdiff_t last = width - 1, row = width, last_row = (ptrdiff_t)(height - 1) * width;
    ptrdiff_t start, right, down;
    switch (orientation) {
    case 2: start = last, right = -1, down = row; break;
    case 3: start = last + last_row, right = -1, down = -row; break;
    case 4: start = last_row, right = 1, down = -row; break;
    case 5: start = 0, right = row, down = 1; break;
    case 6: start = last_row, right = -row, down = 1; break;
    case 7: start = last + last_row, right = -row, down = -1; break;
    case 8: start = last, right = row, down = -1; break;
    default: return;
    }
    for (ptrdiff_t y = 0; y < rows; y++) {
        const uint8_t *from = pixels + (start + y * down) * channels;
        for (ptrdiff_t x = 0; x < columns; x++) {
            for (int channel = 0; channel < channels; channel++) *turned++ = from[channel];
            from += right * channels;
        }
    }
}
