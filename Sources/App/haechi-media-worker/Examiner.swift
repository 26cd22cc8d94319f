// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CVips
import PerceptualHashing

/// Decodes one picture and says what it is.
struct Examiner {
    var pixelLimit: UInt64

    /// The answer to one picture.
    enum Answer {
        case facts(format: PictureFormat, width: Int, height: Int, result: PDQResult?)
        case unsupported(String)
        case undecodable(String)
        case tooLarge(String)

        /// `ok format width height quality` and eight hashes (`-` and quality 0 when the picture is too small), or a code and a
        /// reason in words of our own: what a decoder says about a hostile file stays here.
        var message: String {
            switch self {
            case .facts(let format, let width, let height, let result):
                let hashes = result.map { ([$0.hash] + $0.dihedrals.all).map(\.hex).joined(separator: " ") }
                return "ok \(format.rawValue) \(width) \(height) \(result?.quality ?? 0) \(hashes ?? "-")"
            case .unsupported(let reason): return "unsupported \(reason)"
            case .undecodable(let reason): return "undecodable \(reason)"
            case .tooLarge(let reason): return "too-large \(reason)"
            }
        }
    }

    func examine(_ bytes: [UInt8]) -> Answer {
        guard let format = PictureFormat(magicOf: bytes) else { return .unsupported("not a JPEG, PNG, WebP or GIF file") }
        // libvips reads the bytes until the picture is closed, which happens inside.
        return bytes.withUnsafeBufferPointer { examine($0, as: format) }
    }

    private func examine(_ bytes: UnsafeBufferPointer<UInt8>, as format: PictureFormat) -> Answer {
        var (width, height): (Int32, Int32) = (0, 0)
        var picture: OpaquePointer?
        switch cvips_open(bytes.baseAddress, bytes.count, format.loader, pixelLimit, &width, &height, &picture) {
        case CVIPS_OK: break
        case CVIPS_TOO_LARGE: return .tooLarge("\(width) x \(height) pixels, more than the \(pixelLimit) allowed")
        default: return .undecodable("the \(format.rawValue) header can't be read")
        }
        guard let picture else { return .undecodable("the \(format.rawValue) header can't be read") }
        defer { cvips_close(picture) }
        guard let layout = PDQHasher.Layout(rawValue: Int(cvips_bands(picture))),
            var hasher = try? PDQHasher(width: Int(width), height: Int(height), layout: layout)
        else { return .undecodable("the \(format.rawValue) file has an unusual shape") }
        var row = [UInt8](repeating: 0, count: Int(width) * layout.rawValue)
        var rowInMemory = -1
        while let wanted = hasher.wantedRow {
            if wanted != rowInMemory {
                guard cvips_read_row(picture, Int32(wanted), &row) == CVIPS_OK else {
                    return .undecodable("the \(format.rawValue) pixels can't be decoded")
                }
                rowInMemory = wanted
            }
            hasher.add(row.span)
        }
        let result = hasher.isTooSmall ? nil : hasher.finish()
        return .facts(format: format, width: Int(width), height: Int(height), result: result)
    }
}

/// The formats that are decoded at all.
enum PictureFormat: String {
    case jpeg, png, webp, gif

    /// By the first bytes only; names and declared types are not trusted.
    init?(magicOf bytes: [UInt8]) {
        if bytes.starts(with: [0xff, 0xd8, 0xff]) {
            self = .jpeg
        } else if bytes.starts(with: [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]) {
            self = .png
        } else if bytes.starts(with: "GIF87a".utf8) || bytes.starts(with: "GIF89a".utf8) {
            self = .gif
        } else if bytes.starts(with: "RIFF".utf8), bytes.dropFirst(8).starts(with: "WEBP".utf8) {
            self = .webp
        } else {
            return nil
        }
    }

    var loader: cvips_format {
        switch self {
        case .jpeg: CVIPS_JPEG
        case .png: CVIPS_PNG
        case .webp: CVIPS_WEBP
        case .gif: CVIPS_GIF
        }
    }
}
