// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
package import Moderation

import struct Foundation.Data

/// The arithmetic of the ledger: how entries become bytes, and bytes a chain.
///
/// It is pure, so that whoever has the links can check them without a database.
package enum LedgerChain {
    /// The end of a chain: the last link's number and hash.
    package typealias Head = (sequence: Int64, hash: String)

    /// Before the first link: 64 zeros.
    package static let start: Head = (0, String(repeating: "0", count: 64))

    /// The entry as canonical JSON (RFC 8785: keys sorted, no spaces, the shortest escapes); `at` in milliseconds since 1970.
    package static func canonical(_ entry: LedgerEntry) -> String {
        var json = CanonicalJSON()
        json.object([
            ("actor", .text(entry.actor)),
            ("at", .integer(Int64((entry.at.timeIntervalSince1970 * 1000).rounded()))),
            ("facts", .texts(entry.facts)),
            ("kind", .text(entry.kind)),
            ("subject", .text(entry.subject)),
        ])
        return json.output
    }

    /// The link that follows a head.
    package static func link(_ entry: LedgerEntry, after head: Head) -> LedgerLink {
        let canonical = canonical(entry)
        return LedgerLink(
            sequence: head.sequence + 1, canonical: canonical, hash: hash(of: canonical, after: head.hash))
    }

    /// Lower-case hexadecimal SHA-256 of the previous hash as text, a line feed, and the canonical text.
    package static func hash(of canonical: String, after previous: String) -> String {
        Hexadecimal.encode(SHA256.hash(data: Data("\(previous)\n\(canonical)".utf8)))
    }

    /// Checks links that follow a head, in order.
    /// - Returns: the number that the first broken link should have had, or nil when all hold.
    package static func verify(_ links: some Sequence<LedgerLink>, from head: Head = start) -> Int64? {
        var head = head
        for link in links {
            let holds = link.sequence == head.sequence + 1 && link.hash == hash(of: link.canonical, after: head.hash)
            guard holds else { return head.sequence + 1 }
            head = (link.sequence, link.hash)
        }
        return nil
    }
}

/// What a check of the whole ledger found.
package enum LedgerVerdict: Hashable, Sendable {
    case intact(entries: Int64, hash: String)
    /// The link that should have this number is missing, moved or altered.
    case broken(at: Int64)
    /// The chain holds, but does not end where the store says that it ends: links were cut off or added behind its back.
    case wrongEnd(chainEndsAt: Int64, headSays: Int64)
}

extension LedgerStore {
    /// Reads the whole chain and checks each link and the end; entries may be appended meanwhile.
    package func verifyLedger(page: Int = 1_000) async throws -> LedgerVerdict {
        var end = LedgerChain.start
        while true {
            let expected = try await head() ?? LedgerChain.start
            while end.sequence < expected.sequence {
                let wanted = min(page, Int(expected.sequence - end.sequence))
                let links = try await links(after: end.sequence, limit: wanted)
                if let broken = LedgerChain.verify(links, from: end) { return .broken(at: broken) }
                guard let last = links.last else {
                    return .wrongEnd(chainEndsAt: end.sequence, headSays: expected.sequence)
                }
                end = (last.sequence, last.hash)
            }
            guard end == expected else { return .broken(at: expected.sequence) }
            guard let further = try await links(after: end.sequence, limit: 1).first else {
                return .intact(entries: end.sequence, hash: end.hash)
            }
            // More links than the head knew of: appended since (then the head has moved too), or forged.
            if try await head()?.sequence == expected.sequence {
                return .wrongEnd(chainEndsAt: further.sequence, headSays: expected.sequence)
            }
        }
    }
}

/// Lower-case hexadecimal text.
enum Hexadecimal {
    static func encode(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        var text: [UInt8] = []
        for byte in bytes {
            text.append(digits[Int(byte >> 4)])
            text.append(digits[Int(byte & 15)])
        }
        return String(decoding: text, as: UTF8.self)
    }
}
