// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The constants that the conditions of a set look for in texts of the frame, with a bit for each.
struct LiteralCatalogue: Sendable {
    struct Text: Sendable {
        let slot: Int
        /// A multiple of 64.
        let firstBit: Int
        let constants: [[UInt8]]
        /// The places of the constants.
        let numbers: [[UInt8]: Int]
    }

    let texts: [Text]
    let bitCount: Int

    init(_ constants: [Int: Set<[UInt8]>]) {
        var texts: [Text] = []
        var bit = 0
        for (slot, constants) in constants.sorted(by: { $0.key < $1.key }) {
            let sorted = constants.sorted { $0.lexicographicallyPrecedes($1) }
            let numbers = Dictionary(uniqueKeysWithValues: sorted.enumerated().map { ($1, $0) })
            texts.append(Text(slot: slot, firstBit: bit, constants: sorted, numbers: numbers))
            bit += (constants.count + 63) / 64 * 64
        }
        self.texts = texts
        bitCount = bit
    }

    func text(ofSlot slot: Int) -> Text? { texts.first { $0.slot == slot } }
}
