// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Sorts the literals, lays their trie out breadth first, and fills the filters.

#define _GNU_SOURCE
#include <stdlib.h>

#include "literal_set.h"

typedef struct {
    const uint8_t *bytes;
    const uint64_t *offsets;
} literal_source;

static size_t length_of(const literal_source *source, uint32_t literal) {
    return (size_t)(source->offsets[literal + 1] - source->offsets[literal]);
}

static int usable(const literal_source *source, uint32_t literal) {
    size_t length = length_of(source, literal);
    return length > 0 && length <= haechi_longest_literal;
}

static int compare(const void *left, const void *right, void *context) {
    const literal_source *source = context;
    uint32_t a = *(const uint32_t *)left, b = *(const uint32_t *)right;
    size_t a_length = length_of(source, a), b_length = length_of(source, b);
    int order = memcmp(source->bytes + source->offsets[a], source->bytes + source->offsets[b], a_length < b_length ? a_length : b_length);
    if (order) return order;
    if (a_length != b_length) return a_length < b_length ? -1 : 1;
    return a < b ? -1 : a > b;
}

static uint32_t *sorted(const literal_source *source, uint32_t *count, size_t *total) {
    uint32_t *order = malloc(sizeof *order * ((size_t)*count + 1));
    if (!order) return NULL;
    uint32_t kept = 0;
    *total = 0;
    for (uint32_t literal = 0; literal < *count; literal++) {
        if (!usable(source, literal)) continue;
        *total += length_of(source, literal);
        order[kept++] = literal;
    }
    *count = kept;
    qsort_r(order, kept, sizeof *order, compare, (void *)source);
    return order;
}

// A state's literals among the sorted ones while the trie is laid out.
typedef struct {
    uint32_t low, high;
} literal_span;

// Lays out the trie; `spans` has room for all states.
static void lay_out(haechi_literals *set, const literal_source *source, literal_span *spans) {
    uint32_t states = 1, records = 1;
    spans[0] = (literal_span){0, set->count};
    set->depth[0] = 0;
    for (uint32_t state = 0; state < states; state++) {
        uint32_t low = spans[state].low, high = spans[state].high, depth = set->depth[state];
        uint32_t here = low;
        while (here < high && length_of(source, set->order[here]) == depth) here++;
        set->output[state] = 0;
        if (here > low) {
            set->record[records] = (literal_record){low, here - low, 0, depth};
            set->output[state] = records++;
        }
        set->first_child[state] = states;
        while (here < high) {
            uint8_t byte = source->bytes[source->offsets[set->order[here]] + depth];
            uint32_t end = here + 1;
            while (end < high && source->bytes[source->offsets[set->order[end]] + depth] == byte) end++;
            spans[states] = (literal_span){here, end};
            set->label[states] = byte;
            set->depth[states] = (uint16_t)(depth + 1);
            states++;
            here = end;
        }
    }
    set->first_child[states] = states;
    set->states = states;
    set->records = records;
}

uint32_t literal_child(const haechi_literals *set, uint32_t state, uint8_t byte) {
    uint32_t low = set->first_child[state], high = set->first_child[state + 1];
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (set->label[middle] == byte) return middle;
        if (set->label[middle] < byte) low = middle + 1;
        else high = middle;
    }
    return 0;
}

// Breadth first, so that what a failure leads to is ready before it is needed.
static void link_failures(haechi_literals *set) {
    set->failure[0] = 0;
    for (uint32_t state = 0; state < set->states; state++) {
        for (uint32_t child = set->first_child[state]; child < set->first_child[state + 1]; child++) {
            uint32_t failure = state, found = 0;
            while (failure && !found) {
                failure = set->failure[failure];
                found = literal_child(set, failure, set->label[child]);
            }
            set->failure[child] = found;
            uint32_t inherited = set->output[found];
            if (set->output[child]) set->record[set->output[child]].next = inherited;
            else set->output[child] = inherited;
        }
    }
    for (unsigned byte = 0; byte < 256; byte++) set->root[byte] = literal_child(set, 0, (uint8_t)byte);
}

// The size of a filter with so many entries, as a power of two: sparse enough that few are set.
static uint32_t bits_for(size_t entries) {
    uint32_t bits = 13;
    while (bits < 22 && ((size_t)1 << bits) < entries * 64) bits++;
    return bits;
}

static uint32_t *new_map(haechi_literals *set, uint32_t bits) {
    size_t bytes = (size_t)1 << (bits - 3);
    set->bytes += bytes;
    return calloc(1, bytes);
}

static uint8_t *new_table(haechi_literals *set, uint32_t bits) {
    set->bytes += (size_t)1 << bits;
    return calloc(1, (size_t)1 << bits);
}

static void set_bit(uint32_t *map, uint32_t place) { map[place >> 5] |= 1u << (place & 31); }

static void add_to_filters(haechi_literals *set, const uint8_t *at, size_t length) {
    uint32_t prefix = length < literal_prefix ? (uint32_t)length : literal_prefix;
    set_bit(set->prefixes, literal_prefix_hash(literal_bytes(at, prefix), prefix, set->prefix_shift));
    set->lengths |= 1u << prefix;
    if (length >= literal_long) {
        uint8_t eight[8] = {0};
        for (uint32_t offset = 0; offset < set->stride; offset++) {
            memcpy(eight, at + offset, 6);
            set->windows[literal_window_hash(eight, set->window_shift)] = 1;
        }
    } else if (length >= literal_middle) {
        set->quads[literal_hash(literal_load32(at), set->quad_shift)] = 1;
    } else if (length >= 2) {
        set->pairs[literal_load16(at)] = 1;
    } else {
        for (uint32_t next = 0; next < 256; next++) set->pairs[at[0] | next << 8] = 1;
    }
}

// How often the six bytes that windows begin with occur in the literals themselves, by a hash: texts have what the literals have in common more often than the rest.
typedef struct {
    uint16_t *counts;
    uint32_t shift;
} literal_census;

static uint16_t *counter(const literal_census *census, const uint8_t *at) {
    return &census->counts[literal_window_hash(at, census->shift)];
}

static size_t most_offset(size_t length) {
    if (length <= literal_prefix) return 0;
    return length - literal_prefix < literal_most_reach ? length - literal_prefix : literal_most_reach;
}

static void take_census(literal_census *census, const literal_source *source, uint32_t literal) {
    const uint8_t *at = source->bytes + source->offsets[literal];
    size_t last = most_offset(length_of(source, literal));
    for (size_t offset = 0; offset <= last && length_of(source, literal) >= literal_prefix; offset++) {
        uint16_t *count = counter(census, at + offset);
        if (*count < UINT16_MAX) (*count)++;
    }
}

// How much a byte narrows down: the commonest letters little, the end of one word and the beginning of the next a lot.
static unsigned rarity(uint8_t byte) {
    if (byte >= 0x80) return byte >= 0xC0 ? 0 : 2;
    switch (byte) {
    case 'e': case 't': case 'a': case 'o': case 'i': case 'n': case 's': case 'r': return 0;
    case 'q': case 'x': case 'z': case 'j': case 'k': case 'v': return 3;
    default: return byte >= 'a' && byte <= 'z' ? 1 : 3;
    }
}

// Where in a literal its window lies: the one that fewest literals share, then the one of rarest bytes.
static size_t best_offset(const literal_census *census, const uint8_t *at, size_t length) {
    size_t best = 0;
    unsigned best_cost = UINT32_MAX;
    if (length < literal_prefix) return 0;
    for (size_t offset = 0; offset <= most_offset(length); offset++) {
        unsigned cost = (unsigned)*counter(census, at + offset) * 64, rare = 0;
        for (size_t byte = 0; byte < 6; byte++) rare += rarity(at[offset + byte]);
        cost += 32 - rare;
        if (cost < best_cost) {
            best_cost = cost;
            best = offset;
        }
    }
    return best;
}

static int fill_windows(haechi_literals *set, const literal_source *source, uint32_t bits) {
    literal_census census = {calloc((size_t)1 << bits, sizeof(uint16_t)), 32 - bits};
    if (!census.counts) return 0;
    for (uint32_t place = 0; place < set->count; place++) take_census(&census, source, set->order[place]);
    for (uint32_t place = 0; place < set->count; place++) {
        const uint8_t *at = source->bytes + source->offsets[set->order[place]];
        size_t length = length_of(source, set->order[place]), offset = best_offset(&census, at, length);
        if (offset > set->reach) set->reach = (uint32_t)offset;
        add_to_filters(set, at + offset, length - offset);
    }
    free(census.counts);
    return 1;
}

static int fill_filters(haechi_literals *set, const literal_source *source) {
    size_t longs = 0, middles = 0, shortest = SIZE_MAX;
    for (uint32_t place = 0; place < set->count; place++) {
        size_t length = length_of(source, set->order[place]);
        if (length >= literal_long) {
            longs++;
            if (length < shortest) shortest = length;
        } else if (length >= literal_middle) middles++;
    }
    size_t shorts = set->count - longs - middles;
    set->stride = longs == 0 ? 1 : shortest - 5 < literal_most_stride ? (uint32_t)(shortest - 5) : literal_most_stride;
    uint32_t window_bits = bits_for(longs * set->stride), quad_bits = bits_for(middles), prefix_bits = bits_for(set->count);
    set->window_shift = 32 - window_bits;
    set->quad_shift = 32 - quad_bits;
    set->prefix_shift = 32 - prefix_bits;
    if (longs && !(set->windows = new_table(set, window_bits))) return 0;
    if (middles && !(set->quads = new_table(set, quad_bits))) return 0;
    if (shorts && !(set->pairs = new_table(set, 16))) return 0;
    if (!(set->prefixes = new_map(set, prefix_bits))) return 0;
    return fill_windows(set, source, prefix_bits);
}

// Gives back what the estimate was too large by; a failed shrink keeps the larger block.
static void *shrink(void *block, size_t bytes) {
    void *smaller = realloc(block, bytes);
    return smaller ? smaller : block;
}

static int build(haechi_literals *set, const literal_source *source, size_t total) {
    size_t most = total + 1;
    literal_span *spans = malloc(sizeof *spans * most);
    set->first_child = malloc(sizeof *set->first_child * (most + 1));
    set->label = calloc(1, most + literal_label_block);
    set->output = malloc(sizeof *set->output * most);
    set->depth = malloc(sizeof *set->depth * most);
    set->record = calloc((size_t)set->count + 1, sizeof *set->record);
    int ready = spans && set->first_child && set->label && set->output && set->depth && set->record;
    if (ready) lay_out(set, source, spans);
    free(spans);
    if (!ready) return 0;

    size_t states = set->states;
    set->first_child = shrink(set->first_child, sizeof *set->first_child * (states + 1));
    set->label = shrink(set->label, states + literal_label_block);
    set->output = shrink(set->output, sizeof *set->output * states);
    set->depth = shrink(set->depth, sizeof *set->depth * states);
    set->record = shrink(set->record, sizeof *set->record * set->records);
    if (!(set->failure = malloc(sizeof *set->failure * states))) return 0;
    link_failures(set);
    set->bytes = sizeof *set + states * (sizeof *set->first_child + 1 + sizeof *set->output + sizeof *set->depth + sizeof *set->failure)
        + set->records * sizeof *set->record + set->count * sizeof *set->order;
    return fill_filters(set, source);
}

haechi_literals *haechi_literals_create(const uint8_t *bytes, const uint64_t *offsets, uint32_t count) {
    literal_source source = {bytes, offsets};
    size_t total;
    haechi_literals *set = calloc(1, sizeof *set);
    if (!set) return NULL;
    set->count = count;
    set->order = sorted(&source, &set->count, &total);
    if (!set->order || total >= (size_t)1 << 31 || !build(set, &source, total)) {
        haechi_literals_destroy(set);
        return NULL;
    }
    return set;
}

void haechi_literals_destroy(haechi_literals *set) {
    if (!set) return;
    void *blocks[] = {
        set->first_child, set->label, set->failure, set->output, set->depth, set->record, set->order,
        set->windows, set->quads, set->pairs, set->prefixes,
    };
    for (size_t block = 0; block < sizeof blocks / sizeof *blocks; block++) free(blocks[block]);
    free(set);
}

size_t haechi_literals_bytes(const haechi_literals *set) { return set->bytes; }

uint32_t haechi_literals_states(const haechi_literals *set) { return set->states; }
