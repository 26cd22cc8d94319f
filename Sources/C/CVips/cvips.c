// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#include "cvips.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

struct cvips_picture {
    VipsImage *image;
    VipsRegion *region;
};

// A GIF of one pixel; the other three formats are written by libvips itself when warming up.
static const uint8_t tiny_gif[] = {
    'G', 'I', 'F', '8', '9', 'a', 1, 0, 1, 0, 0x80, 0, 0, 255, 255, 255, 0, 0, 0, 0x2c, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x44, 1, 0, 0x3b,
};

static VipsImage *load(const uint8_t *bytes, size_t length, cvips_format format) {
    VipsImage *image = NULL;
    // A picture cut short is still shown by browsers, so what is there is decoded: fail on nothing that can be shown.
    void *buffer = (void *)bytes;
    switch (format) {
    case CVIPS_JPEG:
        vips_jpegload_buffer(buffer, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_NONE, NULL);
        break;
    case CVIPS_PNG:
        vips_pngload_buffer(buffer, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_NONE, NULL);
        break;
    case CVIPS_WEBP:
        vips_webpload_buffer(buffer, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_NONE, NULL);
        break;
    case CVIPS_GIF:
        vips_gifload_buffer(buffer, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", VIPS_FAIL_ON_NONE, NULL);
        break;
    }
    return image;
}

// Replaces *image by the result of an operation, or by NULL.
static void step(VipsImage **image, int failed, VipsImage *result) {
    g_object_unref(*image);
    *image = failed ? NULL : result;
}

// To 8-bit luminance or sRGB. Alpha is dropped, not composited, and colour profiles are ignored, as the PDQ reference does;
// CMYK, 16-bit and the rest are converted.
static VipsImage *simplify(VipsImage *image) {
    VipsImage *result = NULL;
    VipsInterpretation wanted = image->Bands < 3 ? VIPS_INTERPRETATION_B_W : VIPS_INTERPRETATION_sRGB;
    if (image->Type != wanted) {
        int failed = vips_colourspace(image, &result, wanted, NULL);
        step(&image, failed, result);
        if (image == NULL) return NULL;
    }
    int bands = wanted == VIPS_INTERPRETATION_B_W ? 1 : 3;
    if (image->Bands != bands) {
        int failed = vips_extract_band(image, &result, 0, "n", bands, NULL);
        step(&image, failed, result);
        if (image == NULL) return NULL;
    }
    if (image->BandFmt != VIPS_FORMAT_UCHAR) {
        int failed = vips_cast_uchar(image, &result, NULL);
        step(&image, failed, result);
    }
    return image;
}

cvips_status cvips_open(
    const uint8_t *bytes, size_t length, cvips_format format, uint64_t pixel_limit, int *width, int *height,
    cvips_picture **picture) {
    *picture = NULL;
    VipsImage *image = load(bytes, length, format);
    if (image == NULL) {
        vips_error_clear();
        return CVIPS_DAMAGED;
    }
    *width = image->Xsize;
    *height = image->Ysize;
    if ((uint64_t)image->Xsize * (uint64_t)image->Ysize > pixel_limit) {
        g_object_unref(image);
        vips_error_clear();
        return CVIPS_TOO_LARGE;
    }
    image = simplify(image);
    VipsRegion *region = image == NULL ? NULL : vips_region_new(image);
    cvips_picture *opened = region == NULL ? NULL : malloc(sizeof *opened);
    vips_error_clear();
    if (opened == NULL) {
        if (region != NULL) g_object_unref(region);
        if (image != NULL) g_object_unref(image);
        return CVIPS_DAMAGED;
    }
    opened->image = image;
    opened->region = region;
    *picture = opened;
    return CVIPS_OK;
}

int cvips_bands(const cvips_picture *picture) { return picture->image->Bands; }

cvips_status cvips_read_row(cvips_picture *picture, int y, uint8_t *row) {
    VipsRect rect = {0, y, picture->image->Xsize, 1};
    if (vips_region_prepare(picture->region, &rect) != 0) {
        vips_error_clear();
        return CVIPS_DAMAGED;
    }
    memcpy(row, VIPS_REGION_ADDR(picture->region, 0, y), (size_t)picture->image->Xsize * (size_t)picture->image->Bands);
    return CVIPS_OK;
}

void cvips_close(cvips_picture *picture) {
    g_object_unref(picture->region);
    g_object_unref(picture->image);
    free(picture);
    vips_error_clear();
}

// Decodes a picture once, so that whatever is loaded lazily is there before the doors close.
static int warm_up(const uint8_t *bytes, size_t length, cvips_format format) {
    int width, height;
    cvips_picture *picture;
    if (cvips_open(bytes, length, format, 64, &width, &height, &picture) != CVIPS_OK) return -1;
    uint8_t row[64 * 3];
    cvips_status status = cvips_read_row(picture, 0, row);
    cvips_close(picture);
    return status == CVIPS_OK ? 0 : -1;
}

// Writes a picture of one pixel in that format and decodes it.
static int warm_up_with(int bands, VipsInterpretation type, VipsBandFormat depth, cvips_format format) {
    VipsImage *black = NULL, *cast = NULL, *tagged = NULL;
    void *bytes = NULL;
    size_t length = 0;
    int failed = vips_black(&black, 1, 1, "bands", bands, NULL) || vips_cast(black, &cast, depth, NULL)
        || vips_copy(cast, &tagged, "interpretation", type, NULL);
    if (!failed) {
        switch (format) {
        case CVIPS_JPEG: failed = vips_jpegsave_buffer(tagged, &bytes, &length, NULL); break;
        case CVIPS_PNG: failed = vips_pngsave_buffer(tagged, &bytes, &length, NULL); break;
        case CVIPS_WEBP: failed = vips_webpsave_buffer(tagged, &bytes, &length, NULL); break;
        case CVIPS_GIF: failed = 1; break;
        }
    }
    if (!failed) failed = warm_up(bytes, length, format);
    g_free(bytes);
    if (tagged != NULL) g_object_unref(tagged);
    if (cast != NULL) g_object_unref(cast);
    if (black != NULL) g_object_unref(black);
    return failed;
}

int cvips_start(void) {
    // The vector code writes a file and maps it executable; warnings about hostile files would fill the log.
    setenv("VIPS_NOVECTOR", "1", 1);
    setenv("VIPS_WARNING", "0", 1);
    if (vips_init("haechi-media-worker") != 0) return -1;
    // One heap for all threads: each further one would reserve 64 MiB of the address space allowed.
    mallopt(M_ARENA_MAX, 1);
    vips_concurrency_set(1);
    vips_cache_set_max(0);
    vips_block_untrusted_set(TRUE);
    vips_operation_block_set("VipsForeignLoad", TRUE);
    vips_operation_block_set("VipsForeignLoadJpeg", FALSE);
    vips_operation_block_set("VipsForeignLoadPng", FALSE);
    vips_operation_block_set("VipsForeignLoadWebp", FALSE);
    vips_operation_block_set("VipsForeignLoadNsgif", FALSE);
    int failed = warm_up(tiny_gif, sizeof tiny_gif, CVIPS_GIF)
        || warm_up_with(3, VIPS_INTERPRETATION_sRGB, VIPS_FORMAT_UCHAR, CVIPS_JPEG)
        || warm_up_with(1, VIPS_INTERPRETATION_B_W, VIPS_FORMAT_UCHAR, CVIPS_JPEG)
        || warm_up_with(4, VIPS_INTERPRETATION_CMYK, VIPS_FORMAT_UCHAR, CVIPS_JPEG)
        || warm_up_with(4, VIPS_INTERPRETATION_sRGB, VIPS_FORMAT_UCHAR, CVIPS_PNG)
        || warm_up_with(3, VIPS_INTERPRETATION_RGB16, VIPS_FORMAT_USHORT, CVIPS_PNG)
        || warm_up_with(1, VIPS_INTERPRETATION_GREY16, VIPS_FORMAT_USHORT, CVIPS_PNG)
        || warm_up_with(3, VIPS_INTERPRETATION_sRGB, VIPS_FORMAT_UCHAR, CVIPS_WEBP);
    vips_operation_block_set("VipsForeignSave", TRUE);
    vips_error_clear();
    return failed ? -1 : 0;
}
