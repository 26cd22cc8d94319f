// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Reads what is written in pictures and looks for the same in it as in what is written beside them: phrases, links, ways to reach
/// somebody, numbers of persons.
///
/// One reading of a file serves all declarations `of: pictures`. A picture that shows no sign of writing is not read
/// (`WritingTest`). What was read is content: it goes to the readers and nowhere else.
package struct PictureTextDetector: DearDetector {
    /// The model that reads, and what it is shown.
    package static let model = "picture-text"
    package static let wish = RasterWish.grey(longest: 1_600)
    /// Frames of a video that are read, at most, spread over it.
    package static let framesOfVideo = 3

    package let signalNames: Set<String>
    private let declarations: [SignalDeclaration]
    private let readers: [any TextReader]
    private let runner: any ModelRunner

    /// - Parameters:
    ///   - declarations: those that are not `of: pictures` are left to others.
    ///   - readers: made for the same declarations with the source `pictures`.
    package init(_ declarations: [SignalDeclaration], readers: [any TextReader], runner: any ModelRunner) {
        self.declarations = Self.served(of: declarations)
        self.readers = readers
        self.runner = runner
        signalNames = Set(self.declarations.map(\.name))
    }

    /// Whether the decoder must make the raster that is read.
    package static func isNeeded(for declarations: [SignalDeclaration]) -> Bool { !served(of: declarations).isEmpty }

    private static func served(of declarations: [SignalDeclaration]) -> [SignalDeclaration] {
        declarations.filter { $0.source == .pictures && [.text, .link, .contact, .personal].contains($0.kind) }
    }

    package func detect(
        _ declaration: SignalDeclaration, in event: PublicEvent, media: [ExaminedMedia], until deadline: ContinuousClock.Instant
    ) async -> [Signal] {
        let start = ContinuousClock.now
        var found = Finding(declarations)
        for file in media {
            switch rasters(of: file) {
            case .none: continue
            case .unknown(let why): found.unknown.append(why)
            case .some(let rasters):
                for raster in rasters {
                    do throws(ModelError) {
                        guard let text = try await read(raster, until: deadline) else { continue }
                        for reader in readers { found.take(reader.signals(in: text), of: file.media.id) }
                    } catch {
                        found.unknown.append(error.message)
                    }
                }
            }
        }
        let version = runner.states.first { $0.name == Self.model }?.version ?? ""
        return found.signals(version: version, microseconds: (ContinuousClock.now - start).microseconds)
    }

    private enum Rasters {
        case none
        case unknown(String)
        case some([Raster])
    }

    private func rasters(of file: ExaminedMedia) -> Rasters {
        switch file.problem {
        case .notAPicture: return .none
        case .unreadable(let why): return .unknown(why)
        case nil: break
        }
        guard let facts = file.facts else { return .none }
        let rasters = facts.rasters.filter { $0.wish == Self.wish }
        guard !rasters.isEmpty else { return .unknown("no picture was made to be read") }
        guard rasters.count > Self.framesOfVideo else { return .some(rasters) }
        return .some((0..<Self.framesOfVideo).map { rasters[$0 * (rasters.count - 1) / (Self.framesOfVideo - 1)] })
    }

    /// Nil when nothing seems to be written there.
    private func read(_ raster: Raster, until deadline: ContinuousClock.Instant) async throws(ModelError) -> String? {
        guard WritingTest.mayShowWriting(raster) else { return nil }
        guard case .text(let text) = try await runner.run(Self.model, on: .raster(raster), until: deadline) else {
            throw .refused("the model gave no text")
        }
        return text.isEmpty ? nil : text
    }
}

/// What was found so far, for each declaration.
private struct Finding {
    private let declarations: [SignalDeclaration]
    private var matches: [String: [Match]] = [:]
    private var versions: [String: String] = [:]
    /// Why some picture could not be read.
    var unknown: [String] = []

    init(_ declarations: [SignalDeclaration]) { self.declarations = declarations }

    mutating func take(_ signals: [Signal], of media: MediaID) {
        for signal in signals {
            versions[signal.name] = signal.version
            for var match in signal.matches {
                match.media = media
                // Frames of a video say the same again and again.
                if matches[signal.name]?.contains(match) != true { matches[signal.name, default: []].append(match) }
            }
        }
    }

    /// One match is enough to know; without one, a picture that could not be read may hold it.
    func signals(version: String, microseconds: Int) -> [Signal] {
        declarations.map { declaration in
            let matches = Array((matches[declaration.name] ?? []).prefix(100))
            let state: SignalState =
                if !matches.isEmpty { .matched(matches) } else if let why = unknown.first { .unknown(why) } else { .absent }
            let read = [versions[declaration.name] ?? "", version].filter { !$0.isEmpty }.joined(separator: ", ")
            return Signal(
                name: declaration.name, kind: declaration.kind, state: state, version: read, microseconds: microseconds)
        }
    }
}

extension Duration {
    fileprivate var microseconds: Int { Int(components.seconds) * 1_000_000 + Int(components.attoseconds / 1_000_000_000_000) }
}
