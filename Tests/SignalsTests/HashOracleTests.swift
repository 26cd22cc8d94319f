// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import PerceptualHashing
import Signals
import SignalsTesting
import Testing

@Suite("Hash detector against a plain loop")
struct HashOracleTests {
    private static let names = ["original", "rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]

    private struct Found: Equatable {
        var entry: String
        var trust: Trust
        var distance: Int
        var variant: String
    }

    @Test("finds what a loop over all fingerprints finds, by all rules")
    func property() async throws {
        var generator = SeededGenerator()
        var matched = 0
        for round in 0..<40 {
            let world = World(using: &generator)
            let banks = try await Banks.open(world.store, now: { .start })
            for _ in 0..<10 {
                let facts = world.facts(using: &generator)
                let file = ExaminedMedia(media: Media(id: "m"), bytes: [], sha256: Hex.hash(7), facts: facts, problem: nil)
                let event = try #require(PublicEvent(.sample(media: [file.media]), whileSpaceIs: .public))
                let declarations = world.banks.map {
                    SignalDeclaration(name: $0.name, kind: .pdq, bank: $0.name, radius: .random(in: 0...63, using: &generator))
                }
                for signal in HashDetector(declarations, banks: banks).detect(in: event, media: [file]) {
                    let declaration = try #require(declarations.first { $0.name == signal.name })
                    let found = signal.matches.map {
                        Found(entry: $0.entry, trust: $0.trust, distance: $0.distance, variant: $0.variant)
                    }
                    matched += found.count
                    let expected = try expected(facts, declaration, in: world)
                    try #require(found == expected, "seed \(generator.seed), round \(round), \(declaration)")
                }
            }
        }
        #expect(matched > 500, "seed \(generator.seed): the test looks at too few matches, \(matched)")
    }

    private func expected(_ facts: MediaFacts, _ declaration: SignalDeclaration, in world: World) throws -> [Found] {
        let hashes = try ([facts.pdq] + facts.dihedrals).map { try PDQHash(hex: $0) }
        let probes =
            zip(Self.names, hashes)
            + zip(Self.names, hashes).map { name, hash in
                (name == "original" ? "inverted" : "\(name)-inverted", hash.complement)
            }
        var near: [(fingerprint: Fingerprint, distance: Int, variant: String)] = []
        for fingerprint in world.fingerprints where fingerprint.trust != .retired && fingerprint.kind == .pdq {
            guard let bank = world.banks.first(where: { $0.name == fingerprint.bank }), facts.quality >= bank.qualityGate,
                fingerprint.expiresAt.map({ $0 > .start }) ?? true
            else { continue }
            let hash = try PDQHash(hex: fingerprint.value)
            let best = try #require(probes.map { ($0.1.distance(to: hash), $0.0) }.min { $0.0 < $1.0 })
            if best.0 <= min(bank.radius, fingerprint.radius ?? 63) { near.append((fingerprint, best.0, best.1)) }
        }
        let limit = near.filter { $0.fingerprint.trust == .benign }.map(\.distance).min() ?? .max
        return near.filter {
            $0.fingerprint.trust != .benign && $0.fingerprint.bank == declaration.bank && $0.distance <= declaration.radius
                && $0.distance < limit
        }
        .sorted {
            ($0.fingerprint.trust == .verified ? 0 : 1, $0.distance, $0.fingerprint.key) < (
                $1.fingerprint.trust == .verified ? 0 : 1, $1.distance, $1.fingerprint.key
            )
        }
        .prefix(HashDetector.mostMatches)
        .map { Found(entry: "fp-\($0.fingerprint.key)", trust: $0.fingerprint.trust, distance: $0.distance, variant: $0.variant) }
    }
}

/// A few banks whose fingerprints lie in clouds around some pictures.
private struct World {
    let store = MemoryBankStore()
    let banks: [Bank]
    let fingerprints: [Fingerprint]
    private let pictures: [String]

    init(using generator: inout SeededGenerator) {
        let pictures = (0..<6).map { _ in Hex.random(using: &generator) }
        let banks = ["one", "two", "three"].map { name in
            Bank(
                name: name, radius: .random(in: 5...63, using: &generator), qualityGate: .random(in: 0...60, using: &generator),
                addedAt: .start)
        }
        var fingerprints: [Fingerprint] = []
        for _ in 0..<120 {
            let near = World.near(pictures.randomElement(using: &generator) ?? "", using: &generator)
            let trusts: [Trust] = [.claimed, .probation, .verified, .verified, .verified, .retired, .benign]
            let bank = banks.randomElement(using: &generator)?.name ?? ""
            let trust = trusts.randomElement(using: &generator) ?? .verified
            let radius = Bool.random(using: &generator) ? Int.random(in: 0...63, using: &generator) : nil
            let expiry = Int.random(in: 0..<8, using: &generator)
            let expiresAt = expiry > 2 ? nil : Date.start.addingTimeInterval(Double(expiry - 1))
            // A benign one in a tenth of the cases only, or nothing else would be seen.
            let real = trust == .benign && !(0..<3).contains(Int.random(in: 0..<10, using: &generator)) ? .claimed : trust
            let key = store.plant(near, real, bank: bank, radius: radius, expiresAt: expiresAt)
            fingerprints.append(
                Fingerprint(
                    key: key, bank: bank, kind: .pdq, value: near, trust: real, source: "test", addedAt: .distantPast,
                    radius: radius, expiresAt: expiresAt))
        }
        for bank in banks { store.replace(bank) }
        (self.pictures, self.banks, self.fingerprints) = (pictures, banks, fingerprints)
    }

    /// A picture near one of those, as it is, turned or inverted.
    func facts(using generator: inout SeededGenerator) -> MediaFacts {
        var hashes = (0..<8).map { _ in Hex.random(using: &generator) }
        let place = Int.random(in: 0..<8, using: &generator)
        hashes[place] = World.near(pictures.randomElement(using: &generator) ?? "", using: &generator)
        if Bool.random(using: &generator) { hashes[place] = Hex.complement(hashes[place]) }
        let dihedrals = place > 0 || Bool.random(using: &generator) ? Array(hashes.dropFirst()) : []
        return MediaFacts(
            format: "png", width: 64, height: 64, pdq: hashes[0], quality: .random(in: 40...100, using: &generator),
            dihedrals: dihedrals)
    }

    private static func near(_ hash: String, using generator: inout SeededGenerator) -> String {
        // Bits that are flipped anywhere, not only at the front.
        var digits = Array(hash)
        for _ in 0..<Int.random(in: 0...30, using: &generator) {
            let place = Int.random(in: 0..<digits.count, using: &generator)
            let value = (UInt8(String(digits[place]), radix: 16) ?? 0) ^ (1 << UInt8.random(in: 0..<4, using: &generator))
            digits[place] = Character(String(value, radix: 16))
        }
        return String(digits)
    }
}
