// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#ifndef HAECHI_PDQ_WORKSPACE_H
#define HAECHI_PDQ_WORKSPACE_H

#include "include/pdq_kernel.h"

#include <stdbool.h>

enum {
    PDQ_BLOCK = 64,   // side of the reduced picture
    PDQ_SIDE = 16,    // side of the transform
    PDQ_GROUP = 32,   // rows that are filtered together
    PDQ_PANEL = 32,   // columns that are
};

// One direction of the box filter. Step `t` adds element `t`, subtracts element `t - window` and gives element `t - lead`;
// elements outside are zero, which leaves a sum as it is.
typedef struct {
    int32_t length, window, lead;
    float reciprocal;
    bool power_of_two;  // then the product with the reciprocal is the quotient, exactly
    int32_t sampled[PDQ_BLOCK];
} pdq_axis;

// How many elements are in the sum at a step.
static inline float pdq_divisor(const pdq_axis *axis, int32_t step) {
    int32_t last = step + 1 < axis->length ? step + 1 : axis->length;
    int32_t first = step - axis->window + 1 > 0 ? step - axis->window + 1 : 0;
    return last > first ? (float)(last - first) : 1.0f;
}

typedef struct {
    // Filters the group of rows that is full.
    void (*filter_group)(pdq_workspace *);
    // The sums that are left when the rows have ended.
    void (*flush)(pdq_workspace *);
    void (*luma_row)(const uint8_t *rgb, float *luma, int32_t count, pdq_method method);
    bool (*row_is_gray)(const uint8_t *rgb, int32_t count);
    void (*hash_block)(const pdq_workspace *, const float *block, pdq_result *result);
} pdq_functions;

struct pdq_workspace {
    const pdq_functions *functions;
    pdq_method method;
    int channels;
    int32_t width, height;   // of the source
    bool resize;
    bool gray;               // no colour seen yet: rows lie in `bytes`, else in `luma`
    bool keep_bytes;         // all rows of `bytes` are kept, because a colour may still come
    pdq_axis across, down;   // columns and rows after the resize
    int32_t rows_read;
    int32_t filled;          // rows in the group
    int32_t first_step;      // row index of the group's first row
    int32_t padded;          // steps across, rounded up to whole panels
    int32_t byte_stride, luma_stride, ring_stride, ring_rows, tile_mask, sampled_mask;
    int32_t next_sampled_row;

    // In one allocation, each at a multiple of 64 bytes.
    uint8_t *arena;
    size_t capacity;
    uint8_t *bytes, *packed;
    int32_t *map;            // column of the source for each column
    float *luma;
    float *ring;             // rows filtered across once
    float *zeros;
    float *column_sums;
    float *tile_one, *tile_two;  // the last columns of a group, column by column
    float *sampled_group;        // 64 sampled columns of a group, column by column
    float *sampled_ring;         // the same by rows

    float sampled_sums[PDQ_BLOCK] __attribute__((aligned(64)));
    float block[PDQ_BLOCK * PDQ_BLOCK] __attribute__((aligned(64)));
    float unfiltered[PDQ_BLOCK * PDQ_BLOCK] __attribute__((aligned(64)));
    float matrix[PDQ_SIDE * PDQ_BLOCK] __attribute__((aligned(64)));
    float transposed[PDQ_BLOCK * PDQ_SIDE] __attribute__((aligned(64)));
    float gray_luma[256];
};

static inline uint8_t *pdq_byte_row(const pdq_workspace *w, int32_t row) {
    return w->bytes + (size_t)(w->keep_bytes ? row : row % PDQ_GROUP) * (size_t)w->byte_stride;
}

extern const pdq_functions pdq_portable;
#if defined(__x86_64__)
extern const pdq_functions pdq_avx2;
#endif

#endif
