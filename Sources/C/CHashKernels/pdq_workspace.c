// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "pdq_workspace.h"

#include <stdlib.h>
#include <string.h>

#pragma STDC FP_CONTRACT OFF

enum { SIDE_LIMIT = 512, ALIGNMENT = 64, SIZE_LIMIT = 1 << 30 };

int pdq_has_fast_path(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 0;
#endif
}

static const pdq_functions *functions_for(pdq_path path) {
#if defined(__x86_64__)
    if (path == PDQ_PATH_BEST && pdq_has_fast_path()) return &pdq_avx2;
#endif
    (void)path;
    return &pdq_portable;
}

pdq_workspace *pdq_workspace_new(const float *matrix) {
    void *memory;
    if (posix_memalign(&memory, ALIGNMENT, sizeof(pdq_workspace)) != 0) return NULL;
    pdq_workspace *w = memory;
    memset(w, 0, sizeof *w);
    memcpy(w->matrix, matrix, sizeof w->matrix);
    for (int row = 0; row < PDQ_SIDE; row++) {
        for (int column = 0; column < PDQ_BLOCK; column++) {
            w->transposed[column * PDQ_SIDE + row] = matrix[row * PDQ_BLOCK + column];
        }
    }
    for (int value = 0; value < 256; value++) {
        float x = (float)value;
        w->gray_luma[value] = 0.299f * x + 0.587f * x + 0.114f * x;
    }
    return w;
}

void pdq_workspace_free(pdq_workspace *w) {
    if (w == NULL) return;
    free(w->arena);
    free(w);
}

size_t pdq_workspace_bytes(const pdq_workspace *w) { return sizeof *w + w->capacity; }

static int32_t power_of_two_from(int32_t least) {
    int32_t power = 1;
    while (power < least) power *= 2;
    return power;
}

static void set_axis(pdq_axis *axis, int32_t length) {
    axis->length = length;
    axis->window = (int32_t)(((int64_t)length + 127) / 128);
    axis->lead = (axis->window + 2) / 2 - 1;
    axis->reciprocal = 1.0f / (float)axis->window;
    axis->power_of_two = (axis->window & (axis->window - 1)) == 0;
    for (int i = 0; i < PDQ_BLOCK; i++) axis->sampled[i] = (int32_t)(((double)i + 0.5) * (double)length / 64);
}

// Sets the shape and gives the size of the arena; with `place`, also sets the pointers into it.
static uint64_t lay_out(pdq_workspace *w, int32_t width, int32_t height, int channels, pdq_method method, bool place) {
    w->method = method;
    w->channels = channels;
    w->width = width;
    w->height = height;
    w->resize = method == PDQ_NEAREST_512 && (width > SIDE_LIMIT || height > SIDE_LIMIT);
    set_axis(&w->across, w->resize ? SIDE_LIMIT : width);
    set_axis(&w->down, w->resize ? SIDE_LIMIT : height);
    int64_t columns = w->across.length, steps_down = (int64_t)w->down.length + w->down.lead;
    w->keep_bytes = channels == 3 && method == PDQ_NEAREST_512;
    int64_t padded = (columns + 2 * (int64_t)w->across.lead + PDQ_PANEL - 1) / PDQ_PANEL * PDQ_PANEL;
    // Not a multiple of the page size, or the same columns of all rows would fall into the same lines of the cache.
    int64_t ring_stride = padded + 16, row_stride = padded + 24;
    int64_t ring_rows = ((int64_t)w->down.window + 2 * PDQ_GROUP - 1) / PDQ_GROUP * PDQ_GROUP;
    int64_t byte_rows = channels == 3 && method != PDQ_NEAREST_512 ? 0
        : w->keep_bytes ? (steps_down + PDQ_GROUP - 1) / PDQ_GROUP * PDQ_GROUP
                        : PDQ_GROUP;
    int64_t luma_rows = channels == 3 ? PDQ_GROUP : 0;
    int64_t tile = power_of_two_from(w->across.window + PDQ_PANEL), sampled = power_of_two_from(w->down.window + PDQ_GROUP);
    w->padded = (int32_t)padded;
    w->byte_stride = (int32_t)row_stride;
    w->luma_stride = (int32_t)row_stride;
    w->ring_stride = (int32_t)ring_stride;
    w->ring_rows = (int32_t)ring_rows;
    w->tile_mask = (int32_t)(tile - 1);
    w->sampled_mask = (int32_t)(sampled - 1);

    uint64_t size = 0;
    uint8_t *base = place ? w->arena : NULL;
#define PLACE(field, count)                                                                     \
    do {                                                                                        \
        if (place) w->field = (void *)(base + size);                                            \
        size += ((uint64_t)(count) * sizeof *w->field + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; \
    } while (0)
    PLACE(bytes, byte_rows * row_stride);
    PLACE(packed, w->resize ? 3 * columns + 16 : 0);
    PLACE(map, w->resize ? columns : 0);
    PLACE(luma, luma_rows * row_stride);
    PLACE(ring, ring_rows * ring_stride);
    PLACE(zeros, ring_stride < PDQ_BLOCK ? PDQ_BLOCK : ring_stride);
    PLACE(column_sums, padded);
    PLACE(tile_one, tile * PDQ_GROUP);
    PLACE(tile_two, tile * PDQ_GROUP);
    PLACE(sampled_group, PDQ_BLOCK * PDQ_GROUP);
    PLACE(sampled_ring, sampled * PDQ_BLOCK);
#undef PLACE
    return size;
}

// Back to the first row, with nothing filtered.
static void rewind_filter(pdq_workspace *w) {
    w->filled = 0;
    w->first_step = 0;
    w->next_sampled_row = 0;
    memset(w->column_sums, 0, (size_t)w->padded * sizeof(float));
    memset(w->sampled_sums, 0, sizeof w->sampled_sums);
}

pdq_status pdq_begin(pdq_workspace *w, int32_t width, int32_t height, int channels, pdq_method method, pdq_path path) {
    uint64_t size = lay_out(w, width, height, channels, method, false);
    if (size > SIZE_LIMIT) return PDQ_TOO_LARGE;
    if (size > w->capacity) {
        free(w->arena);
        void *memory = NULL;
        bool failed = posix_memalign(&memory, ALIGNMENT, (size_t)size) != 0;
        w->arena = failed ? NULL : memory;
        w->capacity = failed ? 0 : (size_t)size;
        if (failed) return PDQ_NO_MEMORY;
    }
    lay_out(w, width, height, channels, method, true);
    w->functions = functions_for(path);
    w->rows_read = 0;
    w->gray = channels == 1 || w->keep_bytes;
    memset(w->zeros, 0, (size_t)(w->ring_stride < PDQ_BLOCK ? PDQ_BLOCK : w->ring_stride) * sizeof(float));
    if (w->resize) {
        for (int64_t column = 0; column < w->across.length; column++) {
            w->map[column] = (int32_t)(column * width / w->across.length);
        }
    }
    rewind_filter(w);
    return PDQ_OK;
}

int32_t pdq_rows(const pdq_workspace *w) { return w->down.length; }

// A picture of 64 x 64 that the reference does not filter, unless for the dihedrals.
static bool is_block(const pdq_workspace *w) {
    return w->method != PDQ_NEAREST_512 && w->across.length == PDQ_BLOCK && w->down.length == PDQ_BLOCK;
}

static void row_is_in(pdq_workspace *w) {
    w->filled++;
    if (w->filled < PDQ_GROUP) return;
    w->functions->filter_group(w);
    w->filled = 0;
    w->first_step += PDQ_GROUP;
}

static void end_byte_row(const pdq_workspace *w, uint8_t *row) {
    memset(row + w->across.length, 0, (size_t)(w->byte_stride - w->across.length));
}

static float *begin_luma_row(const pdq_workspace *w) {
    float *row = w->luma + (size_t)w->filled * (size_t)w->luma_stride;
    memset(row + w->across.length, 0, (size_t)(w->luma_stride - w->across.length) * sizeof(float));
    return row;
}

static void add_gray(pdq_workspace *w, const uint8_t *row) {
    uint8_t *own = pdq_byte_row(w, w->rows_read);
    if (w->channels == 3) {
        for (int32_t i = 0; i < w->across.length; i++) own[i] = row[3 * (size_t)i];
    } else if (w->resize) {
        for (int32_t i = 0; i < w->across.length; i++) own[i] = row[w->map[i]];
    } else {
        memcpy(own, row, (size_t)w->across.length);
    }
    end_byte_row(w, own);
    row_is_in(w);
}

// The first colour: from here on and, again, up to here, luminance is that of colours.
static void turn_to_colour(pdq_workspace *w) {
    w->gray = false;
    rewind_filter(w);
    for (int32_t row = 0; row < w->rows_read; row++) {
        const uint8_t *bytes = pdq_byte_row(w, row);
        float *luma = begin_luma_row(w);
        for (int32_t i = 0; i < w->across.length; i++) luma[i] = w->gray_luma[bytes[i]];
        row_is_in(w);
    }
}

// The nearest pixels of a row, three bytes each.
static const uint8_t *pack(const pdq_workspace *w, const uint8_t *row) {
    int32_t column = 0, columns = w->across.length;
    // Four bytes at a time, where the pixel is not the last of the row.
    for (; column < columns && w->map[column] + 1 < w->width; column++) {
        memcpy(w->packed + 3 * (size_t)column, row + 3 * (size_t)w->map[column], 4);
    }
    for (; column < columns; column++) memcpy(w->packed + 3 * (size_t)column, row + 3 * (size_t)w->map[column], 3);
    return w->packed;
}

void pdq_add_row(pdq_workspace *w, const uint8_t *row) {
    if (w->channels == 1) {
        add_gray(w, row);
    } else {
        const uint8_t *pixels = w->resize ? pack(w, row) : row;
        if (w->gray && !w->functions->row_is_gray(pixels, w->across.length)) turn_to_colour(w);
        if (w->gray) {
            add_gray(w, pixels);
        } else {
            w->functions->luma_row(pixels, begin_luma_row(w), w->across.length, w->method);
            row_is_in(w);
        }
    }
    if (is_block(w)) {
        float *copy = w->unfiltered + w->rows_read * PDQ_BLOCK;
        if (w->channels == 1) {
            for (int i = 0; i < PDQ_BLOCK; i++) copy[i] = (float)row[i];
        } else {
            w->functions->luma_row(row, copy, PDQ_BLOCK, w->method);
        }
    }
    w->rows_read++;
}

void pdq_finish(pdq_workspace *w, pdq_result *result) {
    // Rows of zeros, until the last row has left the lead of the filter.
    int64_t steps = (int64_t)w->down.length + w->down.lead;
    for (int32_t row = w->rows_read; w->filled > 0 || w->first_step < steps; row++) {
        if (w->gray) memset(pdq_byte_row(w, row), 0, (size_t)w->byte_stride);
        else memset(w->luma + (size_t)w->filled * (size_t)w->luma_stride, 0, (size_t)w->luma_stride * sizeof(float));
        row_is_in(w);
    }
    w->functions->flush(w);
    w->functions->hash_block(w, w->block, result);
    if (is_block(w)) {
        pdq_result plain;
        w->functions->hash_block(w, w->unfiltered, &plain);
        memcpy(result->words[0], plain.words[0], sizeof plain.words[0]);
        result->quality = plain.quality;
        memcpy(w->block, w->unfiltered, sizeof w->block);
    }
}

const float *pdq_block(const pdq_workspace *w) { return w->block; }

void pdq_hash_block(pdq_workspace *w, const float *block, pdq_path path, pdq_result *result) {
    functions_for(path)->hash_block(w, block, result);
}
