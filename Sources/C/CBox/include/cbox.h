// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Gives up what a decoder and a runner of models do not need: files, network, processes, new executable memory.

#pragma once

#include <stdint.h>

typedef struct {
    // Address space on top of what is mapped when locking down.
    uint64_t memory_bytes;
    // Processor time of the whole process.
    uint32_t cpu_seconds;
    // 1 where threads may be started afterwards. Processes never.
    uint32_t may_start_threads;
} cbox_limits;

// Locks the process down for good. Afterwards it can read and write what is open (only descriptors 0, 1 and 2 remain, 2 leads
// nowhere), take memory up to the limit, and exit. Opening a file fails; other system calls end the process.
// Memory that is writable and executable becomes executable only.
// *landlock tells whether the kernel also offered Landlock. Returns 0, or -1 with errno; then the process must not go on.
int cbox_lock_down(const cbox_limits *limits, int *landlock);

typedef enum {
    CBOX_TRY_READ_FILE,
    CBOX_TRY_WRITE_FILE,
    CBOX_TRY_SOCKET,
    CBOX_TRY_CONNECT,
    CBOX_TRY_EXECUTE,
    CBOX_TRY_FORK,
    CBOX_TRY_THREAD,
    CBOX_TRY_EXECUTABLE_MEMORY,
    CBOX_TRY_MAKE_EXECUTABLE,
    CBOX_TRY_WRITE_CODE,
    CBOX_TRY_MEMORY_FILE,
    CBOX_TRY_MUCH_MEMORY,
    CBOX_TRY_SIGNAL,
    CBOX_TRY_KILL,
    CBOX_TRY_TRACE,
    CBOX_TRY_READ_PROCESS,
    CBOX_TRY_NAMESPACE,
    CBOX_TRY_RING,
    CBOX_TRY_INHERITED,
    CBOX_TRY_COUNT,
} cbox_attempt;

// A name for the attempt.
const char *cbox_attempt_name(cbox_attempt attempt);

// 0 where the limits allow it, and there is nothing to be denied.
int cbox_is_tried(cbox_attempt attempt, const cbox_limits *limits);

// Makes the attempt in a locked-down child. Returns 1 when it was denied, 0 when it worked, -1 when the child could not be
// locked down.
int cbox_is_denied(cbox_attempt attempt, const cbox_limits *limits);

// Makes it in a child without the box: 1 when it works. An attempt that fails here too says nothing about the box.
int cbox_works_freely(cbox_attempt attempt, const cbox_limits *limits);
