// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The filter. Part of pdq_body.h.
//
// A group of rows goes through in panels of 32 columns. Within a panel each pass has several independent sums, so that the
// processor does not wait for one addition after the other, and all that it touches lies in the nearest cache.
//
// Sums run across rows with the lanes of a vector on different rows, and down columns with the lanes on different columns; in
// between, blocks of 8 x 8 are transposed. Each pass across gives its result `lead` columns late. That is left so: column `q` of
// the ring holds the result for column `q - lead`, column `q` after the second pass across that for `q - 2 * lead`.

enum { PARTS = PDQ_GROUP / 8, PANEL = PDQ_PANEL };

typedef float pdq_tile[PANEL][PDQ_GROUP];

// Sums of a panel's steps across all rows of the group. `tile` is a ring of columns that already holds the panel's.
INLINE void sums_across(const float *tile, int32_t mask, int32_t step, int32_t window, v8 sum[PARTS], pdq_tile result) {
    const float *now = tile + (size_t)(step & mask) * PDQ_GROUP;
    v8 x[PARTS];
    for (int part = 0; part < PARTS; part++) x[part] = sum[part];
    for (int s = 0; s < PANEL; s++) {
        const float *old = tile + (size_t)((step + s - window) & mask) * PDQ_GROUP;
        for (int part = 0; part < PARTS; part++) {
            x[part] += load(now + s * PDQ_GROUP + part * 8);
            x[part] -= load(old + part * 8);
            store(&result[s][part * 8], x[part]);
        }
    }
    for (int part = 0; part < PARTS; part++) sum[part] = x[part];
}

// Turns rows of floats or bytes into columns of the group.
INLINE void columns_of_rows(pdq_workspace *w, int32_t step, float *tile) {
    const uint8_t *bytes = w->gray ? pdq_byte_row(w, w->first_step) + step : NULL;
    const size_t byte_stride = (size_t)w->byte_stride, luma_stride = (size_t)w->luma_stride;
    for (int part = 0; part < PARTS; part++) {
        for (int column = 0; column < PANEL; column += 8) {
            v8 x[8];
            if (bytes != NULL) {
                const uint8_t *from = bytes + (size_t)(part * 8) * byte_stride + column;
                for (int i = 0; i < 8; i++) x[i] = load_bytes(from + (size_t)i * byte_stride);
            } else {
                const float *from = w->luma + (size_t)(part * 8) * luma_stride + step + column;
                for (int i = 0; i < 8; i++) x[i] = load(from + (size_t)i * luma_stride);
            }
            transpose(x);
            for (int i = 0; i < 8; i++) store(tile + (column + i) * PDQ_GROUP + part * 8, x[i]);
        }
    }
}

// The means of a panel's sums, as rows of the ring.
INLINE void rows_of_sums(const pdq_axis *axis, int32_t step, pdq_tile sums, float *rows, size_t stride) {
    const v8 reciprocal = splat(axis->reciprocal), window = splat((float)axis->window);
    const bool inside = step + 1 >= axis->window && step + PANEL <= axis->length;
    for (int column = 0; column < PANEL; column += 8) {
        for (int part = 0; part < PARTS; part++) {
            v8 x[8];
            for (int i = 0; i < 8; i++) x[i] = load(&sums[column + i][part * 8]);
            if (!inside) {
                for (int i = 0; i < 8; i++) {
                    int32_t at = step + column + i;
                    bool nothing = at < axis->lead || at >= axis->length + axis->lead;
                    x[i] = nothing ? splat(0) : x[i] / splat(pdq_divisor(axis, at));
                }
            } else if (axis->power_of_two) {
                for (int i = 0; i < 8; i++) x[i] = x[i] * reciprocal;
            } else {
                for (int i = 0; i < 8; i++) x[i] = PDQ_QUOTIENT(x[i], window, reciprocal);
            }
            transpose(x);
            for (int i = 0; i < 8; i++) store(rows + (size_t)(part * 8 + i) * stride + column, x[i]);
        }
    }
}

// The means down a panel's columns.
INLINE void means_down(pdq_workspace *w, int32_t step, const float *rows, const float *const *removed, float means[PDQ_GROUP][PANEL]) {
    const pdq_axis *axis = &w->down;
    const v8 reciprocal = splat(axis->reciprocal), window = splat((float)axis->window);
    const bool inside = w->first_step + 1 >= axis->window && w->first_step + PDQ_GROUP <= axis->length;
    v8 sum[PANEL / 8];
    for (int i = 0; i < PANEL / 8; i++) sum[i] = load(w->column_sums + step + i * 8);
    for (int row = 0; row < PDQ_GROUP; row++) {
        const float *new = rows + (size_t)row * (size_t)w->ring_stride, *old = removed[row] + step;
        v8 x[PANEL / 8];
        for (int i = 0; i < PANEL / 8; i++) {
            sum[i] += load(new + i * 8);
            sum[i] -= load(old + i * 8);
            x[i] = sum[i];
        }
        if (!inside) {
            v8 divisor = splat(pdq_divisor(axis, w->first_step + row));
            for (int i = 0; i < PANEL / 8; i++) x[i] = x[i] / divisor;
        } else if (axis->power_of_two) {
            for (int i = 0; i < PANEL / 8; i++) x[i] = x[i] * reciprocal;
        } else {
            for (int i = 0; i < PANEL / 8; i++) x[i] = PDQ_QUOTIENT(x[i], window, reciprocal);
        }
        for (int i = 0; i < PANEL / 8; i++) store(&means[row][i * 8], x[i]);
    }
    for (int i = 0; i < PANEL / 8; i++) store(w->column_sums + step + i * 8, sum[i]);
}

INLINE void columns_of_means(const float means[PDQ_GROUP][PANEL], float *tile) {
    for (int part = 0; part < PARTS; part++) {
        for (int column = 0; column < PANEL; column += 8) {
            v8 x[8];
            for (int i = 0; i < 8; i++) x[i] = load(&means[part * 8 + i][column]);
            transpose(x);
            for (int i = 0; i < 8; i++) store(tile + (column + i) * PDQ_GROUP + part * 8, x[i]);
        }
    }
}

// The filter's first three passes over a group; of the third, only the sampled columns are kept.
INLINE void filter_rows(pdq_workspace *w) {
    const pdq_axis *across = &w->across, *down = &w->down;
    const size_t tile_bytes = (size_t)(w->tile_mask + 1) * PDQ_GROUP * sizeof(float), stride = (size_t)w->ring_stride;
    float *rows = w->ring + (size_t)(w->first_step % w->ring_rows) * stride;
    const float *removed[PDQ_GROUP];
    for (int i = 0; i < PDQ_GROUP; i++) {
        int32_t old = w->first_step + i - down->window;
        removed[i] = old < 0 ? w->zeros : w->ring + (size_t)(old % w->ring_rows) * stride;
    }
    memset(w->tile_one, 0, tile_bytes);
    memset(w->tile_two, 0, tile_bytes);
    v8 sum_one[PARTS], sum_two[PARTS];
    for (int part = 0; part < PARTS; part++) sum_one[part] = sum_two[part] = splat(0);
    pdq_tile sums __attribute__((aligned(64)));
    float means[PDQ_GROUP][PANEL] __attribute__((aligned(64)));
    int sampled = 0;
    for (int32_t step = 0; step < w->padded; step += PANEL) {
        const size_t place = (size_t)(step & w->tile_mask) * PDQ_GROUP;
        columns_of_rows(w, step, w->tile_one + place);
        sums_across(w->tile_one, w->tile_mask, step, across->window, sum_one, sums);
        rows_of_sums(across, step, sums, rows + step, stride);
        means_down(w, step, rows + step, removed, means);
        columns_of_means(means, w->tile_two + place);
        sums_across(w->tile_two, w->tile_mask, step, across->window, sum_two, sums);
        for (; sampled < PDQ_BLOCK && across->sampled[sampled] + 2 * across->lead < step + PANEL; sampled++) {
            int32_t at = across->sampled[sampled] + 2 * across->lead;
            v8 divisor = splat(pdq_divisor(across, at - across->lead));
            for (int part = 0; part < PARTS; part++) {
                store(w->sampled_group + sampled * PDQ_GROUP + part * 8, load(&sums[at - step][part * 8]) / divisor);
            }
        }
    }
}

// The sums of the sampled columns at a step; when a sampled row ends there, it is a row of the block.
INLINE void last_step(pdq_workspace *w, int32_t step) {
    const pdq_axis *down = &w->down;
    const float *added = step < down->length ? w->sampled_ring + (size_t)(step & w->sampled_mask) * PDQ_BLOCK : w->zeros;
    int32_t old = step - down->window;
    const float *removed = old < 0 ? w->zeros : w->sampled_ring + (size_t)(old & w->sampled_mask) * PDQ_BLOCK;
    for (int i = 0; i < PDQ_BLOCK; i += 8) {
        v8 sum = load(w->sampled_sums + i) + load(added + i);
        store(w->sampled_sums + i, sum - load(removed + i));
    }
    for (; w->next_sampled_row < PDQ_BLOCK && down->sampled[w->next_sampled_row] == step - down->lead; w->next_sampled_row++) {
        v8 divisor = splat(pdq_divisor(down, step));
        float *row = w->block + w->next_sampled_row * PDQ_BLOCK;
        for (int i = 0; i < PDQ_BLOCK; i += 8) store(row + i, load(w->sampled_sums + i) / divisor);
    }
}

FUNCTION void filter_group(pdq_workspace *w) {
    filter_rows(w);
    int32_t first = w->first_step - w->down.lead;
    for (int part = 0; part < PARTS; part++) {
        for (int column = 0; column < PDQ_BLOCK; column += 8) {
            v8 x[8];
            for (int i = 0; i < 8; i++) x[i] = load(w->sampled_group + (column + i) * PDQ_GROUP + part * 8);
            transpose(x);
            for (int i = 0; i < 8; i++) {
                int32_t row = (first + part * 8 + i) & w->sampled_mask;
                store(w->sampled_ring + (size_t)row * PDQ_BLOCK + column, x[i]);
            }
        }
    }
    for (int i = 0; i < PDQ_GROUP; i++) {
        if (first + i >= 0 && first + i < w->down.length) last_step(w, first + i);
    }
}

FUNCTION void flush(pdq_workspace *w) {
    for (int32_t step = w->down.length; step < w->down.length + w->down.lead; step++) last_step(w, step);
}
