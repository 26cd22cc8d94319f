// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// What the media worker needs of libvips, whose own functions are variadic and so cannot be called from Swift.
// One thread only. Nothing here opens a file.

#pragma once

#include <stddef.h>
#include <stdint.h>

typedef enum { CVIPS_JPEG, CVIPS_PNG, CVIPS_WEBP, CVIPS_GIF, CVIPS_HEIF } cvips_format;

typedef enum {
    CVIPS_OK,
    // The bytes are not a picture of that format, or damaged beyond reading.
    CVIPS_DAMAGED,
    // The header claims more pixels than allowed; nothing was decoded.
    CVIPS_TOO_LARGE,
} cvips_status;

typedef struct {
    uint64_t pixel_limit;
    // The grey that shows through where a picture is transparent, 0 to 255; -1 shows the colours as if nothing were.
    int background;
    // Whether a file that ends early is damaged; otherwise what is missing is left to the decoder (black or grey).
    int whole_only;
    // Of a GIF or WebP, this many frames from the first on lie below one another; 0 or 1 is the first alone.
    int frames;
} cvips_options;

// What the header says, the picture being upright.
typedef struct {
    int width;
    // Of one frame.
    int height;
    // How the EXIF data says the stored pixels lie, 1 (upright) to 8.
    int orientation;
    // How many pictures the file says it has; of a PNG one, whatever it says.
    int frames;
} cvips_header;

// An upright picture whose rows are decoded when they are asked for.
typedef struct cvips_picture cvips_picture;

// Starts libvips with nothing but the loaders of the formats above, and makes it load all it loads lazily. Call once, before cbox_lock_down.
// Returns 0, or -1 when libvips is unusable.
int cvips_start(void);

// Whether HEIC and AVIF can be decoded; known after cvips_start.
int cvips_has_heif(void);

// Reads the header (of the first frame). The bytes must live until cvips_close. On CVIPS_OK and CVIPS_TOO_LARGE *header is
// set; on CVIPS_OK *picture must be closed.
cvips_status cvips_open(
    const uint8_t *bytes, size_t length, cvips_format format, const cvips_options *options, cvips_header *header,
    cvips_picture **picture);

// How long a frame shows, in milliseconds; 0 when the file does not say.
int cvips_delay(const cvips_picture *picture, int frame);

// Bytes a pixel: 1 (luminance) or 3 (sRGB).
int cvips_bands(const cvips_picture *picture);

// Makes the pixels ready to be read; a picture that is stored lying is decoded and turned here.
cvips_status cvips_prepare(cvips_picture *picture);

// Decodes one row into `row` (width * bands bytes). Rows must be asked for from top to bottom, but may be left out.
cvips_status cvips_read_row(cvips_picture *picture, int y, uint8_t *row);

void cvips_close(cvips_picture *picture);
