// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Korean letters (jamo) into syllables.
enum Hangul {
    /// Writes each run of single letters as syllables; a letter that fits nowhere stays as it is.
    static func compose(_ pieces: [NormalizedText.Piece]) -> [NormalizedText.Piece] {
        guard pieces.contains(where: { isJamo($0.scalar.value) }) else { return pieces }
        var result: [NormalizedText.Piece] = []
        result.reserveCapacity(pieces.count)
        var index = 0
        while index < pieces.count {
            guard index + 1 < pieces.count, let initial = initial(pieces[index].scalar.value),
                let vowel = vowel(pieces[index + 1].scalar.value)
            else {
                result.append(pieces[index])
                index += 1
                continue
            }
            var length = 2
            var final: UInt32 = 0
            if index + 2 < pieces.count, let candidate = self.final(pieces[index + 2].scalar.value) {
                // A consonant before a vowel begins the next syllable.
                let beginsNext = index + 3 < pieces.count && Self.vowel(pieces[index + 3].scalar.value) != nil
                if !beginsNext {
                    final = candidate
                    length = 3
                }
            }
            let syllable = 0xAC00 + (initial * 21 + vowel) * 28 + final
            let range = pieces[index].range.lowerBound..<pieces[index + length - 1].range.upperBound
            result.append(NormalizedText.Piece(scalar: Unicode.Scalar(syllable) ?? pieces[index].scalar, range: range))
            index += length
        }
        return result
    }

    private static func isJamo(_ value: UInt32) -> Bool {
        (0x3131...0x3163).contains(value) || (0x1100...0x1112).contains(value)
    }

    // Places of the compatibility consonants U+3131 to U+314E among the 19 initials and the 27 finals; -1: cannot stand there.
    private static let initials: [Int8] = [
        0, 1, -1, 2, -1, -1, 3, 4, 5, -1, -1, -1, -1, -1, -1, -1, 6, 7, 8, -1, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18,
    ]
    private static let finals: [Int8] = [
        1, 2, 3, 4, 5, 6, 7, -1, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, -1, 18, 19, 20, 21, 22, -1, 23, 24, 25, 26, 27,
    ]

    private static func initial(_ value: UInt32) -> UInt32? {
        if (0x1100...0x1112).contains(value) { return value - 0x1100 }
        return place(value, in: initials)
    }

    private static func vowel(_ value: UInt32) -> UInt32? {
        if (0x1161...0x1175).contains(value) { return value - 0x1161 }
        return (0x314F...0x3163).contains(value) ? value - 0x314F : nil
    }

    private static func final(_ value: UInt32) -> UInt32? {
        if (0x11A8...0x11C2).contains(value) { return value - 0x11A7 }
        return place(value, in: finals)
    }

    private static func place(_ value: UInt32, in table: [Int8]) -> UInt32? {
        guard (0x3131...0x314E).contains(value) else { return nil }
        let place = table[Int(value - 0x3131)]
        return place < 0 ? nil : UInt32(place)
    }
}
