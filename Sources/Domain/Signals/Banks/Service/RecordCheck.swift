// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// Says whether what a source sends is of use, before anything is written.
struct RecordCheck {
    /// A PDQ hash with fewer bits set, or fewer bits clear, is refused. Each bit compares a coefficient with their median, so
    /// about 128 of 256 are set; the published pictures of quality 50 or more have 125 to 128, and chance alone would never
    /// give fewer than 64. What does is the hash of an empty picture, a failed decode or a padded shorter hash: it would be near
    /// to every flat picture.
    static let fewestBits = 64
    /// A PDQ hash with fewer different 16-bit words (of 16) is refused: it is a filler, or a pattern that repeats in every row.
    /// The published pictures of quality 50 or more have 7 to 16.
    static let fewestWords = 5
    /// Bytes.
    static let longestReference = 500
    static let longestTag = 200
    static let mostTags = 100

    /// Digests of a file without bytes; lists contain them, and they match every empty upload.
    private static let emptyFile: Set<String> = [
        "d41d8cd98f00b204e9800998ecf8427e", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ]

    let bank: Bank
    let source: FingerprintSource

    /// The record as it is written (lower case, without what says nothing about its kind), or why it is no use.
    func check(_ record: FingerprintRecord) -> Result<FingerprintRecord, RefusedRecord> {
        var record = record
        record.value = record.value.lowercased()
        if record.kind != .pdq { (record.quality, record.radius) = (nil, nil) }
        guard let problem = problem(with: record) else { return .success(record) }
        return .failure(RefusedRecord(line: record.line, reason: problem))
    }

    private func problem(with record: FingerprintRecord) -> String? {
        if let problem = Self.problem(with: record.value, of: record.kind) { return problem }
        // What is taken back is taken back, even if it would not be let in today.
        if record.isWithdrawn { return nil }
        if let problem = Self.emptiness(of: record.value, kind: record.kind) { return problem }
        if record.trust == .retired {
            return "trust is 'retired'; expected 'claimed', 'probation', 'verified' or 'benign', or a withdrawal"
        }
        if record.trust == .benign, source.ceiling != .verified {
            return "source '\(source.name)' may say no more than '\(source.ceiling.rawValue)'; "
                + "'benign' switches off what others verified, so it is expected from a source that may say 'verified'"
        }
        if let quality = record.quality {
            guard (0...100).contains(quality) else { return "quality is \(quality); expected 0 to 100" }
            guard quality >= bank.qualityGate else {
                return "quality is \(quality); bank '\(bank.name)' takes \(bank.qualityGate) or more"
            }
        }
        if let radius = record.radius, !(0...63).contains(radius) { return "radius is \(radius); expected 0 to 63" }
        return Self.lengthProblem(with: record)
    }

    private static func lengthProblem(with record: FingerprintRecord) -> String? {
        if record.reference.utf8.count > longestReference {
            return "reference has \(record.reference.utf8.count) bytes; expected at most \(longestReference)"
        }
        if record.tags.count > mostTags { return "there are \(record.tags.count) tags; expected at most \(mostTags)" }
        if record.tags.contains(where: { $0.utf8.count > longestTag }) {
            return "a tag has more than \(longestTag) bytes"
        }
        return nil
    }

    /// What is wrong with the spelling of a value in lower case; the value itself is not repeated.
    static func problem(with value: String, of kind: Fingerprint.Kind) -> String? {
        let digits = value.utf8.count
        guard digits == kind.digits else {
            return "value has \(digits) characters; expected \(kind.digits) hexadecimal digits for \(kind.rawValue)"
        }
        let stray = value.utf8.enumerated().first { !isDigit($0.element) }
        return stray.map { "value has no hexadecimal digit at place \($0.offset + 1) of \(digits)" }
    }

    private static func emptiness(of value: String, kind: Fingerprint.Kind) -> String? {
        if Set(value.utf8).count == 1, let digit = value.first, digit == "0" || digit == "f" {
            return "value is \(digit == "0" ? "all zeros" : "all ones"), which stands for nothing; expected the hash of a file"
        }
        guard kind == .pdq else {
            return emptyFile.contains(value) ? "value is the digest of a file without bytes; expected the digest of a file" : nil
        }
        let digits = Array(value.utf8)
        let bits = digits.reduce(0) { $0 + bitsSet(in: $1) }
        guard (fewestBits...256 - fewestBits).contains(bits) else {
            return "value has \(bits) of 256 bits set; a picture's PDQ hash has \(fewestBits) to \(256 - fewestBits)"
        }
        let words = Set(stride(from: 0, to: digits.count, by: 4).map { digits[$0..<$0 + 4] })
        guard words.count >= fewestWords else {
            return "value repeats \(words.count) different words of 16 bits; a picture's PDQ hash has \(fewestWords) or more"
        }
        return nil
    }

    private static func isDigit(_ byte: UInt8) -> Bool {
        (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) || (UInt8(ascii: "a")...UInt8(ascii: "f")).contains(byte)
    }

    private static func bitsSet(in digit: UInt8) -> Int {
        (digit <= UInt8(ascii: "9") ? digit - UInt8(ascii: "0") : digit - UInt8(ascii: "a") + 10).nonzeroBitCount
    }
}

extension RefusedRecord: Error {}
