// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// What libraries read from the environment, which the parent leaves empty.
enum WorkerEnvironment {
    static func set() {
        // One thread each: the parent starts as many processes as there are processors; threads that spin take from the others.
        setenv("OMP_THREAD_LIMIT", "1", 1)
        setenv("OMP_NUM_THREADS", "1", 1)
        // Vector code made at run time would be executable memory.
        setenv("VIPS_NOVECTOR", "1", 1)
        setenv("VIPS_WARNING", "0", 1)
        // No module of libvips is loaded by itself: they bring ImageMagick and PDF renderers along.
        setenv("VIPSHOME", "/nonexistent", 1)
    }
}
