// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Records

@Suite("Ledger chain")
struct LedgerChainTests {
    private static let entry = LedgerEntry(
        kind: "decision.made", at: Date(timeIntervalSince1970: 1_700_000_000.1234), actor: "person:hana", subject: "d-1",
        facts: ["verdict": "remove", "clause": "ncii.2", "note": "\"따옴표\"\\\n\u{1}"])

    private func chain(_ count: Int) -> [LedgerLink] {
        var head = LedgerChain.start
        return (1...count).map { number in
            var entry = Self.entry
            entry.subject = "d-\(number)"
            let link = LedgerChain.link(entry, after: head)
            head = (link.sequence, link.hash)
            return link
        }
    }

    @Test("writes an entry as canonical JSON")
    func canonical() {
        #expect(
            LedgerChain.canonical(Self.entry) == #"""
                {"actor":"person:hana","at":1700000000123,"facts":{"clause":"ncii.2","note":"\"따옴표\"\\\n\u0001","verdict":"remove"},"kind":"decision.made","subject":"d-1"}
                """#)
    }

    @Test("sorts facts by UTF-16 code units, as RFC 8785 says")
    func sorting() {
        let entry = LedgerEntry(
            kind: "k", at: Date(timeIntervalSince1970: 0), actor: "a", subject: "s", facts: ["\u{FB33}": "2", "\u{1F600}": "1"])
        #expect(LedgerChain.canonical(entry).contains("{\"\u{1F600}\":\"1\",\"\u{FB33}\":\"2\"}"))
    }

    @Test("hashes the previous hash, a line feed and the canonical text")
    func hash() {
        // printf '%064d\n{}' 0 | sha256sum
        #expect(
            LedgerChain.hash(of: "{}", after: LedgerChain.start.hash)
                == "5649d09ed68c17156095d175eef152856c5b1a81c117c409c1e00f096aa6838e")
    }

    @Test("finds an intact chain whole, from any link on")
    func intact() {
        let links = chain(20)
        #expect(LedgerChain.verify(links) == nil)
        #expect(LedgerChain.verify(links[7...], from: (7, links[6].hash)) == nil)
        #expect(links.map(\.sequence) == Array(1...20))
    }

    @Test("finds the first altered, removed or moved link")
    func broken() {
        var altered = chain(9)
        altered[4].canonical = altered[4].canonical.replacingOccurrences(of: "remove", with: "undo")
        #expect(LedgerChain.verify(altered) == 5)

        var removed = chain(9)
        removed.remove(at: 2)
        #expect(LedgerChain.verify(removed) == 3)

        var moved = chain(9)
        moved.swapAt(5, 6)
        #expect(LedgerChain.verify(moved) == 6)
    }
}

@Suite("Whole ledger")
struct LedgerVerdictTests {
    /// A ledger whose keeper may cheat.
    private struct Pages: LedgerStore {
        var chain: [LedgerLink] = []
        var end: (sequence: Int64, hash: String)?

        init(_ count: Int) {
            for number in 0..<count {
                let entry = LedgerEntry(kind: "k", at: Date(timeIntervalSince1970: 0), actor: "a", subject: "\(number)")
                chain.append(LedgerChain.link(entry, after: end ?? LedgerChain.start))
                end = chain.last.map { ($0.sequence, $0.hash) }
            }
        }

        func append(_ entries: [LedgerEntry]) async throws {}
        func links(after sequence: Int64, limit: Int) async throws -> [LedgerLink] {
            Array(chain.filter { $0.sequence > sequence }.prefix(limit))
        }
        func head() async throws -> (sequence: Int64, hash: String)? { end }
    }

    @Test("is intact when every link and the end agree", arguments: [0, 1, 3, 10])
    func intact(count: Int) async throws {
        let ledger = Pages(count)
        let hash = ledger.end?.hash ?? LedgerChain.start.hash
        #expect(try await ledger.verifyLedger(page: 3) == .intact(entries: Int64(count), hash: hash))
    }

    @Test("tells a cut-off tail, an added link and an altered one")
    func cheating() async throws {
        var cut = Pages(10)
        cut.chain.removeLast(2)
        #expect(try await cut.verifyLedger(page: 3) == .wrongEnd(chainEndsAt: 8, headSays: 10))

        var added = Pages(10)
        added.end = (9, added.chain[8].hash)
        #expect(try await added.verifyLedger(page: 3) == .wrongEnd(chainEndsAt: 10, headSays: 9))

        var altered = Pages(10)
        altered.chain[6].canonical += " "
        #expect(try await altered.verifyLedger(page: 3) == .broken(at: 7))

        var replaced = Pages(10)
        replaced.end = (10, String(repeating: "f", count: 64))
        #expect(try await replaced.verifyLedger(page: 3) == .broken(at: 10))
    }
}
