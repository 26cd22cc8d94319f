// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

/// Hashes as they stand in lists.
enum HashText {
    /// The kind that a word names; nil for one that we do not keep.
    static func kind(named word: String) -> Fingerprint.Kind? {
        if let kind = Fingerprint.Kind(rawValue: word) { return kind }
        return switch word.lowercased() {
        case "pdq", "hash_pdq", "image_pdq", "imagepdq", "pdq_hash": .pdq
        case "sha256", "sha-256", "sha2-256", "hash_sha256", "sha256_hash", "video_sha256", "hash_video_sha256": .sha256
        case "md5", "hash_md5", "md5_hash", "video_md5", "videomd5", "hash_video_md5": .md5
        default: nil
        }
    }

    /// Kinds that lists have and banks do not.
    static func isForeign(_ word: String) -> Bool {
        [
            "sha1", "sha-1", "sha512", "sha-512", "crc32", "photodna", "pdna", "tmk", "tmk_pdqf", "vpdq", "netclean", "tlsh",
            "url",
            "raw_text", "text",
        ]
        .contains(word.lowercased())
    }

    static func isHex(_ bytes: some Sequence<UInt8>) -> Bool { bytes.allSatisfy { hexDigit($0) != nil } }

    /// A message when a value does not fit its kind; nil when it does.
    static func problem(_ value: String, _ kind: Fingerprint.Kind) -> String? {
        let bytes = value.utf8
        if bytes.count == kind.digits, isHex(bytes) { return nil }
        return "expected \(kind.digits) hexadecimal digits for \(kind.rawValue), found "
            + (isHex(bytes) ? "\(bytes.count)" : "something else")
    }

    /// The kind of a hash by its length, as far as that tells.
    static func kind(byLength digits: Int, told: Fingerprint.Kind?, line: Int) throws(RecordFileError) -> Fingerprint.Kind? {
        if let told { return told }
        if digits == 32 { return .md5 }
        if digits == 64 { throw .needsKind(line: line) }
        return nil
    }
}
