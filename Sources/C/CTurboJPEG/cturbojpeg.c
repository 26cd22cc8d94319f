// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cturbojpeg.h"

#include <string.h>
#include <turbojpeg.h>

static tjhandle decoder;

int cturbojpeg_start(void) {
    if (decoder == NULL) decoder = tjInitDecompress();
    if (decoder == NULL) return -1;
    uint8_t grey[16 * 16] = {0}, decoded[8 * 8];
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    tjhandle encoder = tjInitCompress();
    int failed = encoder == NULL
        || tjCompress2(encoder, grey, 16, 16, 16, TJPF_GRAY, &bytes, &length, TJSAMP_GRAY, 80, TJFLAG_PROGRESSIVE) != 0
        || cturbojpeg_luminance(bytes, length, 16, 16, 4, decoded) != CTURBOJPEG_OK;
    tjFree(bytes);
    if (encoder != NULL) tjDestroy(encoder);
    return failed ? -1 : 0;
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

cturbojpeg_status cturbojpeg_luminance(const uint8_t *bytes, size_t length, int width, int height, int eighths, uint8_t *pixels) {
    int scaled_width = cturbojpeg_scaled(width, eighths), scaled_height = cturbojpeg_scaled(height, eighths);
    // A progressive file with thousands of scans over few bytes would take minutes.
    int result = tjDecompress2(
        decoder, bytes, length, pixels, scaled_width, scaled_width, scaled_height, TJPF_GRAY, TJFLAG_LIMITSCANS);
    if (result == 0) return CTURBOJPEG_OK;
    if (tjGetErrorCode(decoder) != TJERR_WARNING) return CTURBOJPEG_DAMAGED;
    return strstr(tjGetErrorStr2(decoder), "remature end") != NULL ? CTURBOJPEG_CUT_SHORT : CTURBOJPEG_OK;
}
