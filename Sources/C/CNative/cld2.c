// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cnative_cld2.h"
#include "cnative_library.h"

#include <stdbool.h>

// C++ functions with plain arguments: the names are those of the Itanium C++ ABI, which both architectures use, and the enumeration
// CLD2::Language travels as an int.
static int (*detect_language)(const char *text, int length, bool is_plain, bool *is_reliable);
static const char *(*language_code)(int language);

int cnative_cld2_open(const char *path, char *why, size_t room) {
    const cnative_symbol symbols[] = {
        {"_ZN4CLD214DetectLanguageEPKcibPb", (void **)&detect_language},
        {"_ZN4CLD212LanguageCodeENS_8LanguageE", (void **)&language_code},
        {NULL, NULL},
    };
    return cnative_open(path, symbols, why, room);
}

const char *cnative_cld2_detect(const char *text, int length, int *is_sure) {
    bool is_reliable = false;
    int language = detect_language(text, length, true, &is_reliable);
    *is_sure = is_reliable;
    return language_code(language);
}
