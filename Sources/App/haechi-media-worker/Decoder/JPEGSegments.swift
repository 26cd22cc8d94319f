// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Counts what a decoder goes through one after the other, before it does.
enum JPEGSegments {
    enum Excess {
        case scans, segments
    }

    /// Each scan goes over all pixels, and a few bytes make one: cameras and editors write at most a dozen.
    static let mostScans = 500
    /// The decoder keeps the segments before the pixels in a list that it walks for each new one.
    static let mostSegments = 4_096

    /// What a file has more of than pictures have; nil when it may be decoded.
    static func excess(in bytes: UnsafeBufferPointer<UInt8>) -> Excess? {
        if hasManySegments(bytes) { return .segments }
        // In compressed data the marker does not occur.
        var (scans, place) = (0, 0)
        while place + 1 < bytes.count {
            guard let found = bytes[place...].firstIndex(of: 0xff), found + 1 < bytes.count else { return nil }
            if bytes[found + 1] == 0xda { scans += 1 }
            if scans > mostScans { return .scans }
            place = found + 1
        }
        return nil
    }

    /// Where a decoder that refuses what comes behind the first scan would stop: at the first marker after it that belongs to none.
    /// Nil when there is none before the end of the picture. Browsers show what came before, so it is looked at.
    static func endOfScans(in bytes: UnsafeBufferPointer<UInt8>) -> Int? {
        var (place, hasScan) = (2, false)
        while place + 3 < bytes.count {
            guard let next = bytes[place...].firstIndex(of: 0xff), next + 3 < bytes.count else { return nil }
            place = next
            switch bytes[place + 1] {
            case 0xff: place += 1
            // In compressed data, and between parts of it.
            case 0x00, 0x01, 0xd0...0xd7: place += 2
            case 0xd9: return nil
            case 0xda:
                hasScan = true
                place += 2
            // Tables, intervals, the number of lines, comments, and what applications write.
            case 0xc4, 0xcc, 0xdb...0xdd, 0xe0...0xef, 0xfe:
                place += 2 + max(2, Int(bytes[place + 2]) << 8 | Int(bytes[place + 3]))
            case _ where hasScan: return place
            default: place += 2 + max(2, Int(bytes[place + 2]) << 8 | Int(bytes[place + 3]))
            }
        }
        return nil
    }

    private static func hasManySegments(_ bytes: UnsafeBufferPointer<UInt8>) -> Bool {
        var (segments, place) = (0, 2)
        while place + 3 < bytes.count {
            guard bytes[place] == 0xff else {
                // What stands between segments is skipped.
                guard let next = bytes[place...].firstIndex(of: 0xff) else { return false }
                place = next
                continue
            }
            switch bytes[place + 1] {
            case 0xda: return false
            case 0xff: place += 1
            case 0x00, 0x01, 0xd0...0xd9: place += 2
            default:
                segments += 1
                if segments > mostSegments { return true }
                place += 2 + max(2, Int(bytes[place + 2]) << 8 | Int(bytes[place + 3]))
            }
        }
        return false
    }
}
