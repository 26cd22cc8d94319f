// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CHashKernels

/// The Castagnoli checksum (RFC 3720) that every file of ours carries, by the processor's own instruction where it has one.
package enum CRC32C {
    package static func of(_ bytes: [UInt8]) -> UInt32 { of(bytes[...]) }

    package static func of(_ bytes: ArraySlice<UInt8>) -> UInt32 {
        // The pointer does not leave the closure, and no more than `count` bytes are read.
        bytes.withUnsafeBytes { haechi_crc32c(0, $0.baseAddress, $0.count) }
    }

    package static func of(_ bytes: [UInt8], in range: Range<Int>) -> UInt32 { of(bytes[range]) }
}
