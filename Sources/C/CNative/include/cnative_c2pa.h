// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Verifies signed manifests (C2PA) with libc2pa_c. Nothing is fetched: neither manifests that lie elsewhere nor the state of
// certificates.

#pragma once

#include <stddef.h>
#include <stdint.h>

// Opens the library and makes its settings: JSON, with its end. To be called before the box is closed, and again with other settings
// where it failed. Returns 0, or -1 with a reason in words in `why` (at most `room` bytes with the end).
int cnative_c2pa_open(const char *path, const char *settings, char *why, size_t room);

typedef enum {
    // The library has an opinion: a report in JSON.
    CNATIVE_C2PA_REPORT,
    // The library finds no manifest.
    CNATIVE_C2PA_NONE,
    // The file only says where its manifest lies.
    CNATIVE_C2PA_ELSEWHERE,
    // There is something that cannot be read as a manifest.
    CNATIVE_C2PA_UNREADABLE,
    // The report is longer than the room for it.
    CNATIVE_C2PA_TOO_LONG,
} cnative_c2pa_outcome;

// Reads the manifests of the file in `bytes`, which must stay as they are meanwhile, and verifies them. The report is hostile text
// like the file that it was made from; it has no end, `length` says how long it is.
cnative_c2pa_outcome cnative_c2pa_read(
    const uint8_t *bytes, size_t size, const char *media_type, uint8_t *report, size_t room, size_t *length);
