// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Thousands of byte strings found in one pass over a text, overlapping ones too.
//
// Two things work together. An automaton (Aho and Corasick) in 15 bytes a state says exactly what ends where, and never goes
// back in the text. A filter before it looks for windows of up to eight bytes, one of each literal, wherever in it they are
// rarest: a bitmap over four of them that is asked only at every `stride`-th place, then a second one over all. Most places of most
// texts never reach the automaton.

#ifndef HAECHI_LITERAL_KERNEL_H
#define HAECHI_LITERAL_KERNEL_H

#include <stddef.h>
#include <stdint.h>

enum { haechi_longest_literal = 65535 };

typedef struct haechi_literals haechi_literals;

/// Literal number `literal` ends before byte `end`.
typedef struct {
    uint64_t end;
    uint32_t literal;
    uint32_t length;
} haechi_literal_match;

/// Where a scan stands; all zero at the beginning. Only the scan itself changes it.
typedef struct {
    uint64_t position;
    uint64_t window;
    uint64_t told;
    uint32_t state;
    uint32_t record;
    uint32_t taken;
    uint32_t inside;
} haechi_literal_cursor;

/// Prepares `count` literals: literal i is bytes[offsets[i]] to bytes[offsets[i + 1]]. Empty ones and ones longer than
/// `haechi_longest_literal` are never found. NULL when there is no memory or there are more than 2^31 bytes.
haechi_literals *haechi_literals_create(const uint8_t *bytes, const uint64_t *offsets, uint32_t count);
void haechi_literals_destroy(haechi_literals *set);

/// Bytes of memory that the set takes.
size_t haechi_literals_bytes(const haechi_literals *set);
uint32_t haechi_literals_states(const haechi_literals *set);

/// Writes matches in the order in which they end, longest first, at most `capacity`; call again with the same cursor until it returns
/// fewer than that. Allocates nothing.
size_t haechi_literals_find(const haechi_literals *set, const uint8_t *text, size_t length, haechi_literal_cursor *cursor,
    haechi_literal_match *matches, size_t capacity);

/// Sets bit i of `bits` for each literal i that is in the text. `bits` has room for all literals in words of 64, and is zero or what
/// earlier calls with this set left. Time is in proportion to the text and the literals found for the first time. Returns whether
/// any was found.
int haechi_literals_mark(const haechi_literals *set, const uint8_t *text, size_t length, uint64_t *bits);

#endif
