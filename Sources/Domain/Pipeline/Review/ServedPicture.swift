// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Which bytes a browser may show as a picture: those that are one of four formats by name and by their first bytes.
package enum ServedPicture {
    package static let types: Set<String> = ["image/png", "image/jpeg", "image/webp", "image/gif"]

    /// The type under which they are served; nil when they are not shown.
    package static func type(_ type: String, of bytes: [UInt8]) -> String? {
        let type = type.lowercased()
        let head = Array(bytes.prefix(12))
        func begins(_ text: String, at offset: Int = 0) -> Bool { head.dropFirst(offset).starts(with: text.utf8) }
        return switch type {
        case "image/png" where head.starts(with: [0x89, 0x50, 0x4e, 0x47]): type
        case "image/jpeg" where head.starts(with: [0xff, 0xd8, 0xff]): type
        case "image/gif" where begins("GIF8"): type
        case "image/webp" where begins("RIFF") && begins("WEBP", at: 8): type
        default: nil
        }
    }
}
