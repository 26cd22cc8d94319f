// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "index_slots.h"

#if defined(__x86_64__)
#include <immintrin.h>
#endif

// A slot's value is its bits of the first word, then those of the second above them, and so on.

static uint64_t extract(uint64_t word, uint64_t mask) {
    uint64_t value = 0;
    for (uint32_t bit = 0; mask != 0; bit++) {
        value |= (word >> __builtin_ctzll(mask) & 1) << bit;
        mask &= mask - 1;
    }
    return value;
}

static uint32_t value_portable(const haechi_slot *slot, const uint64_t *hash) {
    uint32_t value = 0;
    uint32_t shift = 0;
    for (int word = 0; word < 4; word++) {
        value |= (uint32_t)extract(hash[word], slot->mask[word]) << shift;
        shift += (uint32_t)__builtin_popcountll(slot->mask[word]);
    }
    return value;
}

static void slots_portable(const haechi_slot *slots, uint32_t slot_count, const uint64_t *hash, uint32_t *values) {
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        values[slot] = value_portable(slots + slot, hash);
    }
}

static void column_portable(const haechi_slot *slot, const uint64_t *hashes, uint64_t count, uint32_t *values) {
    for (uint64_t index = 0; index < count; index++) {
        values[index] = value_portable(slot, hashes + index * 4);
    }
}

#if defined(__x86_64__)

__attribute__((target("bmi2,popcnt"))) static inline uint32_t value_bmi2(const haechi_slot *slot, const uint64_t *hash) {
    uint32_t value = 0;
    uint32_t shift = 0;
    for (int word = 0; word < 4; word++) {
        value |= (uint32_t)_pext_u64(hash[word], slot->mask[word]) << shift;
        shift += (uint32_t)__builtin_popcountll(slot->mask[word]);
    }
    return value;
}

__attribute__((target("bmi2,popcnt"))) static void slots_bmi2(
    const haechi_slot *slots, uint32_t slot_count, const uint64_t *hash, uint32_t *values) {
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        values[slot] = value_bmi2(slots + slot, hash);
    }
}

__attribute__((target("bmi2,popcnt"))) static void column_bmi2(
    const haechi_slot *slot, const uint64_t *hashes, uint64_t count, uint32_t *values) {
    for (uint64_t index = 0; index < count; index++) {
        values[index] = value_bmi2(slot, hashes + index * 4);
    }
}

#endif

slot_reader haechi_slot_reader(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt")) {
        return slots_bmi2;
    }
#endif
    return slots_portable;
}

column_reader haechi_column_reader(void) {
#if defined(__x86_64__)
    if (__builtin_cpu_supports("bmi2") && __builtin_cpu_supports("popcnt")) {
        return column_bmi2;
    }
#endif
    return column_portable;
}

// Cost model, in nanoseconds measured on one core (see docs): a directory line, the lines with a value's checks, the loop
// over a value, an entry. Memory counts more once the tables no longer fit the last cache.
static void unit_costs(uint64_t count, double *line, double *range, double *probe, double *entry) {
    int far = count > 200000;
    *line = far ? 7 : 2.5;
    *range = far ? 8 : 2.5;
    *probe = 3;
    *entry = far ? 0.35 : 0.2;
}

static double choose(uint32_t n, uint32_t k) {
    double result = 1;
    for (uint32_t i = 0; i < k; i++) {
        result *= (double)(n - i) / (i + 1);
    }
    return k > n ? 0 : result;
}

// What it costs to widen a slot's probes from distance - 1 to distance.
static double step_cost(uint64_t count, uint32_t width, uint32_t distance) {
    double line, range, probe, entry;
    unit_costs(count, &line, &range, &probe, &entry);
    double load = (double)count;
    for (uint32_t bit = 0; bit < width; bit++) {
        load /= 2;
    }
    double filled = load < 1 ? load * (1 - load / 3) : 1;
    return choose(width - group_bits, distance) * line + choose(width, distance) * (probe + filled * range + load * entry);
}

static double plan_radius(
    uint64_t count, uint32_t slot_count, const uint32_t *widths, uint32_t radius, int8_t *thresholds) {
    double total = 300;
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        thresholds[slot] = -1;
    }
    // General pigeonhole principle: with the sum of (threshold + 1) above the radius, no match escapes every slot. Steps
    // get dearer with the distance, so taking the cheapest one each time gives the cheapest plan.
    for (uint32_t step = 0; step <= radius; step++) {
        uint32_t best = 0;
        double best_cost = 1e300;
        for (uint32_t slot = 0; slot < slot_count; slot++) {
            uint32_t next = (uint32_t)(thresholds[slot] + 1);
            if (next > widths[slot]) {
                continue;
            }
            double cost = step_cost(count, widths[slot], next);
            if (cost < best_cost) {
                best_cost = cost;
                best = slot;
            }
        }
        thresholds[best]++;
        total += best_cost;
    }
    return total;
}

void haechi_plan(haechi_segment *segment) {
    uint32_t widths[haechi_max_slots];
    for (uint32_t slot = 0; slot < segment->slot_count; slot++) {
        widths[slot] = segment->slots[slot].width;
    }
    for (uint32_t radius = 0; radius <= haechi_max_radius; radius++) {
        segment->search_cost[radius] =
            (float)plan_radius(segment->count, segment->slot_count, widths, radius, segment->thresholds[radius]);
        // What the steps leave out: starting, and for wide radii the many entries whose check bits reject little.
        segment->search_cost[radius] = 500 + segment->search_cost[radius] * (radius > 47 ? 4 : 2);
        // The scan rejects most hashes early only for small radii; long tables come from memory.
        float each = radius > 36 ? 3.0f : 0.9f;
        segment->scan_cost[radius] = (float)segment->count * (segment->count > 500000 && each < 2.5f ? 2.5f : each);
    }
}

void haechi_deal_widths(uint32_t slot_count, uint32_t spread, uint32_t widths[haechi_max_slots]) {
    // At radius 31, `deep` slots are probed one step further than the others: they are made wider.
    uint32_t deep = 32 % slot_count;
    uint32_t rest = 256 - (deep * spread < 128 ? deep * spread : 0);
    uint32_t extra = deep * spread < 128 ? spread : 0;
    uint32_t base = rest / slot_count;
    uint32_t left = rest % slot_count;
    for (uint32_t slot = 0; slot < slot_count; slot++) {
        widths[slot] = base + (slot < left ? 1 : 0);
    }
    // Deep slots stand among the others, so that a ring neighbour of a deep slot is often a shallow one.
    for (uint32_t number = 0; number < deep; number++) {
        widths[number * slot_count / deep] += extra;
    }
}

uint32_t haechi_choose_widths(uint64_t count, uint32_t widths[haechi_max_slots]) {
    uint32_t best_slots = 0;
    uint32_t best_spread = 0;
    double best_cost = 1e300;
    for (uint32_t slots = 10; slots <= 28; slots++) {
        for (uint32_t spread = 0; spread <= 4; spread++) {
            uint32_t trial[haechi_max_slots];
            int8_t thresholds[haechi_max_slots];
            haechi_deal_widths(slots, spread, trial);
            double lines = 0;
            for (uint32_t slot = 0; slot < slots; slot++) {
                lines += (double)(1u << (trial[slot] - group_bits));
            }
            if (lines * line_bytes > 12.0 * (double)count + 65536) {
                continue;
            }
            double cost = plan_radius(count, slots, trial, 31, thresholds);
            if (cost < best_cost) {
                best_cost = cost;
                best_slots = slots;
                best_spread = spread;
            }
        }
    }
    if (best_slots == 0) {
        best_slots = 28;
    }
    haechi_deal_widths(best_slots, best_spread, widths);
    return best_slots;
}
