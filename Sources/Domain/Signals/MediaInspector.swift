// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Port: looks into hostile bytes in a safe place and says what they are.
package protocol MediaInspector: Sendable {
    /// Decodes the bytes in a sandbox and says what they are; throws when they can't be decoded.
    func inspect(_ bytes: [UInt8]) async throws(MediaError) -> MediaFacts
}

/// What one decode of a picture told.
package struct MediaFacts: Sendable, Hashable, Codable {
    /// `jpeg`, `png`, `webp`, `gif`.
    package var format: String
    package var width: Int
    package var height: Int
    /// PDQ hash as 64 hexadecimal digits; empty when the picture is too small to have one.
    package var pdq: String
    /// PDQ quality, 0 to 100; below 50 a hash says little.
    package var quality: Int

    package init(format: String, width: Int, height: Int, pdq: String, quality: Int) {
        self.format = format
        self.width = width
        self.height = height
        self.pdq = pdq
        self.quality = quality
    }
}

/// Why bytes have no facts; all but `unavailable` are final for the file.
package enum MediaError: Error, Sendable, Hashable {
    case unsupported(String)
    case undecodable(String)
    case tooLarge(String)
    /// The sandbox itself could not run; worth another try.
    case unavailable(String)

    package var message: String {
        switch self {
        case .unsupported(let why): "unsupported media: \(why)"
        case .undecodable(let why): "undecodable media: \(why)"
        case .tooLarge(let why): "media too large: \(why)"
        case .unavailable(let why): "media decoder unavailable: \(why)"
        }
    }
}
