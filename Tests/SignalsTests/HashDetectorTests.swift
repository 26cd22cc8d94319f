// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import PerceptualHashing
import Signals
import SignalsTesting
import Testing

/// A hexadecimal PDQ hash that differs from all zeros in this many bits.
private func hash(bits: Int) -> String { Hex.hash(String(repeating: "0", count: 64), flipping: bits) }

@Suite("Hash detector")
struct HashDetectorTests {
    private let declarations = [
        SignalDeclaration(name: "exact", kind: .sha256, bank: "known"),
        SignalDeclaration(name: "near", kind: .pdq, bank: "known", radius: 31),
    ]
    private let sha = String(repeating: "ab", count: 32)
    private let store = MemoryBankStore()
    private let clock = ManualClock()

    private func facts(
        pdq: String = hash(bits: 0), quality: Int = 100, dihedrals: [String] = [], variants: [MediaVariant] = []
    ) -> MediaFacts {
        MediaFacts(
            format: "png", width: 64, height: 64, pdq: pdq, quality: quality, dihedrals: dihedrals, variants: variants)
    }

    private func file(_ facts: MediaFacts?, id: MediaID = "m", problem: ExaminedMedia.Problem? = nil) -> ExaminedMedia {
        ExaminedMedia(media: Media(id: id), bytes: [1], sha256: sha, facts: facts, problem: problem)
    }

    private func detect(_ files: [ExaminedMedia], banks: Banks? = nil, actor: ActorID = "ari") async throws -> [String: Signal] {
        let clock = clock
        let banks = if let banks { banks } else { try await Banks.open(store, now: { clock.now }) }
        let event = try #require(PublicEvent(.sample(actor: actor, media: files.map(\.media)), whileSpaceIs: .public))
        let found = HashDetector(declarations, banks: banks).detect(in: event, media: files)
        return Dictionary(uniqueKeysWithValues: found.map { ($0.name, $0) })
    }

    private func near(_ facts: MediaFacts? = nil) async throws -> [Match] {
        try await detect([file(facts ?? self.facts())])["near"]?.matches ?? []
    }

    @Test("finds the same bytes, with bank and trust; the version tells the state of the banks")
    func exact() async throws {
        store.plant(.sha256, sha)
        let signal = try #require(try await detect([file(facts())])["exact"])
        #expect(signal.matches.map(\.trust) == [.verified])
        #expect(signal.matches.first?.media == "m" && signal.matches.first?.bank == "known")
        #expect(signal.matches.first?.distance == 0 && signal.matches.first?.entry == "fp-1")
        #expect(signal.version == "banks@2")
    }

    @Test("the radius is inclusive: the policy's, the bank's and the entry's", arguments: [(30, true), (31, true), (32, false)])
    func radius(bits: Int, isMatch: Bool) async throws {
        store.plant(hash(bits: bits))
        #expect(try await near().map(\.distance) == (isMatch ? [bits] : []))
    }

    @Test("the least of the radii counts", arguments: [(12, nil), (31, 12), (12, 31)] as [(Int, Int?)])
    func leastRadius(bank: Int, entry: Int?) async throws {
        try await store.put(Bank(name: "known", radius: bank, addedAt: .start), ledger: [])
        store.plant(hash(bits: 12), radius: entry)
        store.plant(hash(bits: 13), radius: entry)
        #expect(try await near().map(\.distance) == [12])
    }

    @Test(
        "a picture of lower quality than the bank's gate is not compared",
        arguments: [(49, 50, false), (50, 50, true), (20, 20, true)])
    func lowQuality(quality: Int, gate: Int, isMatch: Bool) async throws {
        try await store.put(Bank(name: "known", qualityGate: gate, addedAt: .start), ledger: [])
        store.plant(hash(bits: 0))
        #expect(try await near(facts(quality: quality)).isEmpty != isMatch)
    }

    @Test("the best trust comes first, whatever is nearer")
    func bestTrustFirst() async throws {
        store.plant(hash(bits: 1), .claimed)
        store.plant(hash(bits: 20), .verified)
        #expect(try await near().map(\.trust) == [.verified, .claimed])
    }

    @Test(
        "what is no nearer than a harmless picture is that harmless picture",
        arguments: [(5, 4, true), (4, 4, false), (3, 4, false)])
    func benignWins(benign: Int, verified: Int, isMatch: Bool) async throws {
        store.plant(hash(bits: verified), .verified)
        store.plant(hash(bits: benign), .benign, bank: "other")
        #expect(try await near().isEmpty != isMatch)
    }

    @Test("a harmless picture that was turned is harmless")
    func benignTurned() async throws {
        let turned = (1...7).map { Hex.hash($0) }
        store.plant(Hex.hash(turned[2], flipping: 3), .benign)
        store.plant(hash(bits: 8))
        #expect(try await near(facts(dihedrals: turned)) == [])
        #expect(try await near(facts()).count == 1)
    }

    @Test("a claim does not switch a harmless picture off")
    func claimAgainstBenign() async throws {
        store.plant(hash(bits: 0), .claimed)
        store.plant(hash(bits: 1), .benign)
        store.plant(hash(bits: 25), .verified)
        #expect(try await near().map(\.trust) == [.claimed])
    }

    @Test("what a bulk decision asks in the end: is the fingerprint still verified, and is the file still its copy?")
    func standing() async throws {
        let clock = clock
        store.plant(hash(bits: 3), .verified)
        store.plant(hash(bits: 9), .claimed)
        let banks = try await Banks.open(store, now: { clock.now })
        let verified = SweepRequest.Query(key: 1, hash: try PDQHash(hex: hash(bits: 3)), radius: 31)
        let claimed = SweepRequest.Query(key: 2, hash: try PDQHash(hex: hash(bits: 9)), radius: 31)
        #expect(banks.stands(verified) && !banks.stands(claimed))
        #expect(banks.confirms(file(facts()), as: [verified]))
        #expect(!banks.confirms(file(facts()), as: [claimed]), "another fingerprint's copy is not this one's")
        var narrow = verified
        narrow.radius = 2
        #expect(!banks.confirms(file(facts()), as: [narrow]))
        store.plant(hash(bits: 1), .benign)
        try await banks.follow()
        #expect(!banks.confirms(file(facts()), as: [verified]), "found harmless meanwhile")
        try await store.retire(1, because: "mistake", by: "hana", at: clock.now, ledger: [])
        try await banks.follow()
        #expect(!banks.stands(verified))
    }

    @Test("bytes that people found harmless match nothing, not even by look")
    func benignBytes() async throws {
        store.plant(.sha256, sha, .benign)
        store.plant(.sha256, sha, .verified, bank: "other")
        store.plant(hash(bits: 0))
        let found = try await detect([file(facts())])
        #expect(found["exact"]?.state == .absent && found["near"]?.state == .absent)
    }

    @Test("retired entries and other banks match nothing; nor does an MD5 that zeros follow")
    func retired() async throws {
        store.plant(.sha256, sha, .retired)
        store.plant(.sha256, sha, .verified, bank: "elsewhere")
        store.plant(.md5, String(sha.prefix(32)))
        #expect(try await detect([file(facts())])["exact"]?.state == .absent)
    }

    @Test("a picture that cannot be read is unknown; no picture is absent")
    func unknown() async throws {
        #expect(try await detect([file(nil, problem: .unreadable("broken"))])["near"]?.state == .unknown("broken"))
        #expect(try await detect([file(nil, problem: .notAPicture("a document"))])["near"]?.state == .absent)
        let missing = ExaminedMedia.missing(Media(id: "m"), "gone")
        #expect(try await detect([missing])["exact"]?.state == .unknown("gone"))
    }

    @Test("a film of which a part was not looked at is unknown, unless what was looked at matches or its bytes are known")
    func partlySeen() async throws {
        var film = MediaFacts(
            format: "mp4", width: 64, height: 64, pdq: "", quality: 0, isIncomplete: true,
            frames: [FrameFingerprint(frame: 0, pdq: hash(bits: 12), quality: 100, seconds: 0)], duration: 60)
        let why = SignalState.unknown("only a part of its frames could be looked at")
        let found = try await detect([file(film)])
        #expect(found["near"]?.state == why && found["exact"]?.state == .absent)
        #expect(try await detect([file(facts()), file(film)])["near"]?.state == why)
        film.isIncomplete = false
        #expect(try await detect([file(film)])["near"]?.state == .absent)
        // Of a picture that ends early, nobody sees more than was hashed.
        var cut = facts()
        cut.isIncomplete = true
        #expect(try await detect([file(cut)])["near"]?.state == .absent)
        store.plant(hash(bits: 10))
        film.isIncomplete = true
        #expect(try await near(film).map(\.variant) == ["frame at 0.0 s"])
    }

    @Test("finds a known picture turned, mirrored and inverted, and says how")
    func turned() async throws {
        store.plant(hash(bits: 10))
        let turned = (1...7).map { Hex.hash($0) }
        let names = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]
        for (place, name) in names.enumerated() {
            var dihedrals = turned
            dihedrals[place] = hash(bits: 14)
            #expect(try await near(facts(pdq: Hex.hash(9), dihedrals: dihedrals)).map(\.variant) == [name])
            dihedrals[place] = Hex.complement(hash(bits: 14))
            let inverted = try await near(facts(pdq: Hex.hash(9), dihedrals: dihedrals))
            #expect(inverted.map(\.variant) == ["\(name)-inverted"])
            #expect(inverted.map(\.distance) == [4])
        }
        #expect(try await near(facts(pdq: Hex.complement(hash(bits: 10)))).map(\.variant) == ["inverted"])
        #expect(try await near(facts(pdq: hash(bits: 11), dihedrals: turned)).map(\.variant) == ["original"])
    }

    @Test("finds a known picture in a part of a picture, by the quality of that part")
    func parts() async throws {
        store.plant(hash(bits: 10))
        for (quality, variants) in [(80, ["crop-centre"]), (49, [])] {
            let part = MediaVariant(name: "crop-centre", pdq: hash(bits: 12), quality: quality)
            #expect(try await near(facts(pdq: Hex.hash(9), variants: [part])).map(\.variant) == variants)
        }
    }

    @Test("a harmless part does not make the whole picture harmless")
    func harmlessPart() async throws {
        store.plant(hash(bits: 10))
        store.plant(Hex.hash(5), .benign)
        let part = MediaVariant(name: "crop-centre", pdq: Hex.hash(5), quality: 100)
        #expect(try await near(facts(variants: [part])).map(\.variant) == ["original"])
    }

    @Test(
        "a video is taken for a copy only when three frames and half of them are verified; else a person looks",
        arguments: [(1, 1, false), (2, 2, false), (3, 3, true), (3, 6, true), (3, 7, false), (60, 120, true), (59, 120, false)])
    func frames(known: Int, of count: Int, isCopy: Bool) async throws {
        store.plant(hash(bits: 10))
        var video = facts(pdq: "", quality: 0)
        video.frames = (0..<count).map { place in
            FrameFingerprint(
                frame: place, pdq: place < known ? hash(bits: 12) : Hex.hash(place + 20), quality: 90, seconds: Double(place))
        }
        // A black frame says nothing either way.
        video.frames.append(FrameFingerprint(frame: count, pdq: hash(bits: 0), quality: 0, seconds: Double(count)))
        let found = try await near(video)
        #expect(found.map(\.trust) == [isCopy ? .verified : .probation])
        #expect(found.first?.variant.hasPrefix("frame at ") == true && found.first?.distance == 2)
    }

    @Test("many frames of claims do not make one verified frame a copy; and what the whole picture shows stays what it is")
    func mixedFrames() async throws {
        store.plant(hash(bits: 10))
        store.plant(hash(bits: 40), .claimed)
        var moving = facts(pdq: Hex.hash(9))
        moving.frames = [12, 41, 42, 43].enumerated().map { place, bits in
            FrameFingerprint(frame: place, pdq: hash(bits: bits), quality: 90, seconds: Double(place))
        }
        #expect(try await Set(near(moving).map(\.trust)) == [.probation, .claimed])
        moving.pdq = hash(bits: 11)
        #expect(try await near(moving).first?.trust == .verified)
        let verified = SweepRequest.Query(key: 1, hash: try PDQHash(hex: hash(bits: 10)), radius: 31)
        let clock = clock
        let banks = try await Banks.open(store, now: { clock.now })
        #expect(banks.confirms(file(moving), as: [verified]))
        moving.pdq = Hex.hash(9)
        #expect(!banks.confirms(file(moving), as: [verified]), "that a frame shows it is no ground for a bulk decision")
    }

    @Test("each file of an item is compared for itself")
    func severalFiles() async throws {
        store.plant(hash(bits: 3))
        let files = [
            file(facts(pdq: Hex.hash(1)), id: "a"), file(facts(), id: "b"), file(nil, id: "c", problem: .unreadable("broken")),
            file(facts(pdq: hash(bits: 5)), id: "d"),
        ]
        let matches = try await detect(files)["near"]?.matches ?? []
        #expect(matches.map(\.media) == ["b", "d"])
        #expect(matches.map(\.distance) == [3, 2])
    }

    @Test("a crowded bank gives the best hundred")
    func crowded() async throws {
        for number in 0..<150 {
            store.plant(Hex.hash(hash(bits: 0), flipping: number % 25), number == 140 ? .verified : .claimed)
        }
        let matches = try await near()
        #expect(matches.count == 100)
        #expect(matches.first?.trust == .verified)
        #expect(matches.dropFirst().allSatisfy { $0.distance <= 17 })
    }

    @Test("a bank on trial answers its share of the files, the same ones each time")
    func share() async throws {
        try await store.put(Bank(name: "known", share: 0.25, addedAt: .start), ledger: [])
        store.plant(hash(bits: 0))
        let files = (0..<2_000).map { file(facts(), id: MediaID("mxc://example/\($0)")) }
        let first = try await detect(files)["near"]?.matches.map(\.media) ?? []
        #expect((400...600).contains(first.count), "\(first.count) of 2,000")
        #expect(try await detect(files)["near"]?.matches.map(\.media) == first)
        try await store.put(Bank(name: "known", share: 0, addedAt: .start), ledger: [])
        #expect(try await detect(files)["near"]?.state == .absent)
    }

    @Test("a fingerprint that matches what everybody posts is held until a person confirms it")
    func popular() async throws {
        let key = store.plant(hash(bits: 0))
        let clock = clock
        let banks = try await Banks.open(store, now: { clock.now })
        let service = BankService(store: store, live: banks, sha256: { _ in "" }, makeID: { "" }, now: { clock.now })
        func trust(_ actor: Int) async throws -> Trust? {
            try await detect([file(facts())], banks: banks, actor: ActorID("a\(actor)"))["near"]?.matches.first?.trust
        }
        for actor in 0..<50 { #expect(try await trust(actor) == .verified) }
        #expect(try await trust(50) == .probation)
        #expect(try await service.lookUp(.pdq, hash(bits: 0), banks: nil, radius: nil, quality: nil).map(\.trust) == [.probation])
        try await service.judge([MatchOutcome(fingerprint: key, decision: "d", kind: .confirmed, at: .start)])
        #expect(try await trust(51) == .verified)
    }

    @Test("what people confirmed elsewhere is not held here")
    func confirmedElsewhere() async throws {
        let key = store.plant(hash(bits: 0))
        let clock = clock
        let banks = try await Banks.open(store, now: { clock.now })
        for actor in 0..<60 { _ = try await detect([file(facts())], banks: banks, actor: ActorID("a\(actor)")) }
        #expect(banks.popularity.isHeld(key))
        try await store.record([MatchOutcome(fingerprint: key, decision: "d", kind: .confirmed, at: .start)])
        let following = Task { await banks.run() }
        defer { following.cancel() }
        #expect(try await eventually { !banks.popularity.isHeld(key) })
    }
}
