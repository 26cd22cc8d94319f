// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// A JPEG at a fraction of its size, which the decoder gets by transforming smaller blocks: several times faster than decoding all
// of it; and small JPEGs of our own. One thread only. Nothing here opens a file.

#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
    CTURBOJPEG_OK,
    // The file ends early; the rows that were there have been decoded, the rest is grey.
    CTURBOJPEG_CUT_SHORT,
    CTURBOJPEG_DAMAGED,
    // Made to keep a decoder busy: thousands of scans over few bytes.
    CTURBOJPEG_TOO_MANY_SCANS,
} cturbojpeg_status;

// Decodes and encodes something, so that whatever is loaded lazily is there before the doors close. Returns 0, or -1 when unusable.
int cturbojpeg_start(void);

// Reads the header. *has_luminance is 0 for CMYK and YCCK, which must be decoded in colour.
cturbojpeg_status cturbojpeg_header(const uint8_t *bytes, size_t length, int *width, int *height, int *has_luminance);

// The length of a side at `eighths` / 8 of its size.
int cturbojpeg_scaled(int side, int eighths);

// Decodes the luminance at `eighths` / 8 of the size (1 to 8) into `pixels`, rows without gaps.
cturbojpeg_status cturbojpeg_luminance(const uint8_t *bytes, size_t length, int width, int height, int eighths, uint8_t *pixels);

// The same in colour: red, green and blue of each pixel.
cturbojpeg_status cturbojpeg_rgb(const uint8_t *bytes, size_t length, int width, int height, int eighths, uint8_t *pixels);

// The most bytes that a JPEG of this size can have.
size_t cturbojpeg_bound(int width, int height);

// Writes RGB pixels as a JPEG (4:2:0) of a quality from 1 to 100 into `to`, which has room for cturbojpeg_bound bytes. Returns how
// many bytes it has, 0 when it failed.
size_t cturbojpeg_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t *to, size_t capacity);
