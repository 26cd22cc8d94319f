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

// Readable numbers behind a row: three pixels of padding, and the lane that is thrown away.
enum { MARGIN = 12 };

struct craster_shrinker {
    int width, height, channels, to_width, to_height;
    struct taps across, down;
    int rows;
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
    shrinker->narrow = calloc(to_row, sizeof(float));
    shrinker->pixels = calloc(to_row * (size_t)to_height, 1);
    shrinker->sums[0] = calloc(row, sizeof(float));
    if (to_height > height) shrinker->grown = calloc(to_row * (size_t)to_height, sizeof(float));
    else shrinker->sums[1] = calloc(row, sizeof(float));
    failed = failed || shrinker->narrow == NULL || shrinker->pixels == NULL || shrinker->sums[0] == NULL
        || (shrinker->grown == NULL && shrinker->sums[1] == NULL);
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
    free(shrinker->grown);
    free(shrinker->narrow);
    free(shrinker->pixels);
    free(shrinker);
}

const uint8_t *craster_pixels(const craster_shrinker *shrinker) { return shrinker->pixels; }

// MARK: rows

static void add(const craster_shrinker *shrinker, float *low, float first, float *high, float second, const uint8_t *row) {
    size_t count = (size_t)shrinker->width * (size_t)shrinker->channels;
#if defined(__x86_64__)
    if (shrinker->has_avx2) {
        avx2_add(low, first, high, second, row, count);
        return;
    }
#endif
    portable_add(low, first, high, second, row, count);
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

static void store(const float *numbers, size_t count, uint8_t *bytes) {
    for (size_t i = 0; i < count; i++) {
        float value = numbers[i] + 0.5f;
        bytes[i] = value >= 255 ? 255 : value <= 0 ? 0 : (uint8_t)value;
    }
}

// The weight of the picture's row in a row to be made, 0 when it has none.
static float weight_in(const craster_shrinker *shrinker, int made, int row) {
    if (made >= shrinker->to_height) return 0;
    const struct window *window = &shrinker->down.windows[made];
    int place = row - window->start;
    return place < 0 || place >= window->length ? 0 : shrinker->down.weights[window->first_weight + (size_t)place];
}

// At most two windows overlap where the height shrinks: the next row to be made and the one after it.
static void add_shrinking(craster_shrinker *shrinker, const uint8_t *row, int y) {
    int low = shrinker->next, high = low + 1;
    float first = weight_in(shrinker, low, y), second = weight_in(shrinker, high, y);
    add(shrinker, first == 0 ? NULL : shrinker->sums[low & 1], first, second == 0 ? NULL : shrinker->sums[high & 1], second, row);
    while (shrinker->next < shrinker->to_height) {
        const struct window *window = &shrinker->down.windows[shrinker->next];
        if (window->start + window->length > y + 1) return;
        size_t to_row = (size_t)shrinker->to_width * (size_t)shrinker->channels;
        float *sum = shrinker->sums[shrinker->next & 1];
        narrow(shrinker, sum);
        store(shrinker->narrow, to_row, shrinker->pixels + (size_t)shrinker->next * to_row);
        memset(sum, 0, sizeof(float) * (size_t)shrinker->width * (size_t)shrinker->channels);
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
            store(sum, to_row, shrinker->pixels + (size_t)made * to_row);
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
