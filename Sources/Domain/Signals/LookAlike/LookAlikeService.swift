// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Synchronization

package import struct Foundation.Date

/// Puts pictures of public items into the index of look-alikes, and looks them up for people who investigate.
///
/// Nothing follows from it: what looks alike is shown, and never acted on by a machine. It is dear (half a second of a core a picture
/// where there is no fast arithmetic), so it works on what is noted when nothing else waits, and leaves out what is too much.
package final class LookAlikeService: Sendable {
    package enum Scope: String, Sendable, Hashable, CaseIterable {
        case off
        /// Pictures of items in cases: flagged by a rule, or reported.
        case flagged
        /// Every picture of a public item.
        case all
    }

    /// Why an item is noted.
    package enum Reason: Sendable, Hashable {
        case seen
        /// By somebody or by a rule: there is a case.
        case reported
    }

    package struct Statistics: Sendable, Hashable {
        package var waiting = 0
        package var kept = 0
        /// Too much waited.
        package var dropped = 0
        /// The space closed, or somebody was forgotten, before the picture was kept.
        package var withdrawn = 0
        package var failed = 0
        /// Why the last one failed, without content.
        package var problem: String?

        package init() {}
    }

    package struct Options: Sendable {
        /// Pictures that wait, at most; each is up to 0.8 MB.
        package var queue = 64
        /// Of one item, at most so many pictures; of a video the first frame.
        package var picturesOfItem = 8
        package var patience = Duration.seconds(60)

        package init() {}
    }

    /// The model that it asks, and what it shows it.
    package static let model = "embedding"
    package static let wish = RasterWish.fit(longest: 512)

    /// What tells vectors of one model file from those of another.
    package static func modelKey(_ manifest: ModelManifest) -> String {
        "\(manifest.name) \(manifest.version) \(manifest.sha256.prefix(16))"
    }

    private struct Forgotten: Sendable {
        var times: [LookAlikeSubject: Date] = [:]
        var sweepAt = LookAlikeService.few
    }

    private struct Note: Sendable {
        var picture: LookAlike
        var raster: Raster
        var priority: ModelPriority
    }

    package let scope: Scope
    private let store: any LookAlikeStore
    private let runner: any ModelRunner
    private let options: Options
    private let isPublic: @Sendable (PlatformID, SpaceID) async throws -> Bool
    private let now: @Sendable () -> Date
    private let notes: AsyncStream<Note>
    private let queue: AsyncStream<Note>.Continuation
    private let numbers = Mutex(Statistics())
    /// Between the question whether a picture may be kept and its keeping, nobody is forgotten.
    private let turnstile = Turnstile()
    /// Who was forgotten lately, and when: what was seen before that and waits, or is with the model, is not kept.
    private let forgotten = Mutex(Forgotten())
    /// Longer than anything waits in here; cases are told of once, so they bring back nothing that is older.
    private static let memory = 4.0 * 3_600
    /// Of so many, the oldest are looked for.
    private static let few = 1_000

    /// - Parameter isPublic: whether a space is known to be public now; what is unknown is not. Without it nothing is kept.
    package init(
        store: any LookAlikeStore, runner: any ModelRunner, scope: Scope = .flagged, options: Options = Options(),
        isPublic: @escaping @Sendable (PlatformID, SpaceID) async throws -> Bool = { _, _ in false },
        now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.store = store
        self.runner = runner
        self.scope = scope
        self.options = options
        self.isPublic = isPublic
        self.now = now
        (notes, queue) = AsyncStream.makeStream(bufferingPolicy: .bufferingOldest(options.queue))
    }

    package var statistics: Statistics { numbers.withLock { $0 } }

    /// Why nothing can be looked up; nil when it can.
    package var problem: String? {
        guard let state = runner.states.first(where: { $0.name == Self.model }) else {
            return
                "the model '\(Self.model)' is not configured: scripts/bootstrap models --embeddings, then models.enable: \(Self.model)"
        }
        return state.problem.map { "the model '\(Self.model)' does not run: \($0)" }
    }

    /// Notes the pictures of an item if the scope has it; returns at once. It takes a `PublicEvent`, so nothing private can get there.
    package func note(_ event: PublicEvent, media: [ExaminedMedia], because reason: Reason) {
        let event = event.event
        guard scope == .all || scope == .flagged && reason != .seen, let item = event.item else { return }
        let priority: ModelPriority = reason == .reported ? .live : .trend
        for file in media.prefix(options.picturesOfItem) {
            guard let raster = file.facts?.rasters.first(where: { $0.wish == Self.wish }) else { continue }
            let picture = LookAlike(
                platform: event.platform, space: event.space.id, actor: event.actor.id.rawValue.isEmpty ? nil : event.actor.id,
                item: item.id, media: file.media.id, at: event.receivedAt, vector: [])
            numbers.withLock { $0.waiting += 1 }
            if case .enqueued = queue.yield(Note(picture: picture, raster: raster, priority: priority)) { continue }
            numbers.withLock {
                $0.waiting -= 1
                $0.dropped += 1
            }
        }
    }

    /// Works on what is noted, one after another, until it is cancelled.
    package func run() async {
        for await note in notes {
            do throws(LookAlikeProblem) {
                let isKept = try await keep(note)
                numbers.withLock {
                    $0.waiting -= 1
                    if isKept { $0.kept += 1 } else { $0.withdrawn += 1 }
                }
            } catch {
                numbers.withLock {
                    $0.waiting -= 1
                    $0.failed += 1
                    $0.problem = error.message
                }
            }
        }
    }

    /// False when it may not be kept any more.
    private func keep(_ note: Note) async throws(LookAlikeProblem) -> Bool {
        do {
            // No model looks at what is not public any more, either.
            guard try await mayKeep(note.picture) else { return false }
            var picture = note.picture
            picture.vector = try await vector(of: note.raster, priority: note.priority)
            return try await turnstile.alone { [picture] in
                guard try await mayKeep(picture) else { return false }
                try await store.put(picture)
                return true
            }
        } catch {
            throw LookAlikeProblem(error)
        }
    }

    private func mayKeep(_ picture: LookAlike) async throws -> Bool {
        var subjects: [LookAlikeSubject] = [.space(picture.platform, picture.space), .item(picture.platform, picture.item)]
        if let actor = picture.actor { subjects.append(.actor(picture.platform, actor)) }
        let isForgotten = forgotten.withLock { forgotten in
            subjects.contains { subject in forgotten.times[subject].map { picture.at <= $0 } ?? false }
        }
        return isForgotten ? false : try await isPublic(picture.platform, picture.space)
    }

    // MARK: - Looking up

    /// What looks like a picture. Somebody waits for it.
    package func similar(to raster: Raster, limit: Int) async throws(ModelError) -> [LookAlikeMatch] {
        let vector = try await vector(of: raster, priority: .live)
        do throws(LookAlikeError) { return try await store.similar(to: vector, limit: limit) } catch {
            throw .unavailable(error.message)
        }
    }

    /// What looks like the pictures of an item that is in the index, without those; no model is asked.
    ///
    /// - Returns: each item once, with its nearest picture; nil when the item is not in the index.
    package func similar(
        to item: ItemID, on platform: PlatformID, limit: Int
    ) async throws(LookAlikeError) -> [LookAlikeMatch]? {
        let own = try await store.pictures(of: item, on: platform)
        guard !own.isEmpty else { return nil }
        struct Key: Hashable {
            var platform: PlatformID
            var item: ItemID
        }
        var best: [Key: LookAlikeMatch] = [:]
        for picture in own {
            for match in try await store.similar(to: picture.vector, limit: min(200, limit + own.count)) {
                let key = Key(platform: match.platform, item: match.item)
                if match.cosine > best[key]?.cosine ?? -2 { best[key] = match }
            }
        }
        best[Key(platform: platform, item: item)] = nil
        let nearest = best.values.sorted { ($0.cosine, $1.item.rawValue) > ($1.cosine, $0.item.rawValue) }
        return Array(nearest.prefix(limit))
    }

    // MARK: - Forgetting

    /// Forgets what is kept of all of these, and what waits to be.
    ///
    /// - Parameter written: done in the same step: nothing is kept in between.
    package func forget(
        _ subjects: [LookAlikeSubject], written: @Sendable () async throws -> Void = {}
    ) async throws -> Int {
        let now = now()
        forgotten.withLock { forgotten in
            for subject in subjects { forgotten.times[subject] = now }
            guard forgotten.times.count > forgotten.sweepAt else { return }
            forgotten.times = forgotten.times.filter { now.timeIntervalSince($0.value) < Self.memory }
            // Not at each of many.
            forgotten.sweepAt = max(Self.few, 2 * forgotten.times.count)
        }
        return try await turnstile.alone {
            let gone = try await store.forget(subjects)
            try await written()
            return gone
        }
    }

    /// Forgets what is older than it may be.
    package func forget(before time: Date) async throws(LookAlikeError) -> Int { try await store.forget(before: time) }

    /// Opens the index again after a failed write.
    package func recover() async throws(LookAlikeError) { try await store.recover() }

    package var count: Int { get async { await store.count } }

    private func vector(of raster: Raster, priority: ModelPriority) async throws(ModelError) -> [Float] {
        let deadline = ContinuousClock.now + options.patience
        let result: Result<ModelOutput, ModelError> = await ModelPriority.$current.withValue(priority) {
            do throws(ModelError) {
                return .success(try await runner.run(Self.model, on: .raster(raster), until: deadline))
            } catch {
                return .failure(error)
            }
        }
        guard case .vector(let vector) = try result.get() else { throw .refused("the model gave no vector") }
        return vector
    }
}

private struct LookAlikeProblem: Error {
    var message: String

    init(_ error: any Error) {
        message =
            switch error {
            case let error as ModelError: error.message
            case let error as LookAlikeError: error.message
            default: "it cannot be told whether the space is public: \(error)"
            }
    }
}
