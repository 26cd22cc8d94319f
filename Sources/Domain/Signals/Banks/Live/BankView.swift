// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import PerceptualHashing

import struct Foundation.Date

/// A fingerprint that counts and is near enough, in a bank that compares hashes of this quality.
struct BankHit {
    let key: Int64
    let bank: Bank
    let source: String
    let trust: Trust
    let distance: Int
    let variant: String
}

/// A hash to look for, and what was done to the picture to get it.
struct PictureProbe {
    let variant: String
    let hash: PDQHash
    let quality: Int
}

/// Banks and index at one moment; looking up in it waits for nobody.
struct BankView: Sendable {
    let files: IndexFiles
    /// Banks by their number; nil for those that are no more.
    let banks: [Bank?]
    let names: IndexNames
    /// The state of the store that this is.
    let revision: Int64
    /// The last change that is in the index.
    let place: Int64
    let now: @Sendable () -> Date

    /// Whether people have found exactly these bytes harmless; then nothing else about the file counts.
    func isBenign(_ kind: Fingerprint.Kind, _ digest: String) -> Bool { files(kind, digest) == nil }

    /// Fingerprints of exactly these bytes; nil when one of them is benign.
    func files(_ kind: Fingerprint.Kind, _ digest: String) -> [BankHit]? {
        guard let hash = PDQHash(digest: digest) else { return [] }
        let found = files.exact.matches(for: [hash], within: 0, at: now())[0].compactMap { hit($0, variant: "original") }
        return found.contains { $0.trust == .benign } ? nil : found
    }

    /// Fingerprints near a picture that was turned, mirrored and inverted in all ways; each once, where it is nearest.
    ///
    /// Whatever is no nearer than a hash that people have found harmless, in any bank, is that harmless picture.
    func pictures(near probes: [PictureProbe], within radius: Int) -> [BankHit] {
        let found = files.pdq.matches(for: probes.map(\.hash), within: min(radius, 63), at: now())
        var nearest: [Int64: BankHit] = [:]
        var limit = Int.max
        for (probe, matches) in zip(probes, found) {
            for match in matches {
                guard let hit = hit(match, variant: probe.variant), probe.quality >= hit.bank.qualityGate,
                    hit.distance <= hit.bank.radius
                else { continue }
                if hit.trust == .benign { limit = min(limit, hit.distance) }
                if hit.distance < nearest[hit.key]?.distance ?? .max { nearest[hit.key] = hit }
            }
        }
        return nearest.values.filter { $0.trust != .benign && $0.distance < limit }
    }

    /// The entry's own radius and expiry were looked at by the index.
    private func hit(_ match: HammingMatch, variant: String) -> BankHit? {
        let labels = match.labels
        guard let bank = banks.element(at: Int(labels.bank)) ?? nil, let source = names.sources.element(at: Int(labels.source)),
            let trust = Trust(code: labels.trust)
        else { return nil }
        return BankHit(
            key: Int64(bitPattern: match.key), bank: bank, source: source, trust: trust, distance: match.distance,
            variant: variant)
    }
}

extension [PictureProbe] {
    /// The vectors' names, in the order of `PDQDihedrals.all` and `MediaFacts.dihedrals`.
    private static let turns = ["rot90", "rot180", "rot270", "flipx", "flipy", "flipp", "flipm"]

    /// A hash and its complement, which is the hash of the picture with its colours inverted.
    static func probes(_ hash: PDQHash, quality: Int) -> Self { probes(hash, dihedrals: [], quality: quality) }

    /// A picture as it is, turned and mirrored, and all of this inverted: 16 probes when the seven others are there.
    static func probes(_ hash: PDQHash, dihedrals: [PDQHash], quality: Int) -> Self {
        let upright = [("original", hash)] + zip(turns, dihedrals)
        return upright.map { PictureProbe(variant: $0.0, hash: $0.1, quality: quality) }
            + upright.map { variant, hash in
                PictureProbe(
                    variant: variant == "original" ? "inverted" : "\(variant)-inverted", hash: hash.complement, quality: quality)
            }
    }
}

extension PDQHash {
    /// A digest of 64 hexadecimal digits, or of 32, which zeros follow.
    init?(digest: String) {
        let padding = String(repeating: "0", count: max(0, 64 - digest.utf8.count))
        guard digest.utf8.count == 64 || digest.utf8.count == 32, let hash = try? PDQHash(hex: digest + padding) else {
            return nil
        }
        self = hash
    }
}

extension Array {
    fileprivate func element(at index: Int) -> Element? { indices.contains(index) ? self[index] : nil }
}
