// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#define _GNU_SOURCE
#include "cvips.h"

#include <dlfcn.h>
#include <gmodule.h>
#include <malloc.h>
#include <stdlib.h>
#include <string.h>
#include <vips/vips.h>

#include "warm_up.h"

struct cvips_picture {
    VipsImage *image;
    VipsRegion *region;
    int orientation;
    // How long each frame shows, in milliseconds; NULL when the file does not say.
    int *delays;
    int delay_count;
};

static int has_heif;

static VipsImage *load(const uint8_t *bytes, size_t length, cvips_format format, int whole_only, int frames) {
    VipsImage *image = NULL;
    // A picture cut short is still shown by browsers, so what is there can be decoded: fail on nothing that can be shown.
    VipsFailOn fail_on = whole_only ? VIPS_FAIL_ON_TRUNCATED : VIPS_FAIL_ON_NONE;
    void *buffer = (void *)bytes;
    switch (format) {
    case CVIPS_JPEG:
        vips_jpegload_buffer(buffer, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, NULL);
        break;
    case CVIPS_PNG:
        vips_pngload_buffer(buffer, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, NULL);
        break;
    case CVIPS_WEBP:
        vips_webpload_buffer(
            buffer, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, "n", frames > 1 ? frames : 1, NULL);
        break;
    case CVIPS_GIF:
        vips_gifload_buffer(
            buffer, length, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, "n", frames > 1 ? frames : 1, NULL);
        break;
    case CVIPS_HEIF:
        // By name: the loader is not in the library but in a module. Turned as the file says, the primary picture only.
        if (has_heif) {
            VipsBlob *blob = vips_blob_new(NULL, buffer, length);
            vips_call("heifload_buffer", blob, &image, "access", VIPS_ACCESS_SEQUENTIAL, "fail_on", fail_on, NULL);
            vips_area_unref((VipsArea *)blob);
        }
        break;
    }
    return image;
}

// Replaces *image by the result of an operation, or by NULL.
static void step(VipsImage **image, int failed, VipsImage *result) {
    g_object_unref(*image);
    *image = failed ? NULL : result;
}

// Puts the picture on a background of one grey where it is transparent.
static VipsImage *flatten(VipsImage *image, int background) {
    VipsImage *result = NULL;
    int deep = image->BandFmt == VIPS_FORMAT_USHORT;
    VipsArrayDouble *grey = vips_array_double_newv(1, (double)(deep ? background * 257 : background));
    int failed = vips_flatten(image, &result, "background", grey, "max_alpha", deep ? 65535.0 : 255.0, NULL);
    vips_area_unref((VipsArea *)grey);
    step(&image, failed, result);
    return image;
}

// To 8-bit luminance or sRGB. Colour profiles are ignored, as the PDQ reference does; CMYK, 16-bit and the rest are converted.
static VipsImage *simplify(VipsImage *image, int background) {
    VipsImage *result = NULL;
    if (background >= 0 && vips_image_hasalpha(image)) {
        image = flatten(image, background);
        if (image == NULL) return NULL;
    }
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

static void remember_delays(VipsImage *image, cvips_picture *picture) {
    int *delays, count;
    if (vips_image_get_typeof(image, "delay") == 0 || vips_image_get_array_int(image, "delay", &delays, &count) != 0) return;
    picture->delays = malloc(sizeof(int) * (size_t)count);
    if (picture->delays == NULL) return;
    memcpy(picture->delays, delays, sizeof(int) * (size_t)count);
    picture->delay_count = count;
}

cvips_status cvips_open(
    const uint8_t *bytes, size_t length, cvips_format format, const cvips_options *options, cvips_header *header,
    cvips_picture **picture) {
    *picture = NULL;
    VipsImage *image = load(bytes, length, format, options->whole_only, options->frames);
    if (image == NULL) {
        vips_error_clear();
        return CVIPS_DAMAGED;
    }
    int orientation = vips_image_get_orientation(image);
    int lies = orientation >= 5;
    header->width = lies ? image->Ysize : image->Xsize;
    header->height = lies ? image->Xsize : vips_image_get_page_height(image);
    header->orientation = orientation;
    header->frames = vips_image_get_n_pages(image);
    if ((uint64_t)header->width * (uint64_t)header->height > options->pixel_limit) {
        g_object_unref(image);
        vips_error_clear();
        return CVIPS_TOO_LARGE;
    }
    cvips_picture *opened = calloc(1, sizeof *opened);
    if (opened != NULL && options->frames > 1) remember_delays(image, opened);
    image = simplify(image, options->background);
    vips_error_clear();
    if (opened == NULL || image == NULL) {
        if (image != NULL) g_object_unref(image);
        if (opened != NULL) free(opened->delays);
        free(opened);
        return CVIPS_DAMAGED;
    }
    opened->image = image;
    opened->orientation = orientation;
    *picture = opened;
    return CVIPS_OK;
}

// Turns the decoded pixels; a picture that lies has its last column where the first row is wanted, so all of it is needed.
static int turn_upright(cvips_picture *picture) {
    VipsImage *whole = vips_image_copy_memory(picture->image);
    if (whole == NULL) return -1;
    VipsImage *upright = NULL;
    int failed = vips_autorot(whole, &upright, NULL);
    g_object_unref(whole);
    if (failed) return -1;
    g_object_unref(picture->image);
    picture->image = upright;
    return 0;
}

cvips_status cvips_prepare(cvips_picture *picture) {
    int failed = picture->orientation > 1 ? turn_upright(picture) : 0;
    if (!failed && picture->region == NULL) picture->region = vips_region_new(picture->image);
    vips_error_clear();
    return failed || picture->region == NULL ? CVIPS_DAMAGED : CVIPS_OK;
}

int cvips_delay(const cvips_picture *picture, int frame) {
    return frame < picture->delay_count && picture->delays[frame] > 0 ? picture->delays[frame] : 0;
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
    if (picture->region != NULL) g_object_unref(picture->region);
    g_object_unref(picture->image);
    free(picture->delays);
    free(picture);
    vips_error_clear();
}

// Decodes a picture once, so that whatever is loaded lazily is there before the doors close.
static int warm_up(const uint8_t *bytes, size_t length, cvips_format format) {
    const cvips_options options = {.pixel_limit = 64 * 64, .background = 255, .whole_only = 1};
    cvips_header header;
    cvips_picture *picture;
    if (cvips_open(bytes, length, format, &options, &header, &picture) != CVIPS_OK) return -1;
    uint8_t row[64 * 3];
    cvips_status status = cvips_prepare(picture);
    if (status == CVIPS_OK) status = cvips_read_row(picture, 0, row);
    cvips_close(picture);
    return status == CVIPS_OK ? 0 : -1;
}

// Writes a picture of one pixel in that format and decodes it.
static int warm_up_with(int bands, VipsInterpretation type, VipsBandFormat depth, cvips_format format, int orientation) {
    VipsImage *black = NULL, *cast = NULL, *tagged = NULL;
    void *bytes = NULL;
    size_t length = 0;
    int failed = vips_black(&black, 1, 1, "bands", bands, NULL) || vips_cast(black, &cast, depth, NULL)
        || vips_copy(cast, &tagged, "interpretation", type, NULL);
    if (!failed) {
        vips_image_set_int(tagged, VIPS_META_ORIENTATION, orientation);
        switch (format) {
        case CVIPS_JPEG: failed = vips_jpegsave_buffer(tagged, &bytes, &length, NULL); break;
        case CVIPS_PNG: failed = vips_pngsave_buffer(tagged, &bytes, &length, NULL); break;
        case CVIPS_WEBP: failed = vips_webpsave_buffer(tagged, &bytes, &length, NULL); break;
        case CVIPS_GIF:
        case CVIPS_HEIF: failed = 1; break;
        }
    }
    if (!failed) failed = warm_up(bytes, length, format);
    g_free(bytes);
    if (tagged != NULL) g_object_unref(tagged);
    if (cast != NULL) g_object_unref(cast);
    if (black != NULL) g_object_unref(black);
    return failed;
}

// Of all the modules that a system may have beside libvips only this one is loaded, from the folder of the library itself.
static void load_heif(void) {
    Dl_info library;
    if (vips_type_find("VipsOperation", "heifload_buffer") == 0 && dladdr((void *)vips_init, &library) != 0) {
        char *folder = g_path_get_dirname(library.dli_fname);
        char *module = g_strdup_printf("%s/vips-modules-%d.%d/vips-heif.so", folder, vips_version(0), vips_version(1));
        // It stays loaded for good.
        g_module_open(module, G_MODULE_BIND_LAZY);
        g_free(module);
        g_free(folder);
    }
    has_heif = vips_type_find("VipsOperation", "heifload_buffer") != 0;
}

int cvips_has_heif(void) { return has_heif; }

int cvips_start(void) {
    // No folder of modules: whatever is installed on a system (ImageMagick, PDF, slides) would be loaded into this process.
    setenv("VIPSHOME", "/nonexistent", 1);
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
    load_heif();
    vips_operation_block_set("VipsForeignLoadHeif", FALSE);
    // Without a decoder for one of the two kinds neither is taken.
    has_heif = has_heif && warm_up(tiny_heic, sizeof tiny_heic, CVIPS_HEIF) == 0
        && warm_up(tiny_avif, sizeof tiny_avif, CVIPS_HEIF) == 0;
    int failed = warm_up(tiny_gif, sizeof tiny_gif, CVIPS_GIF)
        || warm_up_with(3, VIPS_INTERPRETATION_sRGB, VIPS_FORMAT_UCHAR, CVIPS_JPEG, 1)
        || warm_up_with(3, VIPS_INTERPRETATION_sRGB, VIPS_FORMAT_UCHAR, CVIPS_JPEG, 6)
        || warm_up_with(3, VIPS_INTERPRETATION_sRGB, VIPS_FORMAT_UCHAR, CVIPS_JPEG, 2)
        || warm_up_with(1, VIPS_INTERPRETATION_B_W, VIPS_FORMAT_UCHAR, CVIPS_JPEG, 1)
        || warm_up_with(4, VIPS_INTERPRETATION_CMYK, VIPS_FORMAT_UCHAR, CVIPS_JPEG, 1)
        || warm_up_with(4, VIPS_INTERPRETATION_sRGB, VIPS_FORMAT_UCHAR, CVIPS_PNG, 1)
        || warm_up_with(3, VIPS_INTERPRETATION_RGB16, VIPS_FORMAT_USHORT, CVIPS_PNG, 1)
        || warm_up_with(1, VIPS_INTERPRETATION_GREY16, VIPS_FORMAT_USHORT, CVIPS_PNG, 1)
        || warm_up_with(3, VIPS_INTERPRETATION_sRGB, VIPS_FORMAT_UCHAR, CVIPS_WEBP, 1);
    vips_operation_block_set("VipsForeignSave", TRUE);
    vips_error_clear();
    return failed ? -1 : 0;
}
