// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

@testable import CEL

@Suite("Doubles are written in decimal as the C library writes them")
struct DecimalDigitsTests {
    private static let corners: [Double] = [
        0, -0.0, 1, 0.5, 1.5, 2.5, 0.05, 0.15, 0.25, 9.5, 99.5, 999_999.5, 9.999_999_95, 1e15, 1e21, 1e22, 1e23,
        1.7976931348623157e308,
        .leastNonzeroMagnitude, .leastNormalMagnitude, .leastNormalMagnitude.nextDown, 0.1, 0.3, 123_456_789.123_456_789,
        1_099_511_627_776.5,
    ]

    @Test("the corners, to any number of decimals", arguments: corners)
    func corner(number: Double) {
        for decimals in [0, 1, 2, 3, 6, 17, 50, 100] { compare(number, decimals) }
    }

    @Test("any bits and any size", arguments: ExtensionRandom.seeds)
    func any(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        for _ in 0..<1_000 {
            let bits = Double(bitPattern: random.next())
            if bits.isFinite { compare(bits, Int.random(in: 0...20, using: &random)) }
            compare(Double.random(in: -1_000...1_000, using: &random), Int.random(in: 0...8, using: &random))
            // Halves, quarters and eighths: many lie exactly between two texts.
            compare(Double(Int.random(in: -8_000...8_000, using: &random)) / 8, Int.random(in: 0...3, using: &random))
        }
    }

    @Test("without a precision the shortest text that reads back, and never an exponent", arguments: ExtensionRandom.seeds)
    func shortest(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        for _ in 0..<1_000 {
            let number = Double(bitPattern: random.next())
            guard number.isFinite else { continue }
            let text = DecimalDigits(shortest: number).plain()
            #expect(Double(text) == number)
            #expect(!text.contains("e"))
            #expect(text.utf8.count { (0x31...0x39).contains($0) } <= 17)
        }
        #expect(DecimalDigits(shortest: 1e22).plain() == "10000000000000000000000")
        #expect(DecimalDigits(shortest: 0.000_001_5).plain() == "0.0000015")
        #expect(DecimalDigits(shortest: -0.0).plain() == "-0")
    }

    private func compare(_ number: Double, _ decimals: Int) {
        let digits = DecimalDigits(exactly: number)
        #expect(digits.fixed(decimals: decimals) == String(format: "%.\(decimals)f", number))
        #expect(digits.scientific(decimals: decimals) == String(format: "%.\(decimals)e", number))
    }
}
