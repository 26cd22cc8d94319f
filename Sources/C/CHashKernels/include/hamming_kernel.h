// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Plain scan over 256-bit hashes: every hash is compared with up to eight queries in one pass over memory.

#ifndef HAECHI_HAMMING_KERNEL_H
#define HAECHI_HAMMING_KERNEL_H

#include <stddef.h>
#include <stdint.h>

/// One pair within the radius.
typedef struct {
    uint32_t query;
    uint32_t index;
    uint32_t distance;
} haechi_hit;

/// Compares `count` hashes of 32 bytes (any alignment) with `query_count` (1 to 8) queries in the same byte layout.
/// `hits` must have room for count * query_count; returns how many were written, in blocks of eight hashes, each block by query.
size_t haechi_scan(
    const void *hashes, size_t count, const uint64_t *queries, size_t query_count, uint32_t radius, haechi_hit *hits);

/// The same without any processor extension: what the vector kernel is tested against.
size_t haechi_scan_portable(
    const void *hashes, size_t count, const uint64_t *queries, size_t query_count, uint32_t radius, haechi_hit *hits);

/// The name of the kernel that `haechi_scan` uses here: "avx2", "popcnt" or "portable".
const char *haechi_scan_kernel(void);

#endif
