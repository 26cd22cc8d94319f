// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import Testing

/// A hexadecimal PDQ hash that differs from all zeros in this many bits.
private func hash(bits: Int) -> String {
    let bytes = (0..<32).map { byte in UInt8((1 << min(8, max(0, bits - byte * 8))) - 1) }
    return bytes.map { String(UInt16($0) + 256, radix: 16).suffix(2) }.joined()
}

private func fingerprint(_ kind: Fingerprint.Kind, _ value: String, _ trust: Trust, bank: String = "known") -> Fingerprint {
    Fingerprint(
        id: FingerprintID("\(bank):\(value.prefix(8)):\(trust)"), bank: bank, kind: kind, value: value, trust: trust,
        source: "test",
        addedAt: .start)
}

/// Banks in memory, behind the port.
private struct FixedBanks: FingerprintStore {
    let entries: [Fingerprint]
    func put(_ fingerprints: [Fingerprint], ledger: [LedgerEntry]) async throws -> Int { 0 }
    func fingerprints() async throws -> [Fingerprint] { entries }
    func fingerprintVersion() async throws -> Int64 { 7 }
}

@Suite("Hash detector")
struct HashDetectorTests {
    private let declarations = [
        SignalDeclaration(name: "exact", kind: .sha256, bank: "known"),
        SignalDeclaration(name: "near", kind: .pdq, bank: "known", radius: 31),
    ]
    private let sha = String(repeating: "ab", count: 32)

    private func signals(
        _ entries: [Fingerprint], pdq: String = hash(bits: 0), quality: Int = 100, problem: ExaminedMedia.Problem? = nil
    ) async throws -> [String: SignalState] {
        let banks = Banks()
        try await banks.reload(from: FixedBanks(entries: entries))
        let facts = problem == nil ? MediaFacts(format: "png", width: 64, height: 64, pdq: pdq, quality: quality) : nil
        let media = ExaminedMedia(media: Media(id: "m"), bytes: [1], sha256: sha, facts: facts, problem: problem)
        let event = try #require(PublicEvent(.sample(media: [Media(id: "m")]), whileSpaceIs: .public))
        let found = HashDetector(declarations, banks: banks).detect(in: event, media: [media])
        return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0.state) })
    }

    @Test("finds the same bytes, with bank and trust")
    func exact() async throws {
        let state = try await signals([fingerprint(.sha256, sha, .verified)])["exact"]
        guard case .matched(let matches)? = state else { throw Missing() }
        #expect(matches.map(\.trust) == [.verified])
        #expect(matches.first?.media == "m" && matches.first?.bank == "known" && matches.first?.distance == 0)
    }

    @Test("the radius is inclusive", arguments: [(30, true), (31, true), (32, false)])
    func radius(bits: Int, isMatch: Bool) async throws {
        let state = try await signals([fingerprint(.pdq, hash(bits: bits), .verified)])["near"]
        if isMatch {
            guard case .matched(let matches)? = state else { throw Missing() }
            #expect(matches.first?.distance == bits)
        } else {
            #expect(state == .absent)
        }
    }

    @Test("a picture of low quality is not compared")
    func lowQuality() async throws {
        #expect(try await signals([fingerprint(.pdq, hash(bits: 0), .verified)], quality: 49)["near"] == .absent)
    }

    @Test("the best trust comes first, whatever is nearer")
    func bestTrustFirst() async throws {
        let entries = [fingerprint(.pdq, hash(bits: 1), .claimed), fingerprint(.pdq, hash(bits: 20), .verified)]
        guard case .matched(let matches)? = try await signals(entries)["near"] else { throw Missing() }
        #expect(matches.map(\.trust) == [.verified, .claimed])
    }

    @Test(
        "what is no nearer than a harmless picture is that harmless picture",
        arguments: [(5, 4, true), (4, 4, false), (3, 4, false)])
    func benignWins(benign: Int, verified: Int, isMatch: Bool) async throws {
        let entries = [
            fingerprint(.pdq, hash(bits: verified), .verified), fingerprint(.pdq, hash(bits: benign), .benign, bank: "other"),
        ]
        let state = try await signals(entries)["near"]
        #expect((state != .absent) == isMatch)
    }

    @Test("a claim does not switch a harmless picture off")
    func claimAgainstBenign() async throws {
        let entries = [
            fingerprint(.pdq, hash(bits: 0), .claimed), fingerprint(.pdq, hash(bits: 1), .benign),
            fingerprint(.pdq, hash(bits: 25), .verified),
        ]
        guard case .matched(let matches)? = try await signals(entries)["near"] else { throw Missing() }
        #expect(matches.map(\.trust) == [.claimed])
    }

    @Test("bytes that people found harmless match nothing, not even by look")
    func benignBytes() async throws {
        let entries = [fingerprint(.sha256, sha, .benign), fingerprint(.pdq, hash(bits: 0), .verified)]
        let found = try await signals(entries)
        #expect(found["exact"] == .absent && found["near"] == .absent)
    }

    @Test("retired entries and other banks match nothing")
    func retired() async throws {
        let entries = [fingerprint(.sha256, sha, .retired), fingerprint(.sha256, sha, .verified, bank: "elsewhere")]
        #expect(try await signals(entries)["exact"] == .absent)
    }

    @Test("a picture that cannot be read is unknown; no picture is absent")
    func unknown() async throws {
        #expect(try await signals([], problem: .unreadable("broken"))["near"] == .unknown("broken"))
        #expect(try await signals([], problem: .notAPicture("a document"))["near"] == .absent)
    }

    private struct Missing: Error {}
}

@Suite("Text and link detectors")
struct TextDetectorTests {
    private func event(_ text: String) throws -> PublicEvent {
        try #require(PublicEvent(.sample(text: text), whileSpaceIs: nil))
    }

    @Test(
        "finds a phrase through wide letters, hidden characters and split syllables",
        arguments: ["a ＴＥＳＴ Phr\u{200B}ase", "시험 문구", "ㅅㅣㅎㅓㅁ 문구"])
    func phrases(text: String) throws {
        let detector = try TextDetector(
            [SignalDeclaration(name: "said", kind: .text, bank: "list")], lists: ["list": ["test phrase", "시험 문구"]])
        let signal = try #require(detector.detect(in: try event(text), media: []).first)
        #expect(signal.name == "said" && !signal.matches.isEmpty, "\(text)")
        #expect(try detector.detect(in: event("nothing of it"), media: []).first?.state == .absent)
    }

    @Test("a list that no policy declares is an error that names it")
    func missingList() {
        #expect(throws: SignalsError.noSuchList("gone", neededBy: "said")) {
            try TextDetector([SignalDeclaration(name: "said", kind: .text, bank: "gone")], lists: [:])
        }
    }

    @Test("gives every link, and matches listed links and hosts")
    func links() throws {
        let detector = try LinkDetector(
            [SignalDeclaration(name: "bad_link", kind: .link, bank: "list")],
            lists: ["list": ["https://spam.example/offer", "bad.example"]])
        let found = detector.detect(
            in: try event("see http://SPAM.example/offer#x and https://bad.example/any, good.example/a"), media: [])
        #expect(found.first { $0.name == "links" }?.matches.count == 3)
        #expect(found.first { $0.name == "bad_link" }?.matches.count == 2)
    }
}

@Suite("The gate")
struct GateTests {
    @Test(
        "only what is public by its own word and now passes",
        arguments: PrivacyClass.allCases, [PrivacyClass?.none, .public, .private, .encrypted])
    func gate(own: PrivacyClass, now: PrivacyClass?) {
        let passed = PublicEvent(.sample(privacy: own), whileSpaceIs: now) != nil
        #expect(passed == (own == .public && (now ?? .public) == .public))
    }
}
