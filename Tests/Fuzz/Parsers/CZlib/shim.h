// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#pragma once

#include <string.h>
#include <zlib.h>

// Unpacks raw deflate; the length, or -1 when it is broken, ends too soon or is longer than the room.
static inline long czlib_inflate(const unsigned char *bytes, unsigned long size, unsigned char *room, unsigned long length) {
    z_stream stream;
    memset(&stream, 0, sizeof stream);
    if (inflateInit2(&stream, -15) != Z_OK) return -1;
    stream.next_in = (unsigned char *)bytes;
    stream.avail_in = (unsigned)size;
    stream.next_out = room;
    stream.avail_out = (unsigned)length;
    int status = inflate(&stream, Z_FINISH);
    long result = status == Z_STREAM_END ? (long)stream.total_out : -1;
    inflateEnd(&stream);
    return result;
}
