// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Synchronization

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
        package var failed = 0
        /// Why the last one failed, without content.
        package var problem: String?
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

    private struct Note: Sendable {
        var picture: LookAlike
        var raster: Raster
        var priority: ModelPriority
    }

    package let scope: Scope
    private let store: any LookAlikeStore
    private let runner: any ModelRunner
    private let options: Options
    private let notes: AsyncStream<Note>
    private let queue: AsyncStream<Note>.Continuation
    private let numbers = Mutex(Statistics())

    package init(
        store: any LookAlikeStore, runner: any ModelRunner, scope: Scope = .flagged, options: Options = Options()
    ) {
        self.store = store
        self.runner = runner
        self.scope = scope
        self.options = options
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
                platform: event.platform, space: event.space.id, actor: event.actor.id, item: item.id, media: file.media.id,
                at: event.receivedAt, vector: [])
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
                try await keep(note)
                numbers.withLock {
                    $0.waiting -= 1
                    $0.kept += 1
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

    private func keep(_ note: Note) async throws(LookAlikeProblem) {
        var picture = note.picture
        do throws(ModelError) {
            picture.vector = try await vector(of: note.raster, priority: note.priority)
        } catch {
            throw LookAlikeProblem(message: error.message)
        }
        do throws(LookAlikeError) { try await store.put(picture) } catch { throw LookAlikeProblem(message: error.message) }
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

    package func forget(_ subject: LookAlikeSubject) async throws(LookAlikeError) -> Int { try await store.forget(subject) }

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
}
