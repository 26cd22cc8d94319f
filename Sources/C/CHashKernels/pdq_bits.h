// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// From 64 x 64 luminances to the bits. Part of pdq_body.h.

INLINE int32_t sum_of(v8i x) {
    int32_t sum = 0;
    for (int i = 0; i < 8; i++) sum += x[i];
    return sum;
}

INLINE v8i steps(v8 one, v8 other) {
    v8i difference = __builtin_convertvector(((one - other) * splat(100)) / splat(255), v8i);
    v8i sign = difference >> 31;
    return (difference ^ sign) - sign;
}

INLINE int32_t quality(const float *block) {
    v8i sum = {0};
    for (int row = 0; row + 1 < PDQ_BLOCK; row++) {
        for (int column = 0; column < PDQ_BLOCK; column += 8) {
            const float *here = block + row * PDQ_BLOCK + column;
            sum += steps(load(here), load(here + PDQ_BLOCK));
        }
    }
    // The neighbour to the right of the last column is left out.
    const v8i all_but_last = {-1, -1, -1, -1, -1, -1, -1, 0};
    for (int row = 0; row < PDQ_BLOCK; row++) {
        for (int column = 0; column < PDQ_BLOCK; column += 8) {
            const float *here = block + row * PDQ_BLOCK + column;
            if (column + 8 < PDQ_BLOCK) {
                sum += steps(load(here), load(here + 1));
            } else {
                v8 own = load(here);
                sum += steps(own, __builtin_shufflevector(own, own, 1, 2, 3, 4, 5, 6, 7, 7)) & all_but_last;
            }
        }
    }
    int32_t scaled = sum_of(sum) / 90;
    return scaled < 100 ? scaled : 100;
}

INLINE v8 smaller(v8 a, v8 b) { return (v8)(((v8i)a & (a < b)) | ((v8i)b & ~(a < b))); }
INLINE v8 larger(v8 a, v8 b) { return (v8)(((v8i)a & (a > b)) | ((v8i)b & ~(a > b))); }

INLINE float smallest_of(v8 x) {
    float result = x[0];
    for (int i = 1; i < 8; i++) result = x[i] < result ? x[i] : result;
    return result;
}

INLINE float largest_of(v8 x) {
    float result = x[0];
    for (int i = 1; i < 8; i++) result = x[i] > result ? x[i] : result;
    return result;
}

// The lower median of 256 values by bisection between the extremes (Torben Mogensen's method). A sort would give another value
// where the bisection ends between two equal halves, so this loop is part of the hash.
FUNCTION float median(const v8 *values) {
    enum { vectors = PDQ_SIDE * PDQ_SIDE / 8, half = PDQ_SIDE * PDQ_SIDE / 2 };
    v8 low = values[0], high = values[0];
    for (int i = 1; i < vectors; i++) {
        low = smaller(values[i], low);
        high = larger(values[i], high);
    }
    float lowest = smallest_of(low), highest = largest_of(high);
    for (;;) {
        float guess = (lowest + highest) / 2;
        v8 middle = splat(guess);
        v8 below = splat(lowest), above = splat(highest);
        v8i less = {0}, greater = {0};
        for (int i = 0; i < vectors; i++) {
            v8i is_less = values[i] < middle, is_greater = values[i] > middle;
            less -= is_less;
            greater -= is_greater;
            below = larger((v8)(((v8i)values[i] & is_less) | ((v8i)below & ~is_less)), below);
            above = smaller((v8)(((v8i)values[i] & is_greater) | ((v8i)above & ~is_greater)), above);
        }
        int32_t count_less = sum_of(less), count_greater = sum_of(greater);
        if (count_less <= half && count_greater <= half) {
            if (count_less >= half) return largest_of(below);
            return 2 * half - count_greater >= half ? guess : smallest_of(above);
        }
        if (count_less > count_greater) highest = largest_of(below);
        else lowest = smallest_of(above);
    }
}

INLINE void bits_above(const v8 *values, float threshold, uint64_t words[4]) {
    const v8i weights = {1, 2, 4, 8, 16, 32, 64, 128};
    for (int word = 0; word < 4; word++) {
        uint64_t bits = 0;
        for (int i = 0; i < 8; i++) {
            bits |= (uint64_t)(uint32_t)sum_of((values[word * 8 + i] > splat(threshold)) & weights) << (8 * i);
        }
        words[word] = bits;
    }
}

// `D A Dt` with 32-bit sums, each in the order of its summation index.
INLINE void transform(const pdq_workspace *w, const float *block, v8 *coefficients) {
    v8 half[PDQ_SIDE][PDQ_BLOCK / 8];
    for (int row = 0; row < PDQ_SIDE; row += 2) {
        v8 one[PDQ_BLOCK / 8], two[PDQ_BLOCK / 8];
        // Half of the columns at a time, so that the sums stay in registers.
        for (int part = 0; part < 2; part++) {
            for (int i = 0; i < 4; i++) one[i] = two[i] = splat(0);
            for (int k = 0; k < PDQ_BLOCK; k++) {
                v8 factor_one = splat(w->matrix[row * PDQ_BLOCK + k]), factor_two = splat(w->matrix[(row + 1) * PDQ_BLOCK + k]);
                for (int i = 0; i < 4; i++) {
                    v8 x = load(block + k * PDQ_BLOCK + part * 32 + i * 8);
                    one[i] += factor_one * x;
                    two[i] += factor_two * x;
                }
            }
            for (int i = 0; i < 4; i++) {
                half[row][part * 4 + i] = one[i];
                half[row + 1][part * 4 + i] = two[i];
            }
        }
    }
    for (int row = 0; row < PDQ_SIDE; row++) {
        const float *values = (const float *)half[row];
        v8 left = splat(0), right = splat(0);
        for (int k = 0; k < PDQ_BLOCK; k++) {
            v8 value = splat(values[k]);
            left += value * load(w->transposed + k * PDQ_SIDE);
            right += value * load(w->transposed + k * PDQ_SIDE + 8);
        }
        coefficients[row * 2] = left;
        coefficients[row * 2 + 1] = right;
    }
}

// Turning or mirroring a picture transposes its transform and changes signs.
FUNCTION void hash_block(const pdq_workspace *w, const float *block, pdq_result *result) {
    v8 plain[32], across[32];
    result->quality = quality(block);
    transform(w, block, plain);
    for (int rows = 0; rows < 2; rows++) {
        for (int columns = 0; columns < 2; columns++) {
            v8 x[8];
            for (int i = 0; i < 8; i++) x[i] = plain[(rows * 8 + i) * 2 + columns];
            transpose(x);
            for (int i = 0; i < 8; i++) across[(columns * 8 + i) * 2 + rows] = x[i];
        }
    }
    // Which signs change: those of even columns, of even rows, of places whose row and column add to an odd number.
    const v8i sign = {INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN, INT32_MIN};
    const v8i even = {INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0, INT32_MIN, 0};
    v8 even_columns[32], even_rows[32], odd_sums[32], turned[32];
    for (int i = 0; i < 32; i++) {
        bool even_row = (i / 2) % 2 == 0;
        even_columns[i] = (v8)((v8i)plain[i] ^ even);
        even_rows[i] = even_row ? (v8)((v8i)plain[i] ^ sign) : plain[i];
        odd_sums[i] = (v8)((v8i)plain[i] ^ (even_row ? even ^ sign : even));
    }
    // The median does not depend on the order of the values, so four serve for eight.
    float middle = median(plain), middle_columns = median(even_columns), middle_rows = median(even_rows),
          middle_sums = median(odd_sums);
    bits_above(plain, middle, result->words[0]);
    bits_above(odd_sums, middle_sums, result->words[2]);
    bits_above(even_rows, middle_rows, result->words[4]);
    bits_above(even_columns, middle_columns, result->words[5]);
    bits_above(across, middle, result->words[6]);
    // Transposed: even columns have become even rows.
    for (int i = 0; i < 32; i++) turned[i] = (i / 2) % 2 == 0 ? (v8)((v8i)across[i] ^ sign) : across[i];
    bits_above(turned, middle_columns, result->words[1]);
    for (int i = 0; i < 32; i++) turned[i] = (v8)((v8i)across[i] ^ even);
    bits_above(turned, middle_rows, result->words[3]);
    for (int i = 0; i < 32; i++) turned[i] = (v8)((v8i)across[i] ^ ((i / 2) % 2 == 0 ? even ^ sign : even));
    bits_above(turned, middle_sums, result->words[7]);
}
