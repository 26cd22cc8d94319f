// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cnative_tesseract.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cnative_library.h"

// Of the library's enumerations.
enum { engine_lstm_only = 1, page_auto = 3, level_text_line = 2, level_word = 3 };

typedef struct api api;
typedef struct monitor monitor;
typedef struct iterator iterator;
typedef struct page_iterator page_iterator;

static struct {
    api *(*create)(void);
    void (*delete)(api *);
    const char *(*version)(void);
    int (*init)(api *, const char *data, const char *languages, int engine);
    char **(*loaded)(const api *);
    void (*delete_loaded)(char **);
    int (*set_variable)(api *, const char *name, const char *value);
    void (*set_page_mode)(api *, int mode);
    void (*set_image)(api *, const unsigned char *pixels, int width, int height, int bytes_per_pixel, int bytes_per_line);
    void (*set_resolution)(api *, int dots_per_inch);
    int (*recognize)(api *, monitor *);
    void (*clear)(api *);
    iterator *(*words)(api *);
    void (*delete_words)(iterator *);
    int (*next)(iterator *, int level);
    const page_iterator *(*page)(const iterator *);
    int (*begins)(const page_iterator *, int level);
    char *(*text)(const iterator *, int level);
    float (*confidence)(const iterator *, int level);
    void (*delete_text)(const char *);
    monitor *(*monitor_create)(void);
    void (*monitor_delete)(monitor *);
    void (*monitor_deadline)(monitor *, int milliseconds);
} lib;

static const cnative_symbol symbols[] = {
    {"TessBaseAPICreate", (void **)&lib.create},
    {"TessBaseAPIDelete", (void **)&lib.delete},
    {"TessVersion", (void **)&lib.version},
    {"TessBaseAPIInit2", (void **)&lib.init},
    {"TessBaseAPIGetLoadedLanguagesAsVector", (void **)&lib.loaded},
    {"TessDeleteTextArray", (void **)&lib.delete_loaded},
    {"TessBaseAPISetVariable", (void **)&lib.set_variable},
    {"TessBaseAPISetPageSegMode", (void **)&lib.set_page_mode},
    {"TessBaseAPISetImage", (void **)&lib.set_image},
    {"TessBaseAPISetSourceResolution", (void **)&lib.set_resolution},
    {"TessBaseAPIRecognize", (void **)&lib.recognize},
    {"TessBaseAPIClear", (void **)&lib.clear},
    {"TessBaseAPIGetIterator", (void **)&lib.words},
    {"TessResultIteratorDelete", (void **)&lib.delete_words},
    {"TessResultIteratorNext", (void **)&lib.next},
    {"TessResultIteratorGetPageIteratorConst", (void **)&lib.page},
    {"TessPageIteratorIsAtBeginningOf", (void **)&lib.begins},
    {"TessResultIteratorGetUTF8Text", (void **)&lib.text},
    {"TessResultIteratorConfidence", (void **)&lib.confidence},
    {"TessDeleteText", (void **)&lib.delete_text},
    {"TessMonitorCreate", (void **)&lib.monitor_create},
    {"TessMonitorDelete", (void **)&lib.monitor_delete},
    {"TessMonitorSetDeadlineMSecs", (void **)&lib.monitor_deadline},
    {NULL, NULL},
};

struct cnative_tesseract {
    api *api;
};

static bool are_languages(const char *languages) {
    size_t length = strlen(languages);
    return length > 0 && length <= 64
        && strspn(languages, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_+") == length;
}

// The library is content with any one of the languages; we are not. Writes the first that is missing.
static bool has_languages(const api *of, const char *languages, char missing[65]) {
    char **loaded = lib.loaded(of);
    bool all = loaded != NULL;
    while (all && *languages != 0) {
        size_t length = strcspn(languages, "+");
        bool found = length == 0;
        for (char **one = loaded; !found && *one != NULL; one++)
            found = strlen(*one) == length && memcmp(*one, languages, length) == 0;
        snprintf(missing, 65, "%.*s", (int)length, languages);
        all = found;
        languages += length + (languages[length] == '+');
    }
    if (loaded != NULL) lib.delete_loaded(loaded);
    return all;
}

cnative_tesseract *cnative_tesseract_new(const char *languages, char *why, size_t room) {
    if (!are_languages(languages)) {
        snprintf(why, room, "'%.64s' is not a list of languages such as eng+kor", languages);
        return NULL;
    }
    // Its teams of threads would spin in a process that has one core. Read when libgomp starts, which comes with the library.
    setenv("OMP_THREAD_LIMIT", "1", 1);
    if (cnative_open("libtesseract.so.5", symbols, why, room) != 0) return NULL;
    cnative_tesseract *reader = calloc(1, sizeof *reader);
    if (reader == NULL || (reader->api = lib.create()) == NULL) {
        snprintf(why, room, "there is no memory for it");
        free(reader);
        return NULL;
    }
    char missing[65];
    snprintf(missing, sizeof missing, "%s", languages);
    if (lib.init(reader->api, NULL, languages, engine_lstm_only) != 0 || !has_languages(reader->api, languages, missing)) {
        snprintf(why, room, "the data of '%s' cannot be read (Debian: tesseract-ocr-LANGUAGE)", missing);
        lib.delete(reader->api);
        free(reader);
        return NULL;
    }
    // Notes about pictures go nowhere.
    lib.set_variable(reader->api, "debug_file", "/dev/null");
    lib.set_page_mode(reader->api, page_auto);
    return reader;
}

const char *cnative_tesseract_version(const cnative_tesseract *reader) {
    (void)reader;
    return lib.version();
}

// Adds a word of the iterator behind `length` bytes; returns the new length.
static size_t add_word(iterator *words, float least, char *text, size_t length, size_t room) {
    char *word = lib.text(words, level_word);
    if (word == NULL) return length;
    size_t size = strlen(word);
    // A word that has no room is left out whole: half of a character would not be UTF-8.
    if (lib.confidence(words, level_word) >= least && size > 0 && length + size + 1 <= room) {
        if (length > 0) text[length++] = lib.begins(lib.page(words), level_text_line) ? '\n' : ' ';
        memcpy(text + length, word, size);
        length += size;
    }
    lib.delete_text(word);
    return length;
}

long cnative_tesseract_read(
    cnative_tesseract *reader, const uint8_t *pixels, int width, int height, int milliseconds, float least, char *text, size_t room) {
    monitor *watch = lib.monitor_create();
    if (watch == NULL) return -1;
    struct timespec begin, end;
    clock_gettime(CLOCK_MONOTONIC, &begin);
    lib.monitor_deadline(watch, milliseconds);
    lib.set_image(reader->api, pixels, width, height, 1, width);
    // What a screen has; without it the library guesses from the picture, and says so.
    lib.set_resolution(reader->api, 96);
    int status = lib.recognize(reader->api, watch);
    lib.monitor_delete(watch);
    clock_gettime(CLOCK_MONOTONIC, &end);
    long took = (end.tv_sec - begin.tv_sec) * 1000 + (end.tv_nsec - begin.tv_nsec) / 1000000;
    // It does not say why it gave up.
    long result = took >= milliseconds ? -2 : -1;
    if (status == 0) {
        size_t length = 0;
        iterator *words = lib.words(reader->api);
        if (words != NULL) {
            do length = add_word(words, least, text, length, room);
            while (lib.next(words, level_word));
            lib.delete_words(words);
        }
        result = (long)length;
    }
    lib.clear(reader->api);
    return result;
}
