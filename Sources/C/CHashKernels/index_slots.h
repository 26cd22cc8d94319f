// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Shared by building and searching: slot values, and the directory's cache lines.

#ifndef HAECHI_INDEX_SLOTS_H
#define HAECHI_INDEX_SLOTS_H

#include <stddef.h>
#include <string.h>

#include "include/index_kernel.h"

#define INLINE static inline __attribute__((always_inline))

// A directory line of 64 bytes serves 32 neighbouring values: a 4-byte base, then for each value the 15-bit end of its
// entries counted from the base. A group of more entries than that has its base replaced by OVERFLOWN plus the number of
// its row of 33 absolute places in the overflow table.
enum { group_bits = 5, group_size = 32, line_bytes = 64, end_bits = 15, end_limit = 32767, overflow_row = 33 };
#define OVERFLOWN 0x80000000u

typedef struct {
    uint32_t start;
    uint32_t end;
} entry_range;

INLINE entry_range line_range(const haechi_slot *slot, const uint8_t *line, uint32_t value) {
    uint32_t base;
    memcpy(&base, line, 4);
    if (__builtin_expect(base & OVERFLOWN, 0)) {
        uint32_t row = base & ~OVERFLOWN;
        if (row >= slot->overflow_count) {
            return (entry_range){0, 0};
        }
        const uint32_t *places = slot->overflow + (size_t)row * overflow_row + value;
        return (entry_range){places[0], places[1]};
    }
    // The end before this value's and its own lie side by side; the eight bytes never reach over the line.
    uint32_t bit = 17 + end_bits * value;
    uint32_t byte = bit >> 3 < 56 ? bit >> 3 : 56;
    uint64_t word;
    memcpy(&word, line + byte, 8);
    word >>= bit - byte * 8;
    uint32_t start = value == 0 ? 0 : (uint32_t)word & end_limit;
    return (entry_range){base + start, base + ((uint32_t)(word >> end_bits) & end_limit)};
}

/// Reads places in ascending positions: where in the bits the last one was found.
typedef struct {
    uint64_t bit;
    uint32_t position;
} place_cursor;

/// A cursor before the first entry of a value.
INLINE place_cursor first_place(const haechi_segment *segment, uint32_t start, uint32_t value) {
    return (place_cursor){start + (uint64_t)value * segment->high_count, start};
}

/// The place of the entry at `position` of `value`; positions may be skipped but never go back.
INLINE uint32_t next_place(
    const haechi_segment *segment, const haechi_slot *slot, place_cursor *cursor, uint32_t value, uint32_t position) {
    if (slot->wide != NULL) {
        return slot->wide[position];
    }
    if (slot->lows == NULL) {
        return position;
    }
    if (segment->high_count == 1) {
        return slot->lows[position];
    }
    // Find the set bit that has as many set ones after the cursor as positions are skipped. A damaged table may have too
    // few: stop behind the value's bits.
    uint32_t skip = position - cursor->position;
    uint64_t at = cursor->bit / 64;
    uint64_t last = (position + (uint64_t)(value + 1) * segment->high_count) / 64;
    uint64_t word = slot->highs[at] & (~0ull << (cursor->bit % 64));
    while (1) {
        uint32_t set = (uint32_t)__builtin_popcountll(word);
        if (skip < set) {
            break;
        }
        if (at >= last) {
            return UINT32_MAX;
        }
        skip -= set;
        word = slot->highs[++at];
    }
    while (skip > 0) {
        word &= word - 1;
        skip--;
    }
    uint64_t bit = at * 64 + (uint64_t)__builtin_ctzll(word);
    cursor->bit = bit + 1;
    cursor->position = position + 1;
    return (uint32_t)(bit - position - (uint64_t)value * segment->high_count) << 16 | slot->lows[position];
}

/// The values of all slots of one hash, `slot_count` of them.
typedef void (*slot_reader)(const haechi_slot *slots, uint32_t slot_count, const uint64_t *hash, uint32_t *values);
slot_reader haechi_slot_reader(void);

/// The value of one slot for many hashes.
typedef void (*column_reader)(const haechi_slot *slot, const uint64_t *hashes, uint64_t count, uint32_t *values);
column_reader haechi_column_reader(void);

/// Fills thresholds and costs of an opened segment.
void haechi_plan(haechi_segment *segment);

#endif
