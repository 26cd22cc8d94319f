// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Tesseract 5 reads text in pictures. From the system's libtesseract.so.5; one reader, one thread.

#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct cnative_tesseract cnative_tesseract;

// Opens the library and the data of the languages (`eng+kor`; letters, digits, `_` and `+`) from the library's own folder. Null with a
// reason in words in `why`. Reads files: call it before the box closes.
cnative_tesseract *cnative_tesseract_new(const char *languages, char *why, size_t room);

// The library's version, such as `5.3.0`.
const char *cnative_tesseract_version(const cnative_tesseract *reader);

// What is written in a picture of one byte a pixel, rows without gaps: UTF-8 of at most `room` bytes (without an end), lines by line
// feeds, words with a confidence (0 to 100) below `least` left out. Returns its length; -1 when it failed, -2 when the time was over.
long cnative_tesseract_read(
    cnative_tesseract *reader, const uint8_t *pixels, int width, int height, int milliseconds, float least, char *text, size_t room);
