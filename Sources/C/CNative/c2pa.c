// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cnative_c2pa.h"

#include "cnative_library.h"

#include <stdio.h>
#include <string.h>

// The library's C interface, as far as it is used. Readers obey the settings of a context only: those of c2pa_load_settings are
// ignored, and remote manifests are then fetched.
typedef intptr_t (*read_callback)(void *, uint8_t *, intptr_t);
typedef intptr_t (*seek_callback)(void *, intptr_t, int);
typedef intptr_t (*write_callback)(void *, const uint8_t *, intptr_t);
typedef intptr_t (*flush_callback)(void *);

static struct {
    void *(*create_stream)(void *, read_callback, seek_callback, write_callback, flush_callback);
    void (*release_stream)(void *);
    void *(*settings_new)(void);
    int (*settings_update)(void *, const char *, const char *);
    void *(*builder_new)(void);
    int (*builder_set_settings)(void *, void *);
    void *(*builder_build)(void *);
    void *(*reader_from_context)(void *);
    void *(*reader_with_stream)(void *, const char *, void *);
    char *(*reader_json)(void *);
    char *(*error)(void);
    int (*free)(const void *);
} c2pa;

static void *context;

typedef struct {
    const uint8_t *bytes;
    size_t size, place;
} memory;

static intptr_t memory_read(void *source, uint8_t *into, intptr_t count) {
    memory *file = source;
    if (count < 0) return -1;
    size_t left = file->place < file->size ? file->size - file->place : 0;
    size_t length = (size_t)count < left ? (size_t)count : left;
    if (length > 0) memcpy(into, file->bytes + file->place, length);
    file->place += length;
    return (intptr_t)length;
}

static intptr_t memory_seek(void *source, intptr_t offset, int from) {
    memory *file = source;
    intptr_t start = from == 0 ? 0 : from == 1 ? (intptr_t)file->place : (intptr_t)file->size, place;
    if (__builtin_add_overflow(start, offset, &place) || place < 0) return -1;
    file->place = (size_t)place;
    return place;
}

static intptr_t memory_write(void *source, const uint8_t *bytes, intptr_t count) {
    (void)source, (void)bytes, (void)count;
    return -1;
}

static intptr_t memory_flush(void *source) {
    (void)source;
    return 0;
}

static int fail(const char *what, char *why, size_t room) {
    char *words = c2pa.error();
    snprintf(why, room, "%s: %s", what, words != NULL ? words : "no reason given");
    if (words != NULL) c2pa.free(words);
    return -1;
}

int cnative_c2pa_open(const char *path, const char *settings, char *why, size_t room) {
    const cnative_symbol symbols[] = {
        {"c2pa_create_stream", (void **)&c2pa.create_stream},
        {"c2pa_release_stream", (void **)&c2pa.release_stream},
        {"c2pa_settings_new", (void **)&c2pa.settings_new},
        {"c2pa_settings_update_from_string", (void **)&c2pa.settings_update},
        {"c2pa_context_builder_new", (void **)&c2pa.builder_new},
        {"c2pa_context_builder_set_settings", (void **)&c2pa.builder_set_settings},
        {"c2pa_context_builder_build", (void **)&c2pa.builder_build},
        {"c2pa_reader_from_context", (void **)&c2pa.reader_from_context},
        {"c2pa_reader_with_stream", (void **)&c2pa.reader_with_stream},
        {"c2pa_reader_json", (void **)&c2pa.reader_json},
        {"c2pa_error", (void **)&c2pa.error},
        {"c2pa_free", (void **)&c2pa.free},
        {NULL, NULL},
    };
    if (cnative_open(path, symbols, why, room) != 0) return -1;
    void *chosen = c2pa.settings_new(), *builder = NULL;
    int refused = chosen == NULL || c2pa.settings_update(chosen, settings, "json") != 0 || (builder = c2pa.builder_new()) == NULL
        || c2pa.builder_set_settings(builder, chosen) != 0;
    // It takes the builder along.
    void *made = refused ? NULL : c2pa.builder_build(builder);
    int result = made != NULL ? 0 : fail(refused ? "the settings or trust anchors are refused" : "no context can be made", why, room);
    if (refused && builder != NULL) c2pa.free(builder);
    if (chosen != NULL) c2pa.free(chosen);
    if (made != NULL) context = made;
    return result;
}

static cnative_c2pa_outcome outcome_of_error(void) {
    char *words = c2pa.error();
    if (words == NULL) return CNATIVE_C2PA_UNREADABLE;
    cnative_c2pa_outcome outcome = strncmp(words, "ManifestNotFound", 16) == 0 ? CNATIVE_C2PA_NONE
        : strncmp(words, "Remote", 6) == 0                                    ? CNATIVE_C2PA_ELSEWHERE
                                                                              : CNATIVE_C2PA_UNREADABLE;
    c2pa.free(words);
    return outcome;
}

cnative_c2pa_outcome cnative_c2pa_read(
    const uint8_t *bytes, size_t size, const char *media_type, uint8_t *report, size_t room, size_t *length) {
    *length = 0;
    if (context == NULL || size > INTPTR_MAX) return CNATIVE_C2PA_UNREADABLE;
    memory file = {bytes, size, 0};
    void *stream = c2pa.create_stream(&file, memory_read, memory_seek, memory_write, memory_flush);
    if (stream == NULL) return CNATIVE_C2PA_UNREADABLE;
    cnative_c2pa_outcome outcome = CNATIVE_C2PA_UNREADABLE;
    void *empty = c2pa.reader_from_context(context);
    // It takes the empty reader along, whatever comes of it.
    void *reader = empty != NULL ? c2pa.reader_with_stream(empty, media_type, stream) : NULL;
    if (reader == NULL) {
        outcome = outcome_of_error();
    } else {
        char *json = c2pa.reader_json(reader);
        if (json != NULL) {
            size_t count = strlen(json);
            outcome = count <= room ? CNATIVE_C2PA_REPORT : CNATIVE_C2PA_TOO_LONG;
            if (outcome == CNATIVE_C2PA_REPORT) {
                memcpy(report, json, count);
                *length = count;
            }
            c2pa.free(json);
        }
        c2pa.free(reader);
    }
    c2pa.release_stream(stream);
    return outcome;
}
