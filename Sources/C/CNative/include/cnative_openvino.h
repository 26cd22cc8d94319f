// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Neural networks on this processor, by OpenVINO's C library: one input, batch 1, one thread. Everything is compiled when it is
// loaded, so that running needs no file and no new executable memory. One thread only.

#pragma once

#include <stddef.h>
#include <stdint.h>

typedef struct cnative_openvino cnative_openvino;

// Opens the library (an absolute path). Returns 0, or -1 with a reason in `why`. May be called again.
int cnative_openvino_start(const char *library, char *why, size_t room);

// Loads a model from bytes and compiles it for an input of this shape. ONNX is read from memory; `is_tflite` needs a folder for a
// link to the bytes, which is gone on return. `wants_half` asks for 16-bit arithmetic where the processor has it.
// Null with a reason in `why`.
cnative_openvino *cnative_openvino_load(
    const uint8_t *bytes, size_t length, int is_tflite, const int64_t shape[4], int wants_half, char *why, size_t room);

// `f32` or `f16`: what it really computes with.
const char *cnative_openvino_precision(const cnative_openvino *model);

// Where its input goes, `*count` floats.
float *cnative_openvino_input(const cnative_openvino *model, size_t *count);

// Runs it once. Returns 0, or -1 with a reason.
int cnative_openvino_run(cnative_openvino *model, char *why, size_t room);

// How many tensors it gives, and each: null when it is not one of floats. Valid until the next run.
size_t cnative_openvino_outputs(const cnative_openvino *model);
const float *cnative_openvino_output(const cnative_openvino *model, size_t index, size_t *count);

void cnative_openvino_free(cnative_openvino *model);
