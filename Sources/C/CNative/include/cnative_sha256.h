// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#pragma once

#include <stddef.h>
#include <stdint.h>

// The SHA-256 (FIPS 180-4) of bytes as 64 lower-case hexadecimal digits and the end: that a file is the one that was meant is
// checked over the very bytes that are loaded, in the process that loads them.
void cnative_sha256_hex(const uint8_t *bytes, size_t length, char hex[65]);
