// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#pragma once

#include <stddef.h>

// A symbol that a library must have, and where its address goes.
typedef struct {
    const char *name;
    void **address;
} cnative_symbol;

// Opens a library and finds all the symbols; the list ends with a null name. Returns 0, or -1 with a reason in words in `why`
// (at most `room` bytes with the end).
int cnative_open(const char *path, const cnative_symbol *symbols, char *why, size_t room);
