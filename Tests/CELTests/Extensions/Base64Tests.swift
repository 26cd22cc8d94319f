// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

@testable import CEL

@Suite("Base64")
struct Base64Tests {
    @Test("agrees with Foundation in both directions, with and without padding", arguments: ExtensionRandom.seeds)
    func agrees(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        for count in 0..<100 {
            let bytes = (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
            let text = Data(bytes).base64EncodedString()
            #expect(Base64.encode(bytes) == text)
            #expect(Base64.decode(text) == bytes)
            #expect(Base64.decode(text.replacingOccurrences(of: "=", with: "")) == bytes)
        }
    }

    @Test(
        "refuses what is no base64",
        arguments: ["a", "aGVsbG8==", "a=b=", "=", "====", "aGV\u{E9}", "aGVs bG8=", "aGVsbG8-", "aGVsb=", "aGVsbG8=a"])
    func refuses(text: String) { #expect(Base64.decode(text) == nil) }
}
