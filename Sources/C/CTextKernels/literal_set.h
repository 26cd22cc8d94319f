// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// What building and scanning share.

#ifndef HAECHI_LITERAL_SET_H
#define HAECHI_LITERAL_SET_H

#include <string.h>

#include "literal_kernel.h"

enum {
    // Literals of this length and more are filtered by six bytes of their window, literals of four and five bytes by four.
    literal_long = 6,
    literal_middle = 4,
    literal_most_stride = 3,
    // The second filter looks at so many bytes.
    literal_prefix = 8,
    // The window that a literal is known by begins at most so far inside it.
    literal_most_reach = 16,
    // So many labels are compared at once; the array of labels is longer by as many.
    literal_label_block = 16,
};

// The literals that end in one state, and the record of the nearest shorter ending; record 0 is "none".
typedef struct {
    uint32_t first;
    uint32_t count;
    uint32_t next;
    uint32_t length;
} literal_record;

struct haechi_literals {
    uint32_t count;
    uint32_t states;
    uint32_t records;
    size_t bytes;

    // The trie in breadth-first order, so that the children of a state are neighbours: first_child[s] to first_child[s + 1], by label.
    uint32_t *first_child;
    uint8_t *label;
    uint32_t *failure;
    uint32_t *output;
    uint16_t *depth;
    literal_record *record;
    // Numbers of literals, sorted by their bytes.
    uint32_t *order;
    uint32_t root[256];

    // A literal is known by a window of up to eight bytes, at a place of its own that is at most `reach` from its beginning.
    uint32_t reach;
    // First filters; NULL when no literal needs one. `windows`: six bytes. `quads`: four. `pairs`: exact, for up to three bytes.
    // A byte each: one load and one `or` a question, where a bit would take twice as many instructions.
    uint8_t *windows, *quads, *pairs;
    uint32_t window_shift, quad_shift;
    uint32_t stride;
    // Second filter, over the whole window of min(length, 8) bytes; bit n of `lengths`: there is a window of n bytes.
    uint32_t *prefixes;
    uint32_t prefix_shift;
    uint32_t lengths;
};

// The first `length` (1 to 8) bytes as a number, little endian.
static inline uint64_t literal_bytes(const uint8_t *at, size_t length) {
    uint64_t value = 0;
    memcpy(&value, at, length);
#if defined(__BYTE_ORDER__) && __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    value = __builtin_bswap64(value);
#endif
    return value;
}

static inline uint32_t literal_load32(const uint8_t *at) {
    uint32_t value;
    memcpy(&value, at, sizeof value);
    return value;
}

static inline uint32_t literal_load16(const uint8_t *at) { return (uint32_t)at[0] | (uint32_t)at[1] << 8; }

static inline uint32_t literal_hash(uint32_t value, uint32_t shift) { return (value * 0x9E3779B1u) >> shift; }

// Of the first six of eight bytes.
static inline uint32_t literal_window_hash(const uint8_t *at, uint32_t shift) {
    return (uint32_t)(((literal_bytes(at, 8) << 16) * 0x9E3779B97F4A7C15u) >> (32 + shift));
}

static inline uint32_t literal_prefix_hash(uint64_t value, uint32_t length, uint32_t shift) {
    return (uint32_t)(((value ^ (uint64_t)length << 59) * 0x9E3779B97F4A7C15u) >> (32 + shift));
}

static inline int literal_bit(const uint32_t *map, uint32_t place) { return (int)(map[place >> 5] >> (place & 31)) & 1; }

// The child of a state by a byte, 0 if there is none (the root is nobody's child).
uint32_t literal_child(const struct haechi_literals *set, uint32_t state, uint8_t byte);

#endif
