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
        /// After this many attempts a file that cannot be had is taken as unreadable, and the rules say what that means.
        package var attempts = 5

        package init() {}
    }

    package init(connectors: ConnectorRegistry, examiner: MediaExaminer, options: Options = Options()) {
        self.connectors = connectors
        self.examiner = examiner
        self.options = options
        self.cache = ExaminedCache()
    }

    /// - Throws: `ConnectorError.transient` or `MediaError.unavailable` when another try later may help.
    package func examine(_ event: PublicEvent, attempt: Int) async throws -> [ExaminedMedia] {
        var examined: [ExaminedMedia] = []
        for media in event.event.item?.media ?? [] {
            examined.append(try await examine(media, on: event.event.platform, attempt: attempt))
        }
        return examined
    }

    private func examine(_ media: Media, on platform: PlatformID, attempt: Int) async throws -> ExaminedMedia {
        let key = "\(platform)|\(media.id)|\(media.url ?? media.sha256 ?? "")"
        if let known = cache[key] { return known }
        guard let connector = connectors[platform] else { return .missing(media, "no connector for platform \(platform)") }
        let isLastAttempt = attempt + 1 >= options.attempts
        do {
            let bytes = try await connector.fetch(media, limit: options.byteLimit)
            let examined = try await examiner.examine(media, bytes: bytes)
            cache.insert(examined, for: key)
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
}
