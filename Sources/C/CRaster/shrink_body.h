// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The two inner loops, compiled once for each kind of processor: SHRINK_TARGET is its attribute, SHRINK_NAME names the functions.

// low[i] += first * row[i]; high[i] += second * row[i]. Either sum may be NULL.
SHRINK_TARGET static void SHRINK_NAME(add)(
    float *restrict low, float first, float *restrict high, float second, const uint8_t *restrict row, size_t count) {
    if (low != NULL && high != NULL) {
        for (size_t i = 0; i < count; i++) {
            float value = (float)row[i];
            low[i] += first * value;
            high[i] += second * value;
        }
    } else if (low != NULL || high != NULL) {
        float *restrict sum = low != NULL ? low : high;
        float weight = low != NULL ? first : second;
        for (size_t i = 0; i < count; i++) sum[i] += weight * (float)row[i];
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
            // Three of the four lanes are the pixel's channels, the fourth is the next pixel's first and is thrown away.
            SHRINK_NAME(v4) even = {0}, odd = {0};
            for (; weights < end; weights += 4, from += 12) {
                even += *(const SHRINK_NAME(v4) *)from * weights[0];
                odd += *(const SHRINK_NAME(v4) *)(from + 3) * weights[1];
                even += *(const SHRINK_NAME(v4) *)(from + 6) * weights[2];
                odd += *(const SHRINK_NAME(v4) *)(from + 9) * weights[3];
            }
            even += odd;
            for (int channel = 0; channel < 3; channel++) to[3 * column + channel] = even[channel];
        } else {
            SHRINK_NAME(v4) sum = {0};
            for (; weights < end; weights += 4, from += 4)
                sum += *(const SHRINK_NAME(v4) *)from * *(const SHRINK_NAME(v4) *)weights;
            to[column] = (sum[0] + sum[1]) + (sum[2] + sum[3]);
        }
    }
}

#undef SHRINK_TARGET
#undef SHRINK_NAME
