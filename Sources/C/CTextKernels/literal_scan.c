// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The filter looks for the next place where a literal's window may begin; the automaton takes over as far before it as a literal
// may begin, and gives back as soon as what it follows is so short that the filter judges it faster.

#include "literal_set.h"

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

// Prefixes up to this long are handed back to the filter, which reads them again. Small, so that time stays linear.
enum { handed_back = 3 };

static inline uint32_t child_of(const haechi_literals *set, uint32_t state, uint8_t byte) {
    uint32_t low = set->first_child[state], high = set->first_child[state + 1];
    if (high - low <= 1) return high > low && set->label[low] == byte ? low : 0;
#if defined(__SSE2__)
    __m128i wanted = _mm_set1_epi8((char)byte);
    for (; low < high; low += literal_label_block) {
        __m128i labels = _mm_loadu_si128((const __m128i *)(set->label + low));
        unsigned equal = (unsigned)_mm_movemask_epi8(_mm_cmpeq_epi8(labels, wanted));
        if (high - low < literal_label_block) equal &= (1u << (high - low)) - 1;
        if (equal) return low + (uint32_t)__builtin_ctz(equal);
    }
    return 0;
#else
    return literal_child(set, state, byte);
#endif
}

// Whether a window may begin here, by up to eight bytes.
static inline int may_begin(const haechi_literals *set, const uint8_t *text, size_t length, size_t at) {
    size_t left = length - at;
    uint64_t value = left >= literal_prefix ? literal_bytes(text + at, literal_prefix) : literal_bytes(text + at, left);
    for (uint32_t lengths = set->lengths; lengths; lengths &= lengths - 1) {
        uint32_t prefix = (uint32_t)__builtin_ctz(lengths);
        if (prefix > left) return 0;
        uint64_t masked = prefix == 8 ? value : value & (((uint64_t)1 << (8 * prefix)) - 1);
        if (literal_bit(set->prefixes, literal_prefix_hash(masked, prefix, set->prefix_shift))) return 1;
    }
    return 0;
}

enum { with_quads = 1, with_pairs = 2 };

static inline __attribute__((always_inline)) int short_hit(const haechi_literals *set, const uint8_t *at, const int kinds) {
    int hit = 0;
    if (kinds & with_quads) hit |= set->quads[literal_hash(literal_load32(at), set->quad_shift)];
    if (kinds & with_pairs) hit |= set->pairs[literal_load16(at)];
    return hit;
}

// The first of the `stride` beginnings up to `last` (none before `from`) that both filters let pass, or `length`.
static inline __attribute__((always_inline)) size_t begin_near(const haechi_literals *set, const uint8_t *text, size_t length,
    size_t from, size_t last, const size_t stride, const int kinds) {
    int hit = set->windows[literal_window_hash(text + last, set->window_shift)];
    size_t first = last < from + stride - 1 ? from : last - (stride - 1);
    for (size_t begin = first; begin <= last; begin++)
        if ((hit || (kinds && short_hit(set, text + begin, kinds))) && may_begin(set, text, length, begin)) return begin;
    return length;
}

// The first place from `from` on where a window may begin, or `length`. Six bytes at a place speak for the `stride` beginnings up to it.
static inline __attribute__((always_inline)) size_t next_begin(
    const haechi_literals *set, const uint8_t *text, size_t length, size_t from, const size_t stride, const int kinds) {
    const uint8_t *windows = set->windows;
    const uint32_t shift = set->window_shift;
    size_t at = from;
    // Eight windows at once; the last one ends inside the text.
    while (windows && length >= 8 * stride + 8 && at <= length - 8 * stride - 8) {
        uint32_t any = 0;
#pragma GCC unroll 8
        for (size_t window = 0; window < 8; window++) any |= windows[literal_window_hash(text + at + window * stride, shift)];
        if (kinds) {
#pragma GCC unroll 24
            for (size_t begin = 0; begin < 8 * stride; begin++) any |= (uint32_t)short_hit(set, text + at + begin, kinds);
        }
        // One of them, rarely: which, is asked again. The last short ones belong to the window after these eight.
        for (size_t last = at; any && last <= at + 8 * stride; last += stride) {
            size_t begin = begin_near(set, text, length, from, last, stride, kinds);
            if (begin < length) return begin;
        }
        at += 8 * stride;
    }
    // One by one, as long as a window fits.
    for (; windows && at + 8 <= length; at += stride) {
        size_t begin = begin_near(set, text, length, from, at, stride, kinds);
        if (begin < length) return begin;
    }
    // What is left, and the beginnings that the next window would have spoken for.
    size_t begin = at < from + stride - 1 ? from : at - (stride - 1);
    for (; begin < length; begin++)
        if (may_begin(set, text, length, begin)) return begin;
    return length;
}

// For sets without long literals.
static inline __attribute__((always_inline)) size_t next_short(
    const haechi_literals *set, const uint8_t *text, size_t length, size_t from, const int kinds) {
    size_t at = from;
    for (; at + 4 <= length; at++)
        if (short_hit(set, text + at, kinds) && may_begin(set, text, length, at)) return at;
    for (; at < length; at++)
        if (may_begin(set, text, length, at)) return at;
    return length;
}

// One loop for each kind of set, so that none asks for what it has not.
static size_t find_begin(const haechi_literals *set, const uint8_t *text, size_t length, size_t from) {
    int kinds = (set->quads ? with_quads : 0) | (set->pairs ? with_pairs : 0);
    switch ((set->windows ? (int)set->stride : 0) << 2 | kinds) {
    case 0 << 2 | 1: return next_short(set, text, length, from, 1);
    case 0 << 2 | 2: return next_short(set, text, length, from, 2);
    case 0 << 2 | 3: return next_short(set, text, length, from, 3);
    case 1 << 2 | 0: return next_begin(set, text, length, from, 1, 0);
    case 1 << 2 | 1: return next_begin(set, text, length, from, 1, 1);
    case 1 << 2 | 2: return next_begin(set, text, length, from, 1, 2);
    case 1 << 2 | 3: return next_begin(set, text, length, from, 1, 3);
    case 2 << 2 | 0: return next_begin(set, text, length, from, 2, 0);
    case 2 << 2 | 1: return next_begin(set, text, length, from, 2, 1);
    case 2 << 2 | 2: return next_begin(set, text, length, from, 2, 2);
    case 2 << 2 | 3: return next_begin(set, text, length, from, 2, 3);
    case 3 << 2 | 0: return next_begin(set, text, length, from, 3, 0);
    case 3 << 2 | 1: return next_begin(set, text, length, from, 3, 1);
    case 3 << 2 | 2: return next_begin(set, text, length, from, 3, 2);
    default: return next_begin(set, text, length, from, 3, 3);
    }
}

// Moves on to the next place where a literal ends and returns its record; 0 at the end of the text.
//
// What is always so: whatever ends before `told` has been told, and whatever is still to be told begins at `resume` or later.
static inline uint32_t next_ending(const haechi_literals *set, const uint8_t *text, size_t length, haechi_literal_cursor *cursor) {
    size_t position = cursor->position, window = cursor->window, told = cursor->told;
    uint32_t state = cursor->state, record = 0;
    int inside = (int)cursor->inside;
    while (!record) {
        if (!inside) {
            size_t resume = position;
            window = find_begin(set, text, length, resume);
            if (window >= length) {
                position = length;
                break;
            }
            position = window - resume > set->reach ? window - set->reach : resume;
            state = 0;
            inside = 1;
        }
        if (position >= length) break;
        uint8_t byte = text[position++];
        uint32_t next = 0;
        while (state && !(next = child_of(set, state, byte))) state = set->failure[state];
        state = next ? next : set->root[byte];
        // What ended in bytes that are read again has been told.
        record = position > told ? set->output[state] : 0;
        uint32_t depth = set->depth[state];
        if (depth <= handed_back && position - depth > window && !record) {
            inside = 0;
            if (position > told) told = position;
            position -= depth;
        }
    }
    cursor->position = position;
    cursor->window = window;
    cursor->told = told;
    cursor->state = state;
    cursor->inside = (uint32_t)inside;
    return record;
}

size_t haechi_literals_find(const haechi_literals *set, const uint8_t *text, size_t length, haechi_literal_cursor *cursor,
    haechi_literal_match *matches, size_t capacity) {
    size_t found = 0;
    if (set->count == 0) return 0;
    while (found < capacity) {
        if (!cursor->record) {
            cursor->taken = 0;
            if (!(cursor->record = next_ending(set, text, length, cursor))) break;
        }
        const literal_record *record = &set->record[cursor->record];
        for (; cursor->taken < record->count && found < capacity; cursor->taken++) {
            uint32_t literal = set->order[record->first + cursor->taken];
            matches[found++] = (haechi_literal_match){cursor->position, literal, record->length};
        }
        if (cursor->taken == record->count) {
            cursor->record = record->next;
            cursor->taken = 0;
        }
    }
    return found;
}

int haechi_literals_mark(const haechi_literals *set, const uint8_t *text, size_t length, uint64_t *bits) {
    haechi_literal_cursor cursor = {0};
    int any = 0;
    if (set->count == 0) return 0;
    for (uint32_t number; (number = next_ending(set, text, length, &cursor));) {
        any = 1;
        while (number) {
            const literal_record *record = &set->record[number];
            uint32_t first = set->order[record->first];
            // Whoever set this bit has set those of all shorter endings too.
            if (bits[first >> 6] >> (first & 63) & 1) break;
            for (uint32_t taken = 0; taken < record->count; taken++) {
                uint32_t literal = set->order[record->first + taken];
                bits[literal >> 6] |= (uint64_t)1 << (literal & 63);
            }
            number = record->next;
        }
    }
    return any;
}
