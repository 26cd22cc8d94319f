// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension MediaMarks {
    /// A WebP's chunks: EXIF, XMP, the store of manifests.
    static func readWebP(_ file: ArraySlice<UInt8>, into findings: inout Findings) {
        var cursor = Cursor(file, .little)
        guard cursor.skip(12) else { return }
        while findings.countPart(), let type = cursor.take(4), let length = cursor.number(4), let data = cursor.take(length) {
            switch String(decoding: type, as: UTF8.self) {
            case "C2PA": findings.add(store: data)
            case "EXIF" where data.count <= Limits.chunk: findings.add(exif: data)
            // The fourth character is sometimes a zero.
            case "XMP " where data.count <= Limits.chunk, "XMP\0" where data.count <= Limits.chunk: findings.add(xmp: data)
            default: break
            }
            // Chunks begin at even places.
            if length % 2 == 1, !cursor.skip(1) { return }
        }
    }
}
