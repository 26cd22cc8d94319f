// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// One immutable segment of the Hamming index: how it lies in memory and in its file, how it is built and searched.
//
// The 256 bits are dealt to slots. A segment has, for every slot, its entries in the order of their slot value: a directory
// that says where each value's entries are, 16 check bits an entry (of the slot that follows, in a ring) and the entry's
// place among the hashes. The hashes themselves lie in the order of slot 0. All numbers are little endian.
//
// A place takes about 18 bits: the low 16 are kept as they are. One value's places ascend, so their high parts need little
// more than a bit each: the entry at position p (counted over the whole slot) of value v with high part h has the bit
// p + v * highs + h set, where `highs` is how many high parts there are.

#ifndef HAECHI_INDEX_KERNEL_H
#define HAECHI_INDEX_KERNEL_H

#include <stddef.h>
#include <stdint.h>

#include "hamming_kernel.h"

enum {
    haechi_max_slots = 32,
    haechi_max_radius = 63,
    haechi_header_bytes = 8192,
    haechi_meta_bytes = 20,
    haechi_max_count = 1u << 30,
};

typedef struct {
    const uint8_t *directory;
    const uint32_t *overflow;
    const uint16_t *checks;
    // Low 16 bits of the places, or whole places of 32 bits in `wide`; the other is NULL. Both are NULL in slot 0, where
    // an entry's position is its place.
    const uint16_t *lows;
    const uint32_t *wide;
    const uint64_t *highs;
    uint64_t mask[4];
    uint32_t width;
    uint32_t overflow_count;
} haechi_slot;

typedef struct {
    const uint8_t *base;
    uint64_t bytes;
    uint64_t count;
    uint32_t slot_count;
    // How many high parts of places there are; 0 if places are kept whole.
    uint32_t high_count;
    const uint64_t *hashes;
    const uint8_t *meta;
    haechi_slot slots[haechi_max_slots];
    // For each radius: the distance up to which each slot is probed (-1 not at all), and what
    // a search by probes and one by scan are expected to cost, in nanoseconds.
    int8_t thresholds[haechi_max_radius + 1][haechi_max_slots];
    float search_cost[haechi_max_radius + 1];
    float scan_cost[haechi_max_radius + 1];
} haechi_segment;

/// Why a segment cannot be opened or is not sound.
typedef enum {
    haechi_sound = 0,
    haechi_too_short,
    haechi_not_a_segment,
    haechi_unknown_version,
    haechi_header_damaged,
    haechi_hashes_damaged,
    haechi_meta_damaged,
    haechi_slot_damaged,
    haechi_out_of_memory,
} haechi_status;

/// Deals the 256 bits to slots for that many hashes, the fastest way at radius 31; returns the number of slots.
uint32_t haechi_choose_widths(uint64_t count, uint32_t widths[haechi_max_slots]);

/// As above with the number of slots given (4 to 32); for measuring.
void haechi_deal_widths(uint32_t slot_count, uint32_t spread, uint32_t widths[haechi_max_slots]);

/// How many bytes the segment will take.
uint64_t haechi_segment_bytes(uint64_t count, uint32_t slot_count, const uint32_t *widths);

/// Builds a segment from `count` hashes (4 words each) and their 20 bytes of meta (the first 8 are the key), in any order.
/// `target` is zeroed memory of `haechi_segment_bytes`. Header checksums are filled in.
haechi_status haechi_segment_build(
    uint8_t *target, uint64_t count, uint32_t slot_count, const uint32_t *widths, const uint64_t *hashes,
    const uint8_t *meta);

/// Reads the header (checked by its own checksum) and points into `base`; reads nothing else.
haechi_status haechi_segment_open(haechi_segment *segment, const uint8_t *base, uint64_t bytes);

/// Compares every section with its checksum.
haechi_status haechi_segment_checksums(const haechi_segment *segment);

/// Checks every slot table against the hashes: every hash is in its place in every slot, once, with the right check bits.
/// On `haechi_slot_damaged`, `slot` says which one.
haechi_status haechi_segment_verify(const haechi_segment *segment, uint32_t *slot);

/// The place of (hash, key), or -1.
int64_t haechi_segment_find(const haechi_segment *segment, const uint64_t hash[4], uint64_t key);

/// Asks the processor to fetch what `haechi_segment_find` reads first.
void haechi_segment_find_soon(const haechi_segment *segment, const uint64_t hash[4]);

/// Buffers of one searcher. Not for two threads at once.
typedef struct haechi_scratch haechi_scratch;
haechi_scratch *haechi_scratch_create(void);
void haechi_scratch_destroy(haechi_scratch *scratch);

/// Finds every pair of hash and query within the radius (0 to 256), by query, each pair once. The hits lie in the scratch
/// until the next search. Searching is exact: by probes where that is expected to be faster, else by a scan.
haechi_status haechi_segment_search(
    const haechi_segment *segment, haechi_scratch *scratch, const uint64_t *queries, size_t query_count, uint32_t radius);

/// As above, always by probes (radius at most 63); for measuring and tests.
haechi_status haechi_segment_probe(
    const haechi_segment *segment, haechi_scratch *scratch, const uint64_t *queries, size_t query_count, uint32_t radius);

/// Finds by scanning `count` hashes; hits as above.
haechi_status haechi_scratch_scan(
    haechi_scratch *scratch, const uint64_t *hashes, uint64_t count, const uint64_t *queries, size_t query_count,
    uint32_t radius);

const haechi_hit *haechi_scratch_hits(const haechi_scratch *scratch, size_t *count);

/// CRC-32C (Castagnoli), continued from `start` (0 to begin).
uint32_t haechi_crc32c(uint32_t start, const void *bytes, size_t count);

#endif
