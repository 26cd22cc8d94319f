// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Pictures in smaller sizes, row by row: memory grows with the width, not with the height. Every pixel counts (triangle filter whose
// support grows with the reduction, the way to shrink that models were trained with).

#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct craster_shrinker craster_shrinker;

// Starts a picture of 1 or 3 channels that is to become `to_width` x `to_height` pixels; a side may also grow. All sides are above 0.
// NULL when there is no memory.
craster_shrinker *craster_new(int width, int height, int channels, int to_width, int to_height);

// Adds the next row, from top to bottom; rows beyond the last are ignored.
void craster_add_row(craster_shrinker *shrinker, const uint8_t *row);

// The picture (to_width * to_height * channels bytes, rows without gaps), good until craster_free. Rows that never came are black.
const uint8_t *craster_pixels(const craster_shrinker *shrinker);

// NULL is allowed.
void craster_free(craster_shrinker *shrinker);

// The luminance of a row of RGB pixels (ITU-R 601).
void craster_luminance(const uint8_t *rgb, int width, uint8_t *luminance);

// The same as PDQ's tools round it: the nearest of (299 red + 587 green + 114 blue) / 1000.
void craster_pdq_luminance(const uint8_t *rgb, int width, uint8_t *luminance);

// A picture as it is meant to be seen, by its EXIF orientation (2 to 8); from 5 on its sides change places.
void craster_turn(const uint8_t *pixels, int width, int height, int channels, int orientation, uint8_t *turned);
