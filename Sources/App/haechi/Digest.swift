// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import Foundation

/// Hashes and names.
enum Digest {
    static let sha256: @Sendable ([UInt8]) -> String = { bytes in hex(SHA256.hash(data: bytes)) }

    /// 48 bits of milliseconds, then 80 random bits: sorts by time of making.
    static let timeOrderedID: @Sendable () -> String = {
        let milliseconds = UInt64(Date().timeIntervalSince1970 * 1000)
        var bytes = (0..<6).map { UInt8(truncatingIfNeeded: milliseconds >> (40 - 8 * UInt64($0))) }
        bytes += (0..<10).map { _ in UInt8.random(in: .min ... .max) }
        return hex(bytes)
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
