// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The two inner loops, compiled once for each kind of processor: SHRINK_TARGET is its attribute, SHRINK_NAME names the functions.

// low[i] and high[i] grow by the sums over the rows of first[row] * rows[row][i] and second[row] * rows[row][i].
SHRINK_TARGET static void SHRINK_NAME(add1)(
    float *restrict low, const float *first, float *restrict high, const float *second, const uint8_t *const *rows, size_t count) {
    const uint8_t *restrict row = rows[0];
    float a = first[0], b = second[0];
    for (size_t i = 0; i < count; i++) {
        float value = (float)row[i];
        low[i] += a * value;
        high[i] += b * value;
    }
}

SHRINK_TARGET static void SHRINK_NAME(add2)(
    float *restrict low, const float *first, float *restrict high, const float *second, const uint8_t *const *rows, size_t count) {
    const uint8_t *restrict row0 = rows[0], *restrict row1 = rows[1];
    float a0 = first[0], a1 = first[1], b0 = second[0], b1 = second[1];
    for (size_t i = 0; i < count; i++) {
        float value0 = (float)row0[i], value1 = (float)row1[i];
        low[i] += a0 * value0 + a1 * value1;
        high[i] += b0 * value0 + b1 * value1;
    }
}

SHRINK_TARGET static void SHRINK_NAME(add4)(
    float *restrict low, const float *first, float *restrict high, const float *second, const uint8_t *const *rows, size_t count) {
    const uint8_t *restrict row0 = rows[0], *restrict row1 = rows[1], *restrict row2 = rows[2], *restrict row3 = rows[3];
    float a0 = first[0], a1 = first[1], a2 = first[2], a3 = first[3];
    float b0 = second[0], b1 = second[1], b2 = second[2], b3 = second[3];
    for (size_t i = 0; i < count; i++) {
        float value0 = (float)row0[i], value1 = (float)row1[i], value2 = (float)row2[i], value3 = (float)row3[i];
        low[i] += a0 * value0 + a1 * value1 + (a2 * value2 + a3 * value3);
        high[i] += b0 * value0 + b1 * value1 + (b2 * value2 + b3 * value3);
    }
}

typedef float SHRINK_NAME(v4) __attribute__((vector_size(16), aligned(4)));

// One row of sums becomes `taps->count` pixels: numbers, not yet rounded. Windows are whole fours, so up to MARGIN numbers behind the
// row are read, with the weight 0.
SHRINK_TARGET static void SHRINK_NAME(across)(const struct taps *taps, int channels, const float *restrict row, float *restrict to) {
    const struct window *window = taps->windows;
    for (int column = 0; column < taps->count; column++, window++) {
        const float *weights = taps->weights + window->first_weight;
        const float *end = weights + window->padded;
        const float *from = row + (size_t)window->start * (size_t)channels;
        if (channels == 3) {
            // Three of the four lanes are the pixel's channels, the fourth is the next pixel's first: written too, and then overwritten.
            SHRINK_NAME(v4) even = *(const SHRINK_NAME(v4) *)from * weights[0] + *(const SHRINK_NAME(v4) *)(from + 6) * weights[2];
            SHRINK_NAME(v4) odd = *(const SHRINK_NAME(v4) *)(from + 3) * weights[1] + *(const SHRINK_NAME(v4) *)(from + 9) * weights[3];
            for (weights += 4, from += 12; weights < end; weights += 4, from += 12) {
                even += *(const SHRINK_NAME(v4) *)from * weights[0];
                odd += *(const SHRINK_NAME(v4) *)(from + 3) * weights[1];
                even += *(const SHRINK_NAME(v4) *)(from + 6) * weights[2];
                odd += *(const SHRINK_NAME(v4) *)(from + 9) * weights[3];
            }
            *(SHRINK_NAME(v4) *)(to + 3 * column) = even + odd;
        } else {
            SHRINK_NAME(v4) sum = {0};
            for (; weights < end; weights += 4, from += 4)
                sum += *(const SHRINK_NAME(v4) *)from * *(const SHRINK_NAME(v4) *)weights;
            to[column] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
    }
}

SHRINK_TARGET static void SHRINK_NAME(store)(const float *restrict numbers, size_t count, uint8_t *restrict bytes) {
    for (size_t i = 0; i < count; i++) {
        float value = numbers[i] + 0.5f;
        value = value > 255 ? 255 : value;
        value = value < 0 ? 0 : value;
        bytes[i] = (uint8_t)(int)value;
    }
}

#undef SHRINK_TARGET
#undef SHRINK_NAME
