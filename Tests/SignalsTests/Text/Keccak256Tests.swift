// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import Signals

@Suite("The hash of Ethereum's addresses")
struct Keccak256Tests {
    private func hex(_ bytes: [UInt8]) -> String {
        bytes.map { byte in
            let digits = String(byte, radix: 16)
            return digits.count == 1 ? "0" + digits : digits
        }.joined()
    }

    @Test(
        "Keccak-256 gives the published values",
        arguments: [
            ("", "c5d2460186f7233c927e7db2dcc703c0e500b653ca82273b7bfad8045d85a470"),
            ("abc", "4e03657aea45a94fc7d47ba826c8d667c0d1e6e33a64a036ec44f58fa12d6c45"),
        ])
    func keccak(text: String, expected: String) {
        #expect(hex(Keccak256.hash(Array(text.utf8))) == expected)
    }
}
