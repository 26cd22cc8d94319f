// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// A piece of media whose bytes were fetched, hashed and decoded.
package struct ExaminedMedia: Sendable, Hashable {
    package var media: Media
    /// Empty when the bytes could not be had.
    package var bytes: [UInt8]
    /// Lower-case hexadecimal SHA-256; nil when the bytes could not be had.
    package var sha256: String?
    package var facts: MediaFacts?
    /// Why there are no facts.
    package var problem: Problem?

    package enum Problem: Sendable, Hashable {
        /// Neither picture nor video, by its bytes and by its own word: nothing to compare, and nothing suspicious.
        case notAPicture(String)
        /// A picture or video that cannot be looked at, or a file that says it is one: its signals are unknown.
        case unreadable(String)
    }

    package init(media: Media, bytes: [UInt8], sha256: String?, facts: MediaFacts?, problem: Problem?) {
        self.media = media
        self.bytes = bytes
        self.sha256 = sha256
        self.facts = facts
        self.problem = problem
    }

    /// A piece of media that the platform does not give.
    package static func missing(_ media: Media, _ why: String) -> ExaminedMedia {
        // The hash that somebody claims proves nothing: without the bytes there is none.
        ExaminedMedia(media: media, bytes: [], sha256: nil, facts: nil, problem: .unreadable(why))
    }
}

/// Hashes and decodes bytes once; every detector works on the result.
package struct MediaExaminer: Sendable {
    private let inspector: any MediaInspector
    private let sha256: @Sendable ([UInt8]) -> String

    package init(inspector: any MediaInspector, sha256: @escaping @Sendable ([UInt8]) -> String) {
        self.inspector = inspector
        self.sha256 = sha256
    }

    /// - Throws: `MediaError.unavailable` when the sandbox itself does not run; all else is in the result.
    package func examine(
        _ media: Media, bytes: [UInt8], wishes: MediaWishes = MediaWishes()
    ) async throws(MediaError) -> ExaminedMedia {
        let request = wishes.request(for: bytes)
        var examined = ExaminedMedia(media: media, bytes: bytes, sha256: sha256(bytes), facts: nil, problem: nil)
        do {
            examined.facts = try await inspector.inspect(bytes, request)
            // Where no frames are wanted, the first picture is all that is asked about.
            if wishes.frames == 0 { examined.facts?.hasMore = false }
        } catch {
            switch error {
            case .unavailable: throw error
            // What is or says it is a picture or video may show anything when it cannot be read: it is unknown, not clean.
            case .unsupported where media.claimsToShow || MediaKind(beginningOf: bytes) != nil:
                examined.problem = .unreadable(error.message)
            // Sound that is called a picture is shown as one by whoever believes that; what is called a film may well be sound.
            case .nothingToSee where media.claimsPicture: examined.problem = .unreadable(error.message)
            // Otherwise, whatever it is called, there is nothing in it that a picture could be.
            case .nothingToSee(let why), .unsupported(let why): examined.problem = .notAPicture(why)
            case .undecodable, .tooLarge: examined.problem = .unreadable(error.message)
            }
        }
        return examined
    }
}

extension Media {
    /// Whether whoever sent it says that there is something to see.
    fileprivate var claimsToShow: Bool { claimsPicture || type?.lowercased().hasPrefix("video/") == true }

    fileprivate var claimsPicture: Bool { type?.lowercased().hasPrefix("image/") == true }
}
