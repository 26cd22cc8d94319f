// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// The language of a text, by CLD2 as Debian ships it (libcld2.so.0), opened at run time.

#pragma once

#include <stddef.h>

// Opens the library. Returns 0, or -1 with a reason in words.
int cnative_cld2_open(const char *path, char *why, size_t room);

// The code of the language of plain text in UTF-8: `ko`, `zh-Hant`, `un` when it cannot say. `is_sure` tells whether CLD2 relies on it.
const char *cnative_cld2_detect(const char *text, int length, int *is_sure);
