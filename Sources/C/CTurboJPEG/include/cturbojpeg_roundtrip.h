// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#pragma once

#include <stdint.h>

// Puts pixels once through JPEG in memory: what a model was trained on had gone through it. `channels` is 1 or 3 (4:2:0), rows are
// without gaps, and the result replaces them. Returns 0, or -1. One thread only.
int cturbojpeg_round_trip(uint8_t *pixels, int width, int height, int channels, int quality);
