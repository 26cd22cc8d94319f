// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What the chunks of a PNG say, without their content.
enum PNGChunks {
    private static let most = 1_000_000

    /// Whether browsers show it moving: it has an `acTL`.
    static func move(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var (place, count) = (8, 0)
        while bytes.count - place >= 12, count < most {
            if bytes[place + 4..<place + 8].elementsEqual("acTL".utf8) { return true }
            place += 12 + bytes[place..<place + 4].reduce(0) { $0 << 8 | Int($1) }
            count += 1
        }
        return false
    }
}
