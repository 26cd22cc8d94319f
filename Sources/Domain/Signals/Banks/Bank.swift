// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// A list of known hashes that policies name, and how its matches count.
package struct Bank: Hashable, Sendable, Codable {
    /// Largest length of a bank's name.
    package static let longestName = 100
    /// PDQ hashes of lower quality say too little to be compared (the published threshold).
    package static let usualQualityGate = 50

    /// Letters, digits, `-` and `_`; case matters.
    package var name: String
    /// What it is for, for people.
    package var note: String
    /// Largest Hamming distance that counts, 0 to 63; a policy or an entry may ask for less, never for more.
    package var radius: Int
    /// PDQ hashes of lower quality are neither taken in nor compared; 0 to 100.
    package var qualityGate: Int
    /// How large a share of look-ups it answers, 0 (off) to 1 (all): a new bank can be tried on a part of the traffic.
    package var share: Double
    package var addedAt: Date

    package init(
        name: String, note: String = "", radius: Int = 31, qualityGate: Int = Bank.usualQualityGate, share: Double = 1,
        addedAt: Date
    ) {
        self.name = name
        self.note = note
        self.radius = radius
        self.qualityGate = qualityGate
        self.share = share
        self.addedAt = addedAt
    }

    package static func isName(_ text: String) -> Bool {
        (1...longestName).contains(text.utf8.count)
            && text.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
                    UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"):
                    true
                default: false
                }
            }
    }
}
