// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#ifndef HAECHI_PDQ_KERNEL_H
#define HAECHI_PDQ_KERNEL_H

#include <stddef.h>
#include <stdint.h>

// PDQ from rows of 8-bit pixels, streaming: memory grows with the width, not with the height. Every sum is taken in the order
// of the reference, so that the bits are the same on every processor and on both paths.

// What a picture is hashed from.
typedef enum {
    // With a side above 512: its 512 x 512 nearest pixels, as the reference tool does.
    PDQ_NEAREST_512 = 0,
    // All pixels, with luminance computed in double, as the Python package does.
    PDQ_FULL_SIZE = 1,
    // All pixels, with luminance computed in float, as the reference does with frames of videos.
    PDQ_VIDEO_FRAME = 2,
} pdq_method;

typedef enum {
    PDQ_PATH_BEST = 0,
    PDQ_PATH_PORTABLE = 1,
} pdq_path;

typedef enum {
    PDQ_OK = 0,
    PDQ_NO_MEMORY = 1,
    PDQ_TOO_LARGE = 2,  // the buffers would take more than 1 GiB
} pdq_status;

typedef struct {
    // Original, rotated 90, 180, 270, flipped x, y, plus 1, minus 1; four words each, least significant first.
    uint64_t words[8][4];
    int32_t quality;
} pdq_result;

typedef struct pdq_workspace pdq_workspace;

// `matrix` holds 16 rows of 64 cosines and is copied. NULL when there is no memory.
pdq_workspace *pdq_workspace_new(const float *matrix);
void pdq_workspace_free(pdq_workspace *workspace);

// How many bytes the buffers take now.
size_t pdq_workspace_bytes(const pdq_workspace *workspace);

// Starts a picture of 1 (luminance) or 3 (red, green, blue) channels, whose sides are at least 5 (after the reduction, if `method`
// makes one). Buffers are kept from picture to picture and only grow.
pdq_status pdq_begin(pdq_workspace *workspace, int32_t width, int32_t height, int channels, pdq_method method, pdq_path path);

// How many rows must be added: row `i` of them is row `i * height / pdq_rows()` of the picture.
int32_t pdq_rows(const pdq_workspace *workspace);
void pdq_add_row(pdq_workspace *workspace, const uint8_t *row);
// The result, when all rows have been added.
void pdq_finish(pdq_workspace *workspace, pdq_result *result);

// The 64 x 64 luminances of the picture finished last, row by row.
const float *pdq_block(const pdq_workspace *workspace);

// Hashes 64 x 64 luminances: the last steps alone.
void pdq_hash_block(pdq_workspace *workspace, const float *block, pdq_path path, pdq_result *result);

// Whether this processor runs the vectorised path.
int pdq_has_fast_path(void);

#endif
