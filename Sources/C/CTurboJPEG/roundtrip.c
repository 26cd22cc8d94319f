// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cturbojpeg_roundtrip.h"

#include <stddef.h>
#include <turbojpeg.h>

// Made at the first call and kept for the life of the process.
static tjhandle encoder, decoder;

int cturbojpeg_round_trip(uint8_t *pixels, int width, int height, int channels, int quality) {
    if (encoder == NULL) encoder = tjInitCompress();
    if (decoder == NULL) decoder = tjInitDecompress();
    if (encoder == NULL || decoder == NULL) return -1;
    int format = channels == 1 ? TJPF_GRAY : TJPF_RGB, sampling = channels == 1 ? TJSAMP_GRAY : TJSAMP_420;
    unsigned char *bytes = NULL;
    unsigned long length = 0;
    // The accurate transform, as libjpeg takes it when it is not told otherwise.
    int failed = tjCompress2(
                     encoder, pixels, width, width * channels, height, format, &bytes, &length, sampling, quality,
                     TJFLAG_ACCURATEDCT)
            != 0
        || tjDecompress2(decoder, bytes, length, pixels, width, width * channels, height, format, TJFLAG_ACCURATEDCT) != 0;
    tjFree(bytes);
    return failed ? -1 : 0;
}
