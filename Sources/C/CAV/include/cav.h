// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// What the media worker needs of FFmpeg's libraries: the pictures of a video that lies in memory.
// One thread only. Nothing here opens a file; files that name others are not followed.

#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum { CAV_MP4, CAV_MATROSKA } cav_format;

typedef enum {
    CAV_OK,
    // There are no more frames.
    CAV_END,
    // The bytes are not a video of that format, or damaged beyond reading.
    CAV_DAMAGED,
    // It has no video stream in a codec that is decoded here.
    CAV_NO_VIDEO,
    // A frame has more pixels than allowed.
    CAV_TOO_LARGE,
    // The time or the frames that were allowed are used up.
    CAV_STOPPED,
} cav_status;

typedef struct {
    // Pixels of one frame.
    uint64_t pixels;
    // Frames decoded, whether handed out or not.
    int64_t decoded_frames;
    // Wall-clock time from opening on.
    double seconds;
} cav_limits;

typedef struct {
    int width;
    int height;
    // The average of the stream; 0 when it does not say.
    double frames_per_second;
    // 0 when unknown.
    double seconds;
    char codec[16];
} cav_info;

typedef struct {
    // Counted from 0 in the order of showing.
    int64_t number;
    int width;
    int height;
    // RGB, 3 bytes a pixel. Good until the next call.
    const uint8_t *pixels;
    size_t bytes_per_row;
} cav_frame;

typedef struct cav_video cav_video;

// Makes FFmpeg load all it loads lazily. Call once, before cbox_lock_down. Returns 0, or -1 when a decoder is missing.
int cav_start(void);

// Reads the headers. The bytes must live until cav_close. On CAV_OK *video must be closed.
cav_status cav_open(
    const uint8_t *bytes, size_t length, cav_format format, const cav_limits *limits, int key_frames_only, cav_info *info,
    cav_video **video);

// Hands out the next frame whose number is a multiple of `step` (every key frame in key-frame mode).
cav_status cav_next(cav_video *video, int64_t step, cav_frame *frame);

// Whether something was left out because it could not be decoded.
int cav_has_gaps(const cav_video *video);

void cav_close(cav_video *video);
