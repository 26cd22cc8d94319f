// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cturbojpeg.h"

#include <string.h>
#include <turbojpeg.h>

static tjhandle decoder, encoder;

int cturbojpeg_start(void) {
    if (decoder == NULL) decoder = tjInitDecompress();
    if (encoder == NULL) encoder = tjInitCompress();
    if (decoder == NULL || encoder == NULL) return -1;
    uint8_t grey[16 * 16] = {0}, colour[16 * 16 * 3] = {0}, decoded[8 * 8], written[4096];
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    // An encoder of its own: one keeps the Huffman tables that it made for a progressive file, and they fit no other.
    tjhandle progressive = tjInitCompress();
    int failed = progressive == NULL
        || tjCompress2(progressive, grey, 16, 16, 16, TJPF_GRAY, &bytes, &length, TJSAMP_GRAY, 80, TJFLAG_PROGRESSIVE) != 0
        || cturbojpeg_luminance(bytes, length, 16, 16, 4, decoded) != CTURBOJPEG_OK;
    tjFree(bytes);
    if (progressive != NULL) tjDestroy(progressive);
    if (failed) return -1;
    size_t count = cturbojpeg_encode(colour, 16, 16, 75, written, sizeof written);
    return count > 0 && cturbojpeg_rgb(written, count, 16, 16, 8, colour) == CTURBOJPEG_OK ? 0 : -1;
}

cturbojpeg_status cturbojpeg_header(const uint8_t *bytes, size_t length, int *width, int *height, int *has_luminance) {
    int subsampling, space;
    if (tjDecompressHeader3(decoder, bytes, length, width, height, &subsampling, &space) != 0
        && tjGetErrorCode(decoder) != TJERR_WARNING)
        return CTURBOJPEG_DAMAGED;
    *has_luminance = space == TJCS_YCbCr || space == TJCS_GRAY || space == TJCS_RGB;
    return CTURBOJPEG_OK;
}

int cturbojpeg_scaled(int side, int eighths) {
    tjscalingfactor factor = {eighths, 8};
    return TJSCALED(side, factor);
}

static cturbojpeg_status decode(
    const uint8_t *bytes, size_t length, int width, int height, int eighths, int kind, uint8_t *pixels) {
    int scaled_width = cturbojpeg_scaled(width, eighths), scaled_height = cturbojpeg_scaled(height, eighths);
    // What is left undecoded is black, not what another file left in this memory.
    memset(pixels, 0, (size_t)scaled_width * (size_t)scaled_height * (size_t)tjPixelSize[kind]);
    // A progressive file with thousands of scans over few bytes would take minutes.
    int result = tjDecompress2(
        decoder, bytes, length, pixels, scaled_width, scaled_width * tjPixelSize[kind], scaled_height, kind, TJFLAG_LIMITSCANS);
    if (result == 0) return CTURBOJPEG_OK;
    const char *words = tjGetErrorStr2(decoder);
    if (tjGetErrorCode(decoder) != TJERR_WARNING)
        return strstr(words, "500 scans") != NULL ? CTURBOJPEG_TOO_MANY_SCANS : CTURBOJPEG_DAMAGED;
    // The library tells of the first warning only, and calls an error after it a warning too: only a file that merely ends early is
    // known for what it is, anything else is left to the other decoder.
    return strstr(words, "remature end") != NULL ? CTURBOJPEG_CUT_SHORT : CTURBOJPEG_DAMAGED;
}

cturbojpeg_status cturbojpeg_luminance(const uint8_t *bytes, size_t length, int width, int height, int eighths, uint8_t *pixels) {
    return decode(bytes, length, width, height, eighths, TJPF_GRAY, pixels);
}

cturbojpeg_status cturbojpeg_rgb(const uint8_t *bytes, size_t length, int width, int height, int eighths, uint8_t *pixels) {
    return decode(bytes, length, width, height, eighths, TJPF_RGB, pixels);
}

size_t cturbojpeg_bound(int width, int height) { return tjBufSize(width, height, TJSAMP_420); }

size_t cturbojpeg_encode(const uint8_t *rgb, int width, int height, int quality, uint8_t *to, size_t capacity) {
    // The library is told how much room it needs at most, not how much there is.
    if (capacity < cturbojpeg_bound(width, height)) return 0;
    unsigned char *bytes = to;
    unsigned long length = capacity;
    int failed = tjCompress2(encoder, rgb, width, 3 * width, height, TJPF_RGB, &bytes, &length, TJSAMP_420, quality, TJFLAG_NOREALLOC);
    return failed ? 0 : length;
}
