// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

/// Brings the media of an event: fetched through its connector, hashed and decoded once.
package struct MediaSource: Sendable {
    private let connectors: ConnectorRegistry
    private let examiner: MediaExaminer
    private let options: Options
    private let cache: ExaminedCache

    package struct Options: Sendable {
        /// Largest file in bytes.
        package var byteLimit = 20 << 20
        /// Largest file that says it is a video, in bytes.
        package var videoByteLimit = 20 << 20
        /// After this many attempts (a minute or two) a file that cannot be had is taken as unreadable, and the rules say what that means.
        package var attempts = 8
        /// How long all media of an event may take at the first try, so that slow hosts do not hold up everybody; later tries may take longer.
        package var firstPatience: Duration = .seconds(4)
        package var patience: Duration = .seconds(60)

        package init() {}
    }

    package init(connectors: ConnectorRegistry, examiner: MediaExaminer, options: Options = Options()) {
        self.connectors = connectors
        self.examiner = examiner
        self.options = options
        self.cache = ExaminedCache()
    }

    /// - Parameter wishes: what the rules that will judge the event want of files beside their hashes.
    /// - Throws: `ConnectorError.transient` or `MediaError.unavailable` when another try later may help.
    package func examine(_ event: PublicEvent, attempt: Int, wishes: MediaWishes) async throws -> [ExaminedMedia] {
        let files = event.event.item?.media ?? []
        guard !files.isEmpty else { return [] }
        let patience = attempt == 0 ? options.firstPatience : options.patience
        return try await withThrowingTaskGroup(of: [ExaminedMedia]?.self) { group in
            group.addTask {
                var examined: [ExaminedMedia] = []
                for file in files { examined.append(try await examine(file, on: event.event.platform, attempt: attempt, wishes)) }
                return examined
            }
            group.addTask {
                try await Task.sleep(for: patience)
                return nil
            }
            defer { group.cancelAll() }
            if let examined = try await group.next() ?? nil { return examined }
            guard attempt + 1 < options.attempts else { return files.map { .missing($0, "it took too long to fetch") } }
            throw ConnectorError.transient("its media took longer than \(patience) to fetch", retryAfter: nil)
        }
    }

    private func examine(
        _ media: Media, on platform: PlatformID, attempt: Int, _ wishes: MediaWishes
    ) async throws -> ExaminedMedia {
        let key = Self.cacheKey(media, on: platform)
        if let known = key.flatMap({ cache[$0, wishes] }) { return known }
        guard let connector = connectors[platform] else { return .missing(media, "no connector for platform \(platform)") }
        let isLastAttempt = attempt + 1 >= options.attempts
        do {
            let isVideo = wishes.frames > 0 && media.type?.lowercased().hasPrefix("video/") == true
            let bytes = try await connector.fetch(media, limit: isVideo ? options.videoByteLimit : options.byteLimit)
            let examined = try await examiner.examine(media, bytes: bytes, wishes: wishes)
            PipelineMetrics.media(examined)
            if let claimed = media.sha256, claimed != examined.sha256 {
                return .missing(media, "its bytes do not have the hash that was given for them")
            }
            if let key { cache.insert(examined, for: key, wishes) }
            return examined
        } catch let error as ConnectorError {
            switch error {
            case .permanent(let why): return .missing(media, why)
            case .transient(let why, _):
                guard isLastAttempt else { throw error }
                return .missing(media, why)
            }
        } catch let error as MediaError {
            guard isLastAttempt else { throw error }
            return .missing(media, error.message)
        }
    }

    /// Only what can never become other bytes is remembered: Matrix media by their address, uploads by their hash.
    private static func cacheKey(_ media: Media, on platform: PlatformID) -> String? {
        if let url = media.url { return url.hasPrefix("mxc://") ? "\(platform)|\(media.id)|\(url)" : nil }
        return media.sha256.map { "\(platform)|\(media.id)|sha256:\($0)" }
    }
}
