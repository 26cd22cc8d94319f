// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include <stdlib.h>

#include "index_slots.h"

typedef struct {
    uint64_t offset;
    uint64_t bytes;
    uint32_t crc;
    uint32_t reserved;
} section;

typedef struct {
    char magic[8];
    uint32_t version;
    uint32_t crc; // of the whole header, this field counted as 0
    uint64_t count;
    uint64_t bytes;
    uint32_t slot_count;
    uint32_t high_count;
    uint32_t widths[haechi_max_slots];
    uint64_t masks[haechi_max_slots][4];
    section hashes;
    section meta;
    section directory[haechi_max_slots];
    section overflow[haechi_max_slots];
    section checks[haechi_max_slots];
    section places[haechi_max_slots];
    section highs[haechi_max_slots];
} header;

_Static_assert(sizeof(header) <= haechi_header_bytes, "the header fits its pages");

static const char magic[8] = {'H', 'A', 'E', 'C', 'H', 'I', 'S', 'G'};
enum { version = 1, section_alignment = 64 };

static section next_section(uint64_t *end, uint64_t bytes) {
    section result = {*end, bytes, 0, 0};
    *end = (*end + bytes + section_alignment - 1) / section_alignment * section_alignment;
    return result;
}

static uint64_t high_bytes(const header *head, uint32_t slot) {
    return head->high_count <= 1 ? 0 : (head->count + ((uint64_t)head->high_count << head->widths[slot])) / 64 * 8 + 8;
}

static void lay_out(header *head, uint64_t count, uint32_t slot_count, const uint32_t *widths) {
    memset(head, 0, sizeof *head);
    memcpy(head->magic, magic, sizeof magic);
    head->version = version;
    head->count = count;
    head->slot_count = slot_count;
    // High parts pay while they take fewer bits than the other half of a whole place.
    head->high_count = (uint32_t)(count >> 16) + 1;
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        if (((uint64_t)head->high_count << widths[slot]) > 15 * count + 65536 && head->high_count > 1) {
            head->high_count = 0;
            break;
        }
    }
    uint64_t end = haechi_header_bytes;
    head->hashes = next_section(&end, count * 32);
    head->meta = next_section(&end, count * haechi_meta_bytes);
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        head->widths[slot] = widths[slot];
        head->directory[slot] = next_section(&end, (uint64_t)line_bytes << (widths[slot] - group_bits));
        head->overflow[slot] = next_section(&end, count / (end_limit + 1) * overflow_row * 4);
        // The vector kernel reads up to 31 bytes past the last check.
        head->checks[slot] = next_section(&end, count * 2 + 32);
        // Slot 0 orders the hashes: its places are 0, 1, 2...
        head->places[slot] = next_section(&end, slot == 0 ? 0 : count * (head->high_count == 0 ? 4 : 2));
        head->highs[slot] = next_section(&end, slot == 0 ? 0 : high_bytes(head, slot));
    }
    head->bytes = end;
    // Bit b goes to slot after slot in turn, until a slot is full: neighbouring coefficients depend on each other a
    // little, so each slot gets bits from all over the hash. 37 steps the order through rows and columns.
    uint32_t left[haechi_max_slots];
    memcpy(left, head->widths, sizeof left);
    uint32_t slot = 0;
    for (uint32_t step = 0; step < 256; step++) {
        uint32_t bit = step * 37 % 256;
        while (left[slot] == 0) {
            slot = (slot + 1) % slot_count;
        }
        head->masks[slot][bit / 64] |= 1ull << (bit % 64);
        left[slot]--;
        slot = (slot + 1) % slot_count;
    }
}

uint64_t haechi_segment_bytes(uint64_t count, uint32_t slot_count, const uint32_t *widths) {
    header head;
    lay_out(&head, count, slot_count, widths);
    return head.bytes;
}

static uint32_t header_crc(const header *head) {
    header copy = *head;
    copy.crc = 0;
    return haechi_crc32c(0, &copy, sizeof copy);
}

static int section_fits(section part, uint64_t bytes, uint64_t total) {
    return part.bytes >= bytes && part.offset % section_alignment == 0 && part.offset <= total &&
           part.bytes <= total - part.offset;
}

haechi_status haechi_segment_open(haechi_segment *segment, const uint8_t *base, uint64_t bytes) {
    header head;
    if (bytes < haechi_header_bytes) {
        return haechi_too_short;
    }
    memcpy(&head, base, sizeof head);
    if (memcmp(head.magic, magic, sizeof magic) != 0) {
        return haechi_not_a_segment;
    }
    if (head.version != version) {
        return haechi_unknown_version;
    }
    if (head.crc != header_crc(&head) || head.slot_count == 0 || head.slot_count > haechi_max_slots ||
        head.count >= haechi_max_count || (head.high_count != 0 && head.high_count != (head.count >> 16) + 1)) {
        return haechi_header_damaged;
    }
    if (head.bytes > bytes) {
        return haechi_too_short;
    }
    int fits = section_fits(head.hashes, head.count * 32, bytes) && section_fits(head.meta, head.count * haechi_meta_bytes, bytes);
    memset(segment, 0, sizeof *segment);
    for (uint32_t slot = 0; slot < head.slot_count; slot++) {
        uint32_t width = head.widths[slot];
        if (width <= group_bits || width > 30) {
            return haechi_header_damaged;
        }
        fits = fits && section_fits(head.directory[slot], (uint64_t)line_bytes << (width - group_bits), bytes) &&
               section_fits(head.overflow[slot], 0, bytes) && section_fits(head.checks[slot], head.count * 2 + 32, bytes) &&
               section_fits(head.places[slot], slot == 0 ? 0 : head.count * (head.high_count == 0 ? 4 : 2), bytes) &&
               section_fits(head.highs[slot], slot == 0 ? 0 : high_bytes(&head, slot), bytes);
        haechi_slot *into = &segment->slots[slot];
        into->directory = base + head.directory[slot].offset;
        into->overflow = (const uint32_t *)(const void *)(base + head.overflow[slot].offset);
        into->overflow_count = (uint32_t)(head.overflow[slot].bytes / (overflow_row * 4));
        into->checks = (const uint16_t *)(const void *)(base + head.checks[slot].offset);
        const void *places = base + head.places[slot].offset;
        into->lows = slot != 0 && head.high_count != 0 ? places : NULL;
        into->wide = slot != 0 && head.high_count == 0 ? places : NULL;
        into->highs = (const uint64_t *)(const void *)(base + head.highs[slot].offset);
        into->width = width;
        memcpy(into->mask, head.masks[slot], sizeof into->mask);
    }
    if (!fits) {
        return haechi_header_damaged;
    }
    segment->base = base;
    segment->bytes = head.bytes;
    segment->count = head.count;
    segment->slot_count = head.slot_count;
    segment->high_count = head.high_count;
    segment->hashes = (const uint64_t *)(const void *)(base + head.hashes.offset);
    segment->meta = base + head.meta.offset;
    haechi_plan(segment);
    return haechi_sound;
}

// MARK: - Building

// Entries of one value are few; only long runs (many copies of one hash) are put in order, so that finding one of them
// does not have to read them all.
enum { ordered_run = 64 };

typedef struct {
    uint64_t hash[4];
    uint8_t meta[haechi_meta_bytes];
} record;

static int compare_keyed(const uint64_t *a_hash, uint64_t a_key, const uint64_t *b_hash, uint64_t b_key) {
    for (int word = 0; word < 4; word++) {
        if (a_hash[word] != b_hash[word]) {
            return a_hash[word] < b_hash[word] ? -1 : 1;
        }
    }
    return a_key < b_key ? -1 : a_key > b_key;
}

static int compare_records(const void *left, const void *right) {
    const record *a = left;
    const record *b = right;
    uint64_t a_key;
    uint64_t b_key;
    memcpy(&a_key, a->meta, 8);
    memcpy(&b_key, b->meta, 8);
    return compare_keyed(a->hash, a_key, b->hash, b_key);
}

static haechi_status order_run(uint64_t *hashes, uint8_t *meta, uint64_t count) {
    record *records = malloc(count * sizeof(record));
    if (records == NULL) {
        return haechi_out_of_memory;
    }
    for (uint64_t index = 0; index < count; index++) {
        memcpy(records[index].hash, hashes + index * 4, 32);
        memcpy(records[index].meta, meta + index * haechi_meta_bytes, haechi_meta_bytes);
    }
    qsort(records, count, sizeof(record), compare_records);
    for (uint64_t index = 0; index < count; index++) {
        memcpy(hashes + index * 4, records[index].hash, 32);
        memcpy(meta + index * haechi_meta_bytes, records[index].meta, haechi_meta_bytes);
    }
    free(records);
    return haechi_sound;
}

// Turns counts into starts: cursor[value] becomes the place of the value's first entry.
static void starts_of_counts(uint32_t *cursor, uint64_t values) {
    uint32_t sum = 0;
    for (uint64_t value = 0; value < values; value++) {
        uint32_t here = cursor[value];
        cursor[value] = sum;
        sum += here;
    }
}

static void put_end(uint8_t *line, uint32_t value, uint32_t end) {
    uint32_t bit = 32 + end_bits * value;
    uint32_t byte = bit >> 3 < 56 ? bit >> 3 : 56;
    uint64_t word;
    memcpy(&word, line + byte, 8);
    word |= (uint64_t)end << (bit - byte * 8);
    memcpy(line + byte, &word, 8);
}

// `ends[value]` is the place after the value's last entry.
static void write_directory(uint8_t *directory, uint32_t *overflow, const uint32_t *ends, uint32_t width) {
    uint32_t rows = 0;
    uint32_t base = 0;
    for (uint64_t group = 0; group < 1ull << (width - group_bits); group++) {
        const uint32_t *here = ends + group * group_size;
        uint8_t *line = directory + group * line_bytes;
        if (here[group_size - 1] - base > end_limit) {
            uint32_t *row = overflow + (uint64_t)rows * overflow_row;
            row[0] = base;
            memcpy(row + 1, here, group_size * 4);
            uint32_t mark = OVERFLOWN | rows++;
            memcpy(line, &mark, 4);
        } else {
            memcpy(line, &base, 4);
            for (uint32_t value = 0; value < group_size; value++) {
                put_end(line, value, here[value] - base);
            }
        }
        base = here[group_size - 1];
    }
}

typedef struct {
    uint32_t *values;
    uint32_t *next;
    uint32_t *cursor;
} work_space;

enum { ahead = 24 };

static void count_values(const work_space *work, uint64_t count, uint32_t width) {
    memset(work->cursor, 0, sizeof(uint32_t) << width);
    for (uint64_t index = 0; index < count; index++) {
        if (index + ahead < count) {
            __builtin_prefetch(work->cursor + work->values[index + ahead], 1);
        }
        work->cursor[work->values[index]]++;
    }
    starts_of_counts(work->cursor, 1ull << width);
}

// The hashes in the order of slot 0; equal values keep the order in which they came.
static haechi_status place_hashes(
    uint8_t *target, const header *head, const work_space *work, const uint64_t *hashes, const uint8_t *meta) {
    uint64_t *to_hashes = (uint64_t *)(void *)(target + head->hashes.offset);
    uint8_t *to_meta = target + head->meta.offset;
    uint64_t count = head->count;
    for (uint64_t index = 0; index < count; index++) {
        if (index + 2 * ahead < count) {
            __builtin_prefetch(work->cursor + work->values[index + 2 * ahead], 1);
        }
        if (index + ahead < count) {
            uint64_t soon = work->cursor[work->values[index + ahead]];
            __builtin_prefetch(to_hashes + soon * 4, 1);
            __builtin_prefetch(to_meta + soon * haechi_meta_bytes, 1);
        }
        uint64_t place = work->cursor[work->values[index]]++;
        memcpy(to_hashes + place * 4, hashes + index * 4, 32);
        memcpy(to_meta + place * haechi_meta_bytes, meta + index * haechi_meta_bytes, haechi_meta_bytes);
    }
    uint32_t start = 0;
    for (uint64_t value = 0; value < 1ull << head->widths[0]; value++) {
        uint32_t end = work->cursor[value];
        if (end - start > ordered_run &&
            order_run(to_hashes + (uint64_t)start * 4, to_meta + (uint64_t)start * haechi_meta_bytes, end - start) !=
                haechi_sound) {
            return haechi_out_of_memory;
        }
        start = end;
    }
    return haechi_sound;
}

static uint16_t check_bits(uint32_t next_value) { return (uint16_t)next_value; }

static void place_entries(uint8_t *target, const header *head, const work_space *work, uint32_t slot) {
    uint16_t *checks = (uint16_t *)(void *)(target + head->checks[slot].offset);
    uint16_t *lows = slot == 0 || head->high_count == 0 ? NULL : (uint16_t *)(void *)(target + head->places[slot].offset);
    uint32_t *wide = slot == 0 || head->high_count != 0 ? NULL : (uint32_t *)(void *)(target + head->places[slot].offset);
    uint64_t *highs =
        slot == 0 || head->high_count <= 1 ? NULL : (uint64_t *)(void *)(target + head->highs[slot].offset);
    uint64_t count = head->count;
    for (uint64_t index = 0; index < count; index++) {
        if (index + 2 * ahead < count) {
            __builtin_prefetch(work->cursor + work->values[index + 2 * ahead], 1);
        }
        if (index + ahead < count) {
            uint64_t value = work->values[index + ahead];
            uint64_t soon = work->cursor[value];
            __builtin_prefetch(checks + soon, 1);
            if (lows != NULL) {
                __builtin_prefetch(lows + soon, 1);
            }
            if (highs != NULL) {
                __builtin_prefetch(highs + (soon + value * head->high_count + (index >> 16)) / 64, 1);
            }
        }
        uint64_t value = work->values[index];
        uint64_t position = work->cursor[value]++;
        checks[position] = check_bits(work->next[index]);
        if (wide != NULL) {
            wide[position] = (uint32_t)index;
        } else if (lows != NULL) {
            lows[position] = (uint16_t)index;
            if (highs != NULL) {
                uint64_t bit = position + value * head->high_count + (index >> 16);
                highs[bit / 64] |= 1ull << (bit % 64);
            }
        }
    }
}

static void seal(uint8_t *target, section *part) { part->crc = haechi_crc32c(0, target + part->offset, part->bytes); }

static haechi_status build_slots(
    uint8_t *target, header *head, const haechi_slot *slots, work_space *work, const uint64_t *hashes, const uint8_t *meta) {
    column_reader read = haechi_column_reader();
    const uint64_t *placed = (const uint64_t *)(const void *)(target + head->hashes.offset);
    read(&slots[0], hashes, head->count, work->values);
    count_values(work, head->count, head->widths[0]);
    haechi_status status = place_hashes(target, head, work, hashes, meta);
    if (status != haechi_sound) {
        return status;
    }
    read(&slots[0], placed, head->count, work->values);
    for (uint32_t slot = 0; slot < head->slot_count; slot++) {
        read(&slots[(slot + 1) % head->slot_count], placed, head->count, work->next);
        count_values(work, head->count, head->widths[slot]);
        place_entries(target, head, work, slot);
        write_directory(
            target + head->directory[slot].offset, (uint32_t *)(void *)(target + head->overflow[slot].offset), work->cursor,
            head->widths[slot]);
        seal(target, &head->directory[slot]);
        seal(target, &head->overflow[slot]);
        seal(target, &head->checks[slot]);
        seal(target, &head->places[slot]);
        seal(target, &head->highs[slot]);
        uint32_t *swap = work->values;
        work->values = work->next;
        work->next = swap;
    }
    return haechi_sound;
}

haechi_status haechi_segment_build(
    uint8_t *target, uint64_t count, uint32_t slot_count, const uint32_t *widths, const uint64_t *hashes,
    const uint8_t *meta) {
    header head;
    lay_out(&head, count, slot_count, widths);
    haechi_slot slots[haechi_max_slots];
    memset(slots, 0, sizeof slots);
    uint32_t widest = 0;
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        slots[slot].width = widths[slot];
        memcpy(slots[slot].mask, head.masks[slot], sizeof slots[slot].mask);
        widest = widths[slot] > widest ? widths[slot] : widest;
    }
    work_space work = {
        malloc((count + 1) * sizeof(uint32_t)), malloc((count + 1) * sizeof(uint32_t)), malloc(sizeof(uint32_t) << widest)};
    haechi_status status = haechi_out_of_memory;
    if (work.values != NULL && work.next != NULL && work.cursor != NULL) {
        status = build_slots(target, &head, slots, &work, hashes, meta);
    }
    free(work.values);
    free(work.next);
    free(work.cursor);
    if (status == haechi_sound) {
        seal(target, &head.hashes);
        seal(target, &head.meta);
        head.crc = header_crc(&head);
        memcpy(target, &head, sizeof head);
    }
    return status;
}

// MARK: - Checking

static int section_sound(const uint8_t *base, section part) {
    return haechi_crc32c(0, base + part.offset, part.bytes) == part.crc;
}

haechi_status haechi_segment_checksums(const haechi_segment *segment) {
    header head;
    memcpy(&head, segment->base, sizeof head);
    if (head.crc != header_crc(&head)) {
        return haechi_header_damaged;
    }
    if (!section_sound(segment->base, head.hashes)) {
        return haechi_hashes_damaged;
    }
    if (!section_sound(segment->base, head.meta)) {
        return haechi_meta_damaged;
    }
    for (uint32_t slot = 0; slot < head.slot_count; slot++) {
        if (!section_sound(segment->base, head.directory[slot]) || !section_sound(segment->base, head.overflow[slot]) ||
            !section_sound(segment->base, head.checks[slot]) || !section_sound(segment->base, head.places[slot]) ||
            !section_sound(segment->base, head.highs[slot])) {
            return haechi_slot_damaged;
        }
    }
    return haechi_sound;
}

static int slot_agrees(
    const haechi_segment *segment, uint32_t number, const uint32_t *values, const uint32_t *next, uint8_t *seen) {
    const haechi_slot *slot = &segment->slots[number];
    memset(seen, 0, segment->count / 8 + 1);
    uint32_t expected = 0;
    for (uint64_t value = 0; value < 1ull << slot->width; value++) {
        entry_range range =
            line_range(slot, slot->directory + (value >> group_bits) * line_bytes, (uint32_t)(value & (group_size - 1)));
        if (range.start != expected || range.end < range.start || range.end > segment->count) {
            return 0;
        }
        expected = range.end;
        place_cursor cursor = first_place(segment, range.start, (uint32_t)value);
        for (uint32_t position = range.start; position < range.end; position++) {
            uint32_t place = next_place(segment, slot, &cursor, (uint32_t)value, position);
            if (place >= segment->count || values[place] != value || slot->checks[position] != check_bits(next[place]) ||
                (seen[place / 8] >> (place % 8) & 1)) {
                return 0;
            }
            seen[place / 8] |= (uint8_t)(1u << (place % 8));
        }
    }
    return expected == segment->count;
}

haechi_status haechi_segment_verify(const haechi_segment *segment, uint32_t *slot) {
    column_reader read = haechi_column_reader();
    uint32_t *values = malloc((segment->count + 1) * sizeof(uint32_t));
    uint32_t *next = malloc((segment->count + 1) * sizeof(uint32_t));
    uint8_t *seen = malloc(segment->count / 8 + 1);
    haechi_status status = haechi_sound;
    if (values == NULL || next == NULL || seen == NULL) {
        status = haechi_out_of_memory;
    }
    for (uint32_t number = 0; status == haechi_sound && number < segment->slot_count; number++) {
        read(&segment->slots[number], segment->hashes, segment->count, values);
        read(&segment->slots[(number + 1) % segment->slot_count], segment->hashes, segment->count, next);
        if (!slot_agrees(segment, number, values, next, seen)) {
            *slot = number;
            status = haechi_slot_damaged;
        }
    }
    free(values);
    free(next);
    free(seen);
    return status;
}

// MARK: - Finding one entry

static const uint8_t *first_line(const haechi_segment *segment, const uint64_t *hash, uint32_t *value) {
    haechi_slot_reader()(segment->slots, 1, hash, value);
    return segment->slots[0].directory + (uint64_t)(*value >> group_bits) * line_bytes;
}

void haechi_segment_find_soon(const haechi_segment *segment, const uint64_t hash[4]) {
    uint32_t value;
    __builtin_prefetch(first_line(segment, hash, &value));
}

int64_t haechi_segment_find(const haechi_segment *segment, const uint64_t hash[4], uint64_t key) {
    uint32_t value;
    const uint8_t *line = first_line(segment, hash, &value);
    entry_range range = line_range(&segment->slots[0], line, value & (group_size - 1));
    if (range.end > segment->count) {
        return -1;
    }
    uint64_t low = range.start;
    uint64_t high = range.end;
    int ordered = range.end > range.start && range.end - range.start > ordered_run;
    while (low < high) {
        uint64_t middle = ordered ? (low + high) / 2 : low;
        uint64_t there;
        memcpy(&there, segment->meta + middle * haechi_meta_bytes, 8);
        int order = compare_keyed(segment->hashes + middle * 4, there, hash, key);
        if (order == 0) {
            return (int64_t)middle;
        }
        if (ordered && order > 0) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return -1;
}
