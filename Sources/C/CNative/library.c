// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cnative_library.h"

#include <dlfcn.h>
#include <stdio.h>

int cnative_open(const char *path, const cnative_symbol *symbols, char *why, size_t room) {
    void *library = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    if (library == NULL) {
        snprintf(why, room, "%s", dlerror());
        return -1;
    }
    for (const cnative_symbol *symbol = symbols; symbol->name != NULL; symbol++) {
        *symbol->address = dlsym(library, symbol->name);
        if (*symbol->address == NULL) {
            snprintf(why, room, "%s has no %s", path, symbol->name);
            return -1;
        }
    }
    // It stays open for the life of the process.
    return 0;
}
