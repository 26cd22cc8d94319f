// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "craster.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

// What each place along one side is made from.
struct taps {
    int count;
    struct window {
        int start;
        int length;
        // With the zeros behind its weights: a multiple of four.
        int padded;
        size_t first_weight;
    } *windows;
    // Those of a window add up to 1.
    float *weights;
};

#define SHRINK_TARGET
#define SHRINK_NAME(name) portable_##name
#include "shrink_body.h"

#if defined(__x86_64__)
#define SHRINK_TARGET __attribute__((target("avx2,fma")))
#define SHRINK_NAME(name) avx2_##name
#include "shrink_body.h"
#endif

enum {
    // Readable and writable numbers behind a row: three pixels of padding, and the lane that is thrown away.
    MARGIN = 12,
    KEPT = 4,
};

struct craster_shrinker {
    int width, height, channels, to_width, to_height;
    struct taps across, down;
    int rows;
    // The last rows, which are added to the sums together: reading and writing the sums is most of the work.
    uint8_t *kept;
    int kept_rows;
    // The sums of the (at most two) rows that are being made, by their number's lowest bit: full rows of the picture.
    float *sums[2];
    // The first row that is not finished.
    int next;
    // Where the picture grows downwards: all rows are being made at once, already narrow.
    float *grown;
    float *narrow;
    uint8_t *pixels;
    int has_avx2;
    // The size stays as it is.
    int is_copy;
};

// MARK: weights

static void taps_free(struct taps *taps) {
    free(taps->windows);
    free(taps->weights);
}

// The triangle over every place that it touches, cut off at the ends.
static int taps_make(struct taps *taps, int from, int to) {
    double scale = (double)from / to, support = scale < 1 ? 1 : scale;
    size_t most = ((size_t)(2 * support) + 6) / 4 * 4, whole = ((size_t)from + 3) / 4 * 4;
    taps->count = to;
    taps->windows = calloc((size_t)to, sizeof *taps->windows);
    taps->weights = calloc((size_t)to * (most < whole ? most : whole), sizeof *taps->weights);
    if (taps->windows == NULL || taps->weights == NULL) return -1;
    size_t used = 0;
    for (int i = 0; i < to; i++) {
        double centre = (i + 0.5) * scale, low = floor(centre - support + 0.5), high = floor(centre + support + 0.5), sum = 0;
        int start = low < 0 ? 0 : (int)low, end = high > from ? from : (int)high;
        taps->windows[i] = (struct window){.start = start, .length = end - start, .padded = (end - start + 3) / 4 * 4, .first_weight = used};
        for (int place = start; place < end; place++) {
            double weight = 1 - fabs((place + 0.5 - centre) / support);
            sum += weight > 0 ? weight : 0;
        }
        for (int place = start; place < end; place++) {
            double weight = 1 - fabs((place + 0.5 - centre) / support);
            taps->weights[used + (size_t)(place - start)] = (float)((weight > 0 ? weight : 0) / sum);
        }
        used += (size_t)taps->windows[i].padded;
    }
    return 0;
}

// MARK: starting and ending

craster_shrinker *craster_new(int width, int height, int channels, int to_width, int to_height) {
    craster_shrinker *shrinker = calloc(1, sizeof *shrinker);
    if (shrinker == NULL) return NULL;
    shrinker->width = width;
    shrinker->height = height;
    shrinker->channels = channels;
    shrinker->to_width = to_width;
    shrinker->to_height = to_height;
    shrinker->is_copy = width == to_width && height == to_height;
#if defined(__x86_64__)
    shrinker->has_avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#endif
    size_t row = (size_t)width * (size_t)channels + MARGIN, to_row = (size_t)to_width * (size_t)channels;
    int failed = taps_make(&shrinker->across, width, to_width) != 0 || taps_make(&shrinker->down, height, to_height) != 0;
    shrinker->narrow = calloc(to_row + MARGIN, sizeof(float));
    shrinker->pixels = calloc(to_row * (size_t)to_height, 1);
    shrinker->sums[0] = calloc(row, sizeof(float));
    if (to_height > height) shrinker->grown = calloc(to_row * (size_t)to_height, sizeof(float));
    else shrinker->sums[1] = calloc(row, sizeof(float));
    if (to_height <= height) shrinker->kept = malloc(KEPT * (size_t)width * (size_t)channels);
    failed = failed || shrinker->narrow == NULL || shrinker->pixels == NULL || shrinker->sums[0] == NULL
        || (shrinker->grown == NULL && (shrinker->sums[1] == NULL || shrinker->kept == NULL));
    if (!failed) return shrinker;
    craster_free(shrinker);
    return NULL;
}

void craster_free(craster_shrinker *shrinker) {
    if (shrinker == NULL) return;
    taps_free(&shrinker->across);
    taps_free(&shrinker->down);
    free(shrinker->sums[0]);
    free(shrinker->sums[1]);
    free(shrinker->kept);
    free(shrinker->grown);
    free(shrinker->narrow);
    free(shrinker->pixels);
    free(shrinker);
}

const uint8_t *craster_pixels(const craster_shrinker *shrinker) { return shrinker->pixels; }

// MARK: rows

static void add(
    const craster_shrinker *shrinker, float *low, const float *first, float *high, const float *second, const uint8_t *const *rows,
    int row_count, size_t count) {
#if defined(__x86_64__)
    if (shrinker->has_avx2) {
        if (row_count == 1) avx2_add1(low, first, high, second, rows, count);
        else if (row_count == 2) avx2_add2(low, first, high, second, rows, count);
        else avx2_add4(low, first, high, second, rows, count);
        return;
    }
#endif
    if (row_count == 1) portable_add1(low, first, high, second, rows, count);
    else if (row_count == 2) portable_add2(low, first, high, second, rows, count);
    else portable_add4(low, first, high, second, rows, count);
}

static void narrow(const craster_shrinker *shrinker, const float *row) {
#if defined(__x86_64__)
    if (shrinker->has_avx2) {
        avx2_across(&shrinker->across, shrinker->channels, row, shrinker->narrow);
        return;
    }
#endif
    portable_across(&shrinker->across, shrinker->channels, row, shrinker->narrow);
}

static void store(const craster_shrinker *shrinker, const float *numbers, int made) {
    size_t count = (size_t)shrinker->to_width * (size_t)shrinker->channels;
    uint8_t *bytes = shrinker->pixels + (size_t)made * count;
#if defined(__x86_64__)
    if (shrinker->has_avx2) {
        avx2_store(numbers, count, bytes);
        return;
    }
#endif
    portable_store(numbers, count, bytes);
}

// The weight of the picture's row in a row to be made, 0 when it has none.
static float weight_in(const craster_shrinker *shrinker, int made, int row) {
    if (made >= shrinker->to_height) return 0;
    const struct window *window = &shrinker->down.windows[made];
    int place = row - window->start;
    return place < 0 || place >= window->length ? 0 : shrinker->down.weights[window->first_weight + (size_t)place];
}

// Whether the next row of the result needs no further row of the picture.
static int ends(const craster_shrinker *shrinker, int y) {
    const struct window *window = &shrinker->down.windows[shrinker->next];
    return window->start + window->length <= y + 1;
}

// Adds the kept rows, the last of which is `y`, to the two rows of the result that they have a share in.
static void add_kept(craster_shrinker *shrinker, int y) {
    size_t count = (size_t)shrinker->width * (size_t)shrinker->channels;
    const uint8_t *rows[KEPT];
    float first[KEPT], second[KEPT];
    for (int i = 0; i < KEPT; i++) {
        // A fourth row that is not there is the first again, with no weight.
        int is_there = i < shrinker->kept_rows, place = is_there ? i : 0;
        rows[i] = shrinker->kept + (size_t)place * count;
        first[i] = is_there ? weight_in(shrinker, shrinker->next, y - shrinker->kept_rows + 1 + i) : 0;
        second[i] = is_there ? weight_in(shrinker, shrinker->next + 1, y - shrinker->kept_rows + 1 + i) : 0;
    }
    add(shrinker, shrinker->sums[shrinker->next & 1], first, shrinker->sums[(shrinker->next + 1) & 1], second, rows, shrinker->kept_rows, count);
    shrinker->kept_rows = 0;
}

// At most two windows overlap where the height shrinks: the next row to be made and the one after it.
static void add_shrinking(craster_shrinker *shrinker, const uint8_t *row, int y) {
    size_t count = (size_t)shrinker->width * (size_t)shrinker->channels;
    if (shrinker->next == shrinker->to_height) return;
    memcpy(shrinker->kept + (size_t)shrinker->kept_rows * count, row, count);
    shrinker->kept_rows++;
    if (shrinker->kept_rows < KEPT && !ends(shrinker, y)) return;
    add_kept(shrinker, y);
    while (shrinker->next < shrinker->to_height && ends(shrinker, y)) {
        float *sum = shrinker->sums[shrinker->next & 1];
        narrow(shrinker, sum);
        store(shrinker, shrinker->narrow, shrinker->next);
        memset(sum, 0, sizeof(float) * count);
        shrinker->next++;
    }
}

static void add_growing(craster_shrinker *shrinker, const uint8_t *row, int y) {
    size_t to_row = (size_t)shrinker->to_width * (size_t)shrinker->channels;
    size_t count = (size_t)shrinker->width * (size_t)shrinker->channels;
    for (size_t i = 0; i < count; i++) shrinker->sums[0][i] = (float)row[i];
    narrow(shrinker, shrinker->sums[0]);
    while (shrinker->next < shrinker->to_height
           && shrinker->down.windows[shrinker->next].start + shrinker->down.windows[shrinker->next].length <= y)
        shrinker->next++;
    for (int made = shrinker->next; made < shrinker->to_height && shrinker->down.windows[made].start <= y; made++) {
        float weight = weight_in(shrinker, made, y);
        float *sum = shrinker->grown + (size_t)made * to_row;
        for (size_t i = 0; i < to_row; i++) sum[i] += weight * shrinker->narrow[i];
        if (shrinker->down.windows[made].start + shrinker->down.windows[made].length == y + 1)
            store(shrinker, sum, made);
    }
}

void craster_add_row(craster_shrinker *shrinker, const uint8_t *row) {
    int y = shrinker->rows;
    if (y >= shrinker->height) return;
    shrinker->rows++;
    size_t count = (size_t)shrinker->width * (size_t)shrinker->channels;
    if (shrinker->is_copy) memcpy(shrinker->pixels + (size_t)y * count, row, count);
    else if (shrinker->grown != NULL) add_growing(shrinker, row, y);
    else add_shrinking(shrinker, row, y);
}
