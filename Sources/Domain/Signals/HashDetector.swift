// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import PerceptualHashing

/// Compares the media of an event with the banks that policies name, by exact and by perceptual hash.
///
/// A picture is compared as it is, turned, mirrored and inverted, and, where the examination made them, without its border and
/// in parts; of a video, each frame that was hashed. A frame that is known does not make a video a copy: what else it shows may be a
/// report of it. So a machine takes one for a copy only when at least three frames, and half of those that can be compared, are known;
/// otherwise its matches are on `probation`, for a person.
package struct HashDetector: Detector {
    /// PDQ hashes of lower quality say too little to be compared (the published threshold); a bank may have another gate.
    package static let qualityGate = 50
    /// For one declaration and file: the best of what was found, so that a crowded bank does not fill events.
    package static let mostMatches = 100
    /// So many frames of a video must be verified, and half of all, before it is taken for a copy.
    package static let framesOfCopy = 3

    private let declarations: [SignalDeclaration]
    private let banks: Banks

    package init(_ declarations: [SignalDeclaration], banks: Banks) {
        self.declarations = declarations.filter { $0.kind == .sha256 || $0.kind == .pdq }
        self.banks = banks
    }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        guard !declarations.isEmpty else { return [] }
        let view = banks.view
        let radius = declarations.filter { $0.kind == .pdq }.map(\.radius).max()
        // All declarations of a kind share one search; each says how long it took.
        let (exact, exactTime) = measured {
            media.map { file in
                let hits: [BankHit]? = file.sha256.map { view.files(.sha256, $0) } ?? []
                return hits.map { FileHits(whole: $0) }
            }
        }
        let (near, nearTime) = measured {
            // Bytes that people have found harmless are compared no further.
            zip(media, exact).map { file, exact in exact == nil ? nil : view.hits(near: file.facts, within: radius) }
        }
        return declarations.map { declaration in
            let isExact = declaration.kind == .sha256
            let (state, took) = measured {
                self.state(of: declaration, in: zip(media, isExact ? exact : near), event: event)
            }
            return Signal(
                name: declaration.name, kind: declaration.kind, state: state, version: "banks@\(view.revision)",
                microseconds: took + (isExact ? exactTime : nearTime))
        }
    }

    /// - Parameter files: each with what it is near to, in all banks; nil when its bytes are harmless.
    private func state(
        of declaration: SignalDeclaration, in files: some Sequence<(ExaminedMedia, FileHits?)>, event: PublicEvent
    ) -> SignalState {
        var matches: [Match] = []
        var unreadable: String?
        for (file, hits) in files {
            guard let hits else { continue }
            if declaration.kind == .sha256, file.sha256 == nil {
                unreadable = file.whyUnreadable ?? "its bytes could not be had"
            } else if declaration.kind == .pdq, let why = file.whyUnreadable ?? file.whyPartlySeen {
                unreadable = why
            }
            matches += self.matches(of: declaration, in: file, hits, event: event)
                .sorted { $0.comesBefore($1) }.prefix(Self.mostMatches)
        }
        if !matches.isEmpty { return .matched(matches) }
        return unreadable.map { .unknown($0) } ?? .absent
    }

    private func matches(
        of declaration: SignalDeclaration, in file: ExaminedMedia, _ hits: FileHits, event: PublicEvent
    ) -> [Match] {
        func counts(_ hit: BankHit) -> Bool {
            hit.bank.name == declaration.bank && (declaration.kind == .sha256 || hit.distance <= declaration.radius)
                && hit.bank.answers(for: file.media.id)
        }
        let whole = hits.whole.filter(counts)
        let frames = hits.frames.map { $0.filter(counts) }
        // What the whole file is near to needs no frame to say so.
        var inFrames: [Int64: BankHit] = [:]
        for hit in frames.joined() where hit.distance < inFrames[hit.key]?.distance ?? .max { inFrames[hit.key] = hit }
        for hit in whole { inFrames[hit.key] = nil }
        let known = frames.count { $0.contains { $0.trust == .verified } }
        let isCopy = known >= Self.framesOfCopy && known * 2 >= frames.count
        return whole.map { Match($0, trust: banks.trust(of: $0, matching: event.event), in: file) }
            + inFrames.values.map { hit in
                let trust = banks.trust(of: hit, matching: event.event)
                return Match(hit, trust: trust == .verified && !isCopy ? .probation : trust, in: file)
            }
    }
}

/// What a file is near to, in all banks.
struct FileHits {
    /// The file itself, its picture and that picture's changed forms.
    var whole: [BankHit] = []
    /// Of a video, each frame that says enough to be compared.
    var frames: [[BankHit]] = []
}

extension MediaFacts {
    /// What to look for: the picture in all its turns, and each changed form, for itself. (A form is another picture: that a part
    /// is harmless does not make the whole so.)
    fileprivate var pictures: [[PictureProbe]] {
        var pictures: [[PictureProbe]] = []
        if let hash = try? PDQHash(hex: pdq) {
            let dihedrals = dihedrals.compactMap { try? PDQHash(hex: $0) }
            // Without all seven it is not known which is which.
            pictures.append(.probes(hash, dihedrals: dihedrals.count == 7 ? dihedrals : [], quality: quality))
        }
        for form in variants {
            guard let hash = try? PDQHash(hex: form.pdq) else { continue }
            pictures.append([PictureProbe(variant: form.name, hash: hash, quality: form.quality)])
        }
        return pictures
    }

    /// Of a video each frame; one of a single colour says nothing, and is left out.
    fileprivate var framePictures: [[PictureProbe]] {
        frames.compactMap { frame in
            guard frame.quality > 0, let hash = try? PDQHash(hex: frame.pdq) else { return nil }
            return [PictureProbe(variant: frame.place, hash: hash, quality: frame.quality)]
        }
    }
}

extension FrameFingerprint {
    /// How a match names it: `frame at 12.5 s`.
    fileprivate var place: String { "frame at \((seconds * 10).rounded() / 10) s" }
}

extension BankView {
    /// What a picture, its changed forms and its frames are near to: each fingerprint once in the whole and in a frame, where it is
    /// nearest. Nothing when there is no picture, or nobody wants to know (no radius).
    func hits(near facts: MediaFacts?, within radius: Int?) -> FileHits {
        guard let facts, let radius else { return FileHits() }
        var best: [Int64: BankHit] = [:]
        for picture in facts.pictures {
            for hit in pictures(near: picture, within: radius) where hit.distance < best[hit.key]?.distance ?? .max {
                best[hit.key] = hit
            }
        }
        return FileHits(whole: Array(best.values), frames: facts.framePictures.map { pictures(near: $0, within: radius) })
    }
}

extension Bank {
    /// Whether a file is in the share of look-ups that the bank answers; the same file always is or always is not.
    fileprivate func answers(for media: MediaID) -> Bool {
        guard share < 1 else { return true }
        // FNV-1a, then a mixer, because its upper bits hardly depend on the last characters.
        var hash: UInt64 = 0xcbf2_9ce4_8422_2325
        for byte in "\(name)\n\(media)".utf8 { hash = (hash ^ UInt64(byte)) &* 0x100_0000_01b3 }
        hash = (hash ^ hash >> 30) &* 0xbf58_476d_1ce4_e5b9
        hash = (hash ^ hash >> 27) &* 0x94d0_49bb_1331_11eb
        return Double((hash ^ hash >> 31) >> 11) / 0x1p53 < share
    }
}

extension ExaminedMedia {
    fileprivate var whyUnreadable: String? {
        if case .unreadable(let why)? = problem { why } else { nil }
    }

    /// What was looked at may match; that nothing matches says nothing of the rest.
    fileprivate var whyPartlySeen: String? { facts?.mayShowMore == true ? "only a part of its frames could be looked at" : nil }
}

extension Match {
    fileprivate init(_ hit: BankHit, trust: Trust, in file: ExaminedMedia) {
        self.init(
            bank: hit.bank.name, trust: trust, distance: hit.distance, entry: "fp-\(hit.key)", media: file.media.id,
            variant: hit.variant)
    }

    /// Best trust first, then the nearest; ids make the order the same every time.
    fileprivate func comesBefore(_ other: Match) -> Bool {
        let (mine, others) = (trust == .verified ? 0 : 1, other.trust == .verified ? 0 : 1)
        return (mine, distance, entry.count, entry) < (others, other.distance, other.entry.count, other.entry)
    }
}
