// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals

/// A word that stands in millions of rows, as a small number there. Numbers are never given a new meaning.
protocol CodedWord: Hashable, CaseIterable {
    var code: Int64 { get }
}

extension CodedWord {
    var value: SQLValue { .integer(code) }
}

extension SQLRow {
    func coded<Word: CodedWord>(_ column: Int) throws(StorageError) -> Word {
        let code = try int(column)
        guard let word = Word.allCases.first(where: { $0.code == code }) else {
            throw .corrupt("column \(column) holds \(code), which is no \(Word.self)")
        }
        return word
    }

    func optionalInt(_ column: Int) throws(StorageError) -> Int? {
        isNull(column) ? nil : Int(try int(column))
    }
}

/// In the order of what a word is worth: `FingerprintTrust` compares these numbers in SQL.
extension Trust: CodedWord {
    var code: Int64 {
        switch self {
        case .retired: 0
        case .claimed: 1
        case .probation: 2
        case .verified: 3
        case .benign: 4
        }
    }
}

extension Fingerprint.Kind: CodedWord {
    var code: Int64 {
        switch self {
        case .pdq: 0
        case .sha256: 1
        case .md5: 2
        }
    }
}

extension MatchOutcome.Kind: CodedWord {
    var code: Int64 {
        switch self {
        case .matched: 0
        case .confirmed: 1
        case .overturned: 2
        }
    }
}

extension FingerprintSource {
    /// The code of the most that its word is worth now; 0 when it does not count.
    var cap: Int64 {
        switch state {
        case .active: min(ceiling.code, Trust.verified.code)
        case .demoted: min(ceiling.code, Trust.probation.code)
        case .stopped: Trust.retired.code
        }
    }
}

/// Hashes are kept as bytes, half as long as their text.
enum HashBytes {
    static func text(_ bytes: [UInt8]) -> String {
        String(unsafeUninitializedCapacity: bytes.count * 2) { buffer in
            for (place, byte) in bytes.enumerated() {
                buffer[2 * place] = digit(byte >> 4)
                buffer[2 * place + 1] = digit(byte & 15)
            }
            return bytes.count * 2
        }
    }

    /// Nil when the text is not lower-case hexadecimal of that length.
    static func bytes(_ text: String, digits: Int) -> [UInt8]? {
        var bytes: [UInt8] = []
        bytes.reserveCapacity(digits / 2)
        var high: UInt8?
        for character in text.utf8 {
            let value: UInt8
            switch character {
            case UInt8(ascii: "0")...UInt8(ascii: "9"): value = character - UInt8(ascii: "0")
            case UInt8(ascii: "a")...UInt8(ascii: "f"): value = character - UInt8(ascii: "a") + 10
            default: return nil
            }
            if let first = high {
                bytes.append(first << 4 | value)
                high = nil
            } else {
                high = value
            }
        }
        return high == nil && bytes.count * 2 == digits ? bytes : nil
    }

    private static func digit(_ value: UInt8) -> UInt8 {
        value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
    }
}
