// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// A JPEG's luminance at a fraction of its size, which the decoder gets by transforming smaller blocks: several times faster
// than decoding all of it. One thread only. Nothing here opens a file.

#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum {
    CTURBOJPEG_OK,
    // The file ends early; the rows that were there have been decoded, the rest is grey.
    CTURBOJPEG_CUT_SHORT,
    CTURBOJPEG_DAMAGED,
} cturbojpeg_status;

// Decodes something, so that whatever is loaded lazily is there before the doors close. Returns 0, or -1 when unusable.
int cturbojpeg_start(void);

// Reads the header. *has_luminance is 0 for CMYK and YCCK, which must be decoded in colour.
cturbojpeg_status cturbojpeg_header(const uint8_t *bytes, size_t length, int *width, int *height, int *has_luminance);

// The length of a side at `eighths` / 8 of its size.
int cturbojpeg_scaled(int side, int eighths);

// Decodes the luminance at `eighths` / 8 of the size (1 to 8) into `pixels`, rows without gaps.
cturbojpeg_status cturbojpeg_luminance(const uint8_t *bytes, size_t length, int width, int height, int eighths, uint8_t *pixels);
