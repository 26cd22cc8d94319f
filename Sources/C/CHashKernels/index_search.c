// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Searching a segment. Nearly all the time goes to waiting for memory, so the work is cut into chunks of probes that pass
// five stages, one stage behind the other; each stage asks for the cache lines that the next one will read:
//
//   A  enumerate the groups of slot values to probe      -> directory lines
//   B  read the directory: where each value's entries are -> lines of check bits
//   C  compare check bits                                 -> places of the few entries that remain
//   D  drop those seen before                             -> hashes
//   E  compare the whole hash                             -> meta of the matches
//
// Stage C rests on a stronger form of the pigeonhole principle. If the distances d of the slots sum up to at most the
// radius, and the thresholds t satisfy sum(t + 1) > radius, then sum(d - t - 1) < 0, and going round the ring there is a
// slot from which all partial sums are negative: its own distance is at most t, and together with its successor's at
// most t + t' + 1. So an entry found in that slot may be dropped if already some of its successor's bits differ in more.

#include <stdlib.h>

#include "index_slots.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

enum { chunk_groups = 32, stages = 5, contexts = 8 };

// What the stages need to know of the query that a chunk belongs to.
typedef struct {
    uint64_t hash[4];
    uint32_t query;
    uint32_t values[haechi_max_slots];
} context;

typedef struct {
    uint32_t group;
    uint8_t slot;
    uint8_t distance;
} probe;

// The entries of one value.
typedef struct {
    uint32_t start;
    uint32_t count;
    uint32_t value;
    uint8_t limit;
    uint8_t slot;
} run;

typedef struct {
    uint32_t position;
    uint32_t run;
} entry;

typedef struct {
    const context *of;
    uint32_t probe_count;
    uint32_t run_count;
    size_t entry_count;
    size_t place_count;
    size_t run_room;
    size_t entry_room;
    size_t place_room;
    probe probes[chunk_groups];
    run *runs;
    entry *entries;
    uint32_t *places;
} chunk;

struct haechi_scratch {
    chunk chunks[stages];
    context ring[contexts];
    haechi_hit *hits;
    size_t hit_count;
    size_t hit_room;
    // The places already seen for this query: an open-addressing table whose entries count only if their round is current.
    uint64_t *seen;
    size_t seen_room;
    size_t seen_count;
    uint32_t seen_round;
    uint32_t seen_query;
};

// Flips of the five bits inside a group, fewest first; flips_within[d] of them are at most d.
static const uint8_t flips[group_size] = {0,  1,  2,  4,  8,  16, 3,  5,  6,  9,  10, 12, 17, 18, 20, 24,
                                          7,  11, 13, 14, 19, 21, 22, 25, 26, 28, 15, 23, 27, 29, 30, 31};
static const uint8_t flips_within[6] = {1, 6, 16, 26, 31, 32};
static const uint8_t flip_distance[group_size] = {0, 1, 1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 2, 2, 2, 2,
                                                  3, 3, 3, 3, 3, 3, 3, 3, 3, 3, 4, 4, 4, 4, 4, 5};

haechi_scratch *haechi_scratch_create(void) {
    haechi_scratch *scratch = calloc(1, sizeof *scratch);
    if (scratch == NULL) {
        return NULL;
    }
    scratch->seen_room = 1024;
    scratch->seen = calloc(scratch->seen_room, sizeof *scratch->seen);
    if (scratch->seen == NULL) {
        free(scratch);
        return NULL;
    }
    return scratch;
}

void haechi_scratch_destroy(haechi_scratch *scratch) {
    if (scratch == NULL) {
        return;
    }
    for (int stage = 0; stage < stages; stage++) {
        free(scratch->chunks[stage].runs);
        free(scratch->chunks[stage].entries);
        free(scratch->chunks[stage].places);
    }
    free(scratch->hits);
    free(scratch->seen);
    free(scratch);
}

const haechi_hit *haechi_scratch_hits(const haechi_scratch *scratch, size_t *count) {
    *count = scratch->hit_count;
    return scratch->hits;
}

static int make_room(void **buffer, size_t *room, size_t needed, size_t size) {
    if (__builtin_expect(needed <= *room, 1)) {
        return 1;
    }
    size_t larger = needed * 2 < 1024 ? 1024 : needed * 2;
    void *moved = realloc(*buffer, larger * size);
    if (moved == NULL) {
        return 0;
    }
    *buffer = moved;
    *room = larger;
    return 1;
}

// MARK: - Stage A

// Where the enumeration of one query's probes stands: slot after slot, nearest groups first.
typedef struct {
    uint32_t slot;
    uint32_t distance;
    uint64_t flip;
    int begun;
} cursor;

// The next larger number with as many bits set.
INLINE uint64_t next_flip(uint64_t flip) {
    uint64_t lowest = flip & (0 - flip);
    uint64_t ripple = flip + lowest;
    return ripple | ((flip ^ ripple) >> (__builtin_ctzll(flip) + 2));
}

// Fills one chunk; returns 0 when the query has no more probes.
INLINE int enumerate(const haechi_segment *segment, const int8_t *thresholds, cursor *at, chunk *into) {
    const context *of = into->of;
    into->probe_count = 0;
    while (at->slot < segment->slot_count) {
        const haechi_slot *slot = &segment->slots[at->slot];
        uint32_t outer = slot->width - group_bits;
        int threshold = thresholds[at->slot];
        if (!at->begun) {
            at->distance = 0;
            at->flip = 0;
            at->begun = 1;
        }
        if ((int)at->distance > threshold || at->distance > outer) {
            at->slot++;
            at->begun = 0;
            continue;
        }
        uint32_t own = of->values[at->slot] >> group_bits;
        uint64_t end = 1ull << outer;
        uint64_t flip = at->flip;
        uint32_t count = into->probe_count;
        while (flip < end && count < chunk_groups) {
            uint32_t group = own ^ (uint32_t)flip;
            into->probes[count++] = (probe){group, (uint8_t)at->slot, (uint8_t)at->distance};
            __builtin_prefetch(slot->directory + (uint64_t)group * line_bytes);
            flip = flip == 0 ? end : next_flip(flip);
        }
        into->probe_count = count;
        if (flip >= end) {
            at->distance++;
            flip = (1ull << at->distance) - 1;
        }
        at->flip = flip;
        if (count == chunk_groups) {
            return 1;
        }
    }
    return into->probe_count != 0;
}

// MARK: - Stages B to E

INLINE int read_directory(const haechi_segment *segment, const int8_t *thresholds, chunk *in) {
    uint32_t count = 0;
    for (uint32_t number = 0; number < in->probe_count; number++) {
        probe here = in->probes[number];
        const haechi_slot *slot = &segment->slots[here.slot];
        uint32_t following = here.slot + 1u == segment->slot_count ? 0 : here.slot + 1u;
        int threshold = thresholds[here.slot];
        int limit = threshold + thresholds[following] + 1 - here.distance;
        uint32_t left = (uint32_t)(threshold - here.distance);
        uint32_t values = flips_within[left < 5 ? left : 5];
        uint32_t own = in->of->values[here.slot] & (group_size - 1);
        const uint8_t *line = slot->directory + (uint64_t)here.group * line_bytes;
        if (!make_room((void **)&in->runs, &in->run_room, count + group_size, sizeof(run))) {
            return 0;
        }
        for (uint32_t flip = 0; flip < values; flip++) {
            entry_range range = line_range(slot, line, own ^ flips[flip]);
            if (range.start >= range.end || __builtin_expect(range.end > segment->count, 0)) {
                continue;
            }
            const uint16_t *checks = slot->checks + range.start;
            uint32_t length = range.end - range.start;
            // Long runs are left to the processor's own prefetcher after the first lines.
            uint32_t near = length < 512 ? length : 512;
            for (uint32_t ahead = 0; ahead < near; ahead += 32) {
                __builtin_prefetch(checks + ahead);
            }
            __builtin_prefetch(checks + near - 1);
            uint8_t allowed = (uint8_t)(limit - flip_distance[flip]);
            uint32_t value = here.group << group_bits | (own ^ flips[flip]);
            in->runs[count++] = (run){range.start, length, value, allowed, here.slot};
        }
    }
    in->run_count = count;
    return 1;
}

// Writes the positions of a run whose check bits differ in at most `limit` from the wanted ones; returns how many.
INLINE size_t compare_run(const uint16_t *checks, run here, uint32_t number, uint32_t wanted, entry *entries) {
    size_t count = 0;
    for (uint32_t place = 0; place < here.count; place++) {
        entries[count] = (entry){here.start + place, number};
        count += (uint32_t)__builtin_popcount(checks[place] ^ wanted) <= here.limit;
    }
    return count;
}

#if defined(__x86_64__)
// Sixteen entries at a time; reads up to 31 bytes past the run, which the layout allows.
__attribute__((target("avx2,bmi,popcnt"))) static size_t compare_run_avx2(
    const uint16_t *checks, run here, uint32_t number, uint32_t wanted, entry *entries) {
    const __m256i table = _mm256_setr_epi8(
        0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4, 0, 1, 1, 2, 1, 2, 2, 3, 1, 2, 2, 3, 2, 3, 3, 4);
    const __m256i low = _mm256_set1_epi8(15);
    const __m256i ones = _mm256_set1_epi8(1);
    const __m256i query = _mm256_set1_epi16((short)wanted);
    const __m256i limit = _mm256_set1_epi16((short)(here.limit + 1));
    size_t count = 0;
    for (uint32_t place = 0; place < here.count; place += 16) {
        __m256i x = _mm256_xor_si256(query, _mm256_loadu_si256((const __m256i *)(const void *)(checks + place)));
        __m256i sum = _mm256_add_epi8(
            _mm256_shuffle_epi8(table, _mm256_and_si256(x, low)),
            _mm256_shuffle_epi8(table, _mm256_and_si256(_mm256_srli_epi16(x, 4), low)));
        __m256i near = _mm256_cmpgt_epi16(limit, _mm256_maddubs_epi16(sum, ones));
        // Two bits a lane; those past the run's end are cut off.
        uint32_t bits = (uint32_t)_mm256_movemask_epi8(near) & 0x55555555u;
        if (here.count - place < 16) {
            bits &= (1u << 2 * (here.count - place)) - 1;
        }
        while (bits != 0) {
            uint32_t lane = (uint32_t)__builtin_ctz(bits) / 2;
            entries[count++] = (entry){here.start + place + lane, number};
            bits &= bits - 1;
        }
    }
    return count;
}
#endif

INLINE int compare_checks(const haechi_segment *segment, chunk *in, int wide) {
    size_t count = 0;
    for (uint32_t number = 0; number < in->run_count; number++) {
        run here = in->runs[number];
        const haechi_slot *slot = &segment->slots[here.slot];
        uint32_t following = here.slot + 1u == segment->slot_count ? 0 : here.slot + 1u;
        uint32_t wanted = in->of->values[following] & 0xFFFF;
        if (!make_room((void **)&in->entries, &in->entry_room, count + here.count, sizeof(entry))) {
            return 0;
        }
        entry *entries = in->entries;
        const uint16_t *checks = slot->checks + here.start;
        size_t before = count;
#if defined(__x86_64__)
        if (wide && here.count > 6) {
            count += compare_run_avx2(checks, here, number, wanted, entries + count);
        } else
#endif
        {
            (void)wide;
            count += compare_run(checks, here, number, wanted, entries + count);
        }
        if (count == before || here.slot == 0) {
            continue;
        }
        for (size_t place = before; place < count; place++) {
            if (slot->wide != NULL) {
                __builtin_prefetch(slot->wide + entries[place].position);
            } else {
                __builtin_prefetch(slot->lows + entries[place].position);
            }
        }
        if (segment->high_count > 1) {
            uint64_t bit = here.start + (uint64_t)here.value * segment->high_count;
            __builtin_prefetch(slot->highs + bit / 64);
            __builtin_prefetch(slot->highs + (bit + here.count + segment->high_count) / 64);
        }
    }
    in->entry_count = count;
    return 1;
}

static int grow_seen(haechi_scratch *scratch) {
    size_t room = scratch->seen_room * 4;
    uint64_t *larger = calloc(room, sizeof *larger);
    if (larger == NULL) {
        return 0;
    }
    for (size_t index = 0; index < scratch->seen_room; index++) {
        uint64_t seen = scratch->seen[index];
        if (seen >> 32 == scratch->seen_round) {
            size_t slot = (uint32_t)seen * 2654435769u & (room - 1);
            while (larger[slot] != 0) {
                slot = (slot + 1) & (room - 1);
            }
            larger[slot] = seen;
        }
    }
    free(scratch->seen);
    scratch->seen = larger;
    scratch->seen_room = room;
    return 1;
}

static void forget_seen(haechi_scratch *scratch, uint32_t query) {
    scratch->seen_query = query;
    scratch->seen_count = 0;
    if (++scratch->seen_round == 0) {
        memset(scratch->seen, 0, scratch->seen_room * sizeof *scratch->seen);
        scratch->seen_round = 1;
    }
}

INLINE int drop_seen(const haechi_segment *segment, haechi_scratch *scratch, chunk *in) {
    size_t count = 0;
    if (!make_room((void **)&in->places, &in->place_room, in->entry_count, sizeof(uint32_t))) {
        return 0;
    }
    if (in->of->query != scratch->seen_query) {
        forget_seen(scratch, in->of->query);
    }
    uint32_t current = UINT32_MAX;
    place_cursor cursor = {0, 0};
    for (size_t number = 0; number < in->entry_count; number++) {
        entry found = in->entries[number];
        run of = in->runs[found.run];
        if (found.run != current) {
            current = found.run;
            cursor = first_place(segment, of.start, of.value);
        }
        uint32_t place = next_place(segment, &segment->slots[of.slot], &cursor, of.value, found.position);
        if (__builtin_expect(place >= segment->count, 0)) {
            continue;
        }
        __builtin_prefetch(segment->hashes + (uint64_t)place * 4);
        uint64_t wanted = (uint64_t)scratch->seen_round << 32 | place;
        size_t at = place * 2654435769u & (scratch->seen_room - 1);
        while (scratch->seen[at] >> 32 == scratch->seen_round && scratch->seen[at] != wanted) {
            at = (at + 1) & (scratch->seen_room - 1);
        }
        if (scratch->seen[at] == wanted) {
            continue;
        }
        scratch->seen[at] = wanted;
        in->places[count++] = place;
        if (++scratch->seen_count * 2 > scratch->seen_room && !grow_seen(scratch)) {
            return 0;
        }
    }
    in->place_count = count;
    return 1;
}

INLINE int compare_hashes(const haechi_segment *segment, haechi_scratch *scratch, chunk *in, uint32_t radius) {
    if (!make_room((void **)&scratch->hits, &scratch->hit_room, scratch->hit_count + in->place_count, sizeof(haechi_hit))) {
        return 0;
    }
    const uint64_t *query = in->of->hash;
    for (size_t number = 0; number < in->place_count; number++) {
        uint32_t place = in->places[number];
        const uint64_t *hash = segment->hashes + (uint64_t)place * 4;
        uint32_t bits = (uint32_t)(__builtin_popcountll(hash[0] ^ query[0]) + __builtin_popcountll(hash[1] ^ query[1]) +
                                   __builtin_popcountll(hash[2] ^ query[2]) + __builtin_popcountll(hash[3] ^ query[3]));
        if (bits <= radius) {
            __builtin_prefetch(segment->meta + (uint64_t)place * haechi_meta_bytes);
            scratch->hits[scratch->hit_count++] = (haechi_hit){in->of->query, place, bits};
        }
    }
    return 1;
}

INLINE haechi_status search(
    const haechi_segment *segment, haechi_scratch *scratch, slot_reader read, const uint64_t *queries, size_t query_count,
    uint32_t radius, int wide) {
    const int8_t *thresholds = segment->thresholds[radius];
    scratch->hit_count = 0;
    forget_seen(scratch, UINT32_MAX);
    size_t query = 0;
    cursor at = {0, 0, 0, 0};
    context *of = NULL;
    uint32_t empty = 0;
    // Every turn moves each chunk one stage on; it ends once all chunks have run dry.
    for (uint32_t turn = 0; empty < stages; turn++) {
        chunk *next = &scratch->chunks[turn % stages];
        next->probe_count = 0;
        while (query < query_count) {
            if (of == NULL) {
                of = &scratch->ring[query % contexts];
                memcpy(of->hash, queries + query * 4, sizeof of->hash);
                of->query = (uint32_t)query;
                read(segment->slots, segment->slot_count, of->hash, of->values);
                at = (cursor){0, 0, 0, 0};
            }
            next->of = of;
            if (enumerate(segment, thresholds, &at, next)) {
                break;
            }
            of = NULL;
            query++;
        }
        empty = next->probe_count == 0 ? empty + 1 : 0;
        if (turn == 0) {
            for (int stage = 1; stage < stages; stage++) {
                chunk *idle = &scratch->chunks[stage];
                idle->probe_count = 0;
                idle->run_count = 0;
                idle->entry_count = 0;
                idle->place_count = 0;
                idle->of = next->of;
            }
            if (query_count == 0) {
                return haechi_sound;
            }
        }
        if (!read_directory(segment, thresholds, &scratch->chunks[(turn + stages - 1) % stages]) ||
            !compare_checks(segment, &scratch->chunks[(turn + stages - 2) % stages], wide) ||
            !drop_seen(segment, scratch, &scratch->chunks[(turn + stages - 3) % stages]) ||
            !compare_hashes(segment, scratch, &scratch->chunks[(turn + stages - 4) % stages], radius)) {
            return haechi_out_of_memory;
        }
        next->run_count = 0;
        next->entry_count = 0;
        next->place_count = 0;
    }
    return haechi_sound;
}

#if defined(__x86_64__)
__attribute__((target("avx2,popcnt,bmi,bmi2"))) static haechi_status search_avx2(
    const haechi_segment *segment, haechi_scratch *scratch, slot_reader read, const uint64_t *queries, size_t query_count,
    uint32_t radius) {
    return search(segment, scratch, read, queries, query_count, radius, 1);
}
#endif

haechi_status haechi_segment_probe(
    const haechi_segment *segment, haechi_scratch *scratch, const uint64_t *queries, size_t query_count, uint32_t radius) {
    radius = radius < haechi_max_radius ? radius : haechi_max_radius;
#if defined(__x86_64__)
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt")) {
        return search_avx2(segment, scratch, haechi_slot_reader(), queries, query_count, radius);
    }
#endif
    return search(segment, scratch, haechi_slot_reader(), queries, query_count, radius, 0);
}

haechi_status haechi_segment_search(
    const haechi_segment *segment, haechi_scratch *scratch, const uint64_t *queries, size_t query_count, uint32_t radius) {
    if (radius > haechi_max_radius || segment->scan_cost[radius] < segment->search_cost[radius]) {
        return haechi_scratch_scan(scratch, segment->hashes, segment->count, queries, query_count, radius);
    }
    return haechi_segment_probe(segment, scratch, queries, query_count, radius);
}

enum { scan_block = 1024, scan_queries = 8 };

static int compare_hits(const void *left, const void *right) {
    uint32_t a = ((const haechi_hit *)left)->query;
    uint32_t b = ((const haechi_hit *)right)->query;
    return a < b ? -1 : a > b;
}

haechi_status haechi_scratch_scan(
    haechi_scratch *scratch, const uint64_t *hashes, uint64_t count, const uint64_t *queries, size_t query_count,
    uint32_t radius) {
    scratch->hit_count = 0;
    for (size_t first = 0; first < query_count; first += scan_queries) {
        size_t some = query_count - first < scan_queries ? query_count - first : scan_queries;
        size_t before = scratch->hit_count;
        for (uint64_t start = 0; start < count; start += scan_block) {
            size_t block = count - start < scan_block ? (size_t)(count - start) : scan_block;
            if (!make_room((void **)&scratch->hits, &scratch->hit_room, scratch->hit_count + block * some, sizeof(haechi_hit))) {
                return haechi_out_of_memory;
            }
            haechi_hit *hits = scratch->hits + scratch->hit_count;
            size_t found = haechi_scan(hashes + start * 4, block, queries + first * 4, some, radius, hits);
            for (size_t hit = 0; hit < found; hit++) {
                hits[hit].query += (uint32_t)first;
                hits[hit].index += (uint32_t)start;
            }
            scratch->hit_count += found;
        }
        if (some > 1) {
            qsort(scratch->hits + before, scratch->hit_count - before, sizeof(haechi_hit), compare_hits);
        }
    }
    return haechi_sound;
}
