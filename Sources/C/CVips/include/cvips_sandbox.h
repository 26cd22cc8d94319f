// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Gives up what a decoder does not need: files, network, processes, new executable memory.

#pragma once

#include <stdint.h>

typedef struct {
    // Address space on top of what is mapped when locking down.
    uint64_t memory_bytes;
    // Processor time of the whole process.
    uint32_t cpu_seconds;
} cvips_limits;

// Locks the process down for good. Afterwards it can read and write what is open (only descriptors 0, 1 and 2 remain, 2 leads
// nowhere), take memory up to the limit, and exit. Opening a file fails; other system calls end the process.
// *landlock tells whether the kernel also offered Landlock. Returns 0, or -1 with errno; then the process must not go on.
int cvips_lock_down(const cvips_limits *limits, int *landlock);

typedef enum {
    CVIPS_TRY_READ_FILE,
    CVIPS_TRY_WRITE_FILE,
    CVIPS_TRY_SOCKET,
    CVIPS_TRY_EXECUTE,
    CVIPS_TRY_FORK,
    CVIPS_TRY_EXECUTABLE_MEMORY,
    CVIPS_TRY_MUCH_MEMORY,
    CVIPS_TRY_SIGNAL,
    CVIPS_TRY_INHERITED,
    CVIPS_TRY_COUNT,
} cvips_attempt;

// A name for the attempt.
const char *cvips_attempt_name(cvips_attempt attempt);

// Makes the attempt in a locked-down child. Returns 1 when it was denied, 0 when it worked, -1 when the child could not be
// locked down.
int cvips_is_denied(cvips_attempt attempt, const cvips_limits *limits);
