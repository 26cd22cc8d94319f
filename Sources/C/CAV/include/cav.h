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
    // All of its streams are sound, whatever the codec; a song with a cover has more than that.
    CAV_ONLY_SOUND,
    // A frame has more pixels than allowed.
    CAV_TOO_LARGE,
    // The time or the frames that were allowed are used up.
    CAV_STOPPED,
} cav_status;

typedef enum {
    CAV_ALL_FRAMES,
    // Frames that stand alone; the others are not decoded.
    CAV_KEY_FRAMES,
    // Frames that no other needs are not decoded. What is handed out is exact all the same.
    CAV_REFERENCE_FRAMES,
} cav_mode;

typedef struct {
    // Pixels of one frame.
    uint64_t pixels;
    // Frames decoded, whether handed out or not, and their pixels.
    int64_t decoded_frames;
    uint64_t decoded_pixels;
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
    // When it shows, in the stream's own units; INT64_MIN when it does not say.
    int64_t time;
} cav_frame;

// What a stream consists of, found without decoding anything.
typedef struct {
    // As the container says, 0 when it does not.
    int width;
    int height;
    int64_t frames;
    int64_t keys;
    // When the first and the last key frame show, in the stream's own units.
    int64_t first;
    int64_t last;
    // From the first frame to the last, by their times.
    double seconds;
    // The longest stretch that one key frame stands for: to the next one, or to the end, where there are frames between them. By the
    // times, and by the frames.
    double stretch_seconds;
    int64_t stretch_frames;
} cav_outline;

typedef struct cav_video cav_video;

// Makes FFmpeg load all it loads lazily. Call once, before cbox_lock_down. Returns 0, or -1 when a decoder is missing.
int cav_start(void);

// Goes through the whole file. CAV_OK also for one that ends early.
cav_status cav_outline_of(
    const uint8_t *bytes, size_t length, cav_format format, const cav_limits *limits, cav_outline *outline);

// Reads the headers. The bytes must live until cav_close. On CAV_OK *video must be closed.
cav_status cav_open(
    const uint8_t *bytes, size_t length, cav_format format, const cav_limits *limits, cav_mode mode, cav_info *info,
    cav_video **video);

// In key-frame mode: of more key frames than `most`, hands out only so many, spread over the file: half of them evenly by their
// number and half by their time, so that neither many key frames in a moment nor a false time hides the others. What lies between
// key frames is not its matter: see the stretches above.
void cav_spread(cav_video *video, const cav_outline *outline, int64_t most);

// Hands out the next frame whose number is a multiple of `step`, or the first one after that multiple where frames are left out
// (every key frame in key-frame mode).
cav_status cav_next(cav_video *video, int64_t step, cav_frame *frame);

// Where frames are left out: hands out one also when so many others were decoded since the last, whatever their times say.
void cav_hand_out_after(cav_video *video, int64_t frames);

// In key-frame mode, at the end: whether the container calls frames key frames that the decoder does not take for ones.
int cav_has_false_keys(const cav_video *video);

// Whether something was left out because it could not be decoded.
int cav_has_gaps(const cav_video *video);

void cav_close(cav_video *video);
