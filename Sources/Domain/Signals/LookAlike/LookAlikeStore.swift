// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Port: pictures by what they show, as vectors that a model made; near vectors are pictures that look alike.
///
/// It is for people who investigate. Vectors of one model only: which, is told when a store is opened.
package protocol LookAlikeStore: Sendable {
    /// Keeps a picture; one that is there already (same platform, item and media) is replaced. Durable on return.
    func put(_ picture: LookAlike) async throws(LookAlikeError)

    /// The nearest, the nearest first.
    ///
    /// - Parameters:
    ///   - vector: of any length but zero.
    ///   - limit: at most so many, 1 to 200.
    func similar(to vector: [Float], limit: Int) async throws(LookAlikeError) -> [LookAlikeMatch]

    /// What is kept of an item, in the order of putting.
    func pictures(of item: ItemID, on platform: PlatformID) async throws(LookAlikeError) -> [LookAlike]

    /// Takes the pictures of all of these out of the store and their bytes off the disk; returns how many.
    func forget(_ subjects: [LookAlikeSubject]) async throws(LookAlikeError) -> Int

    /// Takes out what was seen before a time, as `forget` does; returns how many.
    func forget(before time: Date) async throws(LookAlikeError) -> Int

    /// Opens again what a failed write has closed; does nothing when none has.
    func recover() async throws(LookAlikeError)

    var count: Int { get async }
}

extension LookAlikeStore {
    package func forget(_ subject: LookAlikeSubject) async throws(LookAlikeError) -> Int { try await forget([subject]) }
}

/// A picture that was seen in public: where, in which item, by whom and when, and its vector. Never more than that.
package struct LookAlike: Hashable, Sendable {
    package var platform: PlatformID
    package var space: SpaceID
    /// Nil where nobody is named.
    package var actor: ActorID?
    package var item: ItemID
    package var media: MediaID
    package var at: Date
    /// As many numbers as the model gives; only its direction counts.
    package var vector: [Float]

    package init(
        platform: PlatformID, space: SpaceID, actor: ActorID?, item: ItemID, media: MediaID, at: Date, vector: [Float]
    ) {
        self.platform = platform
        self.space = space
        self.actor = actor
        self.item = item
        self.media = media
        self.at = at
        self.vector = vector
    }
}

/// Whose pictures go.
package enum LookAlikeSubject: Hashable, Sendable {
    case space(PlatformID, SpaceID)
    case actor(PlatformID, ActorID)
    case item(PlatformID, ItemID)

    package init(_ subject: LookBackSubject) {
        switch subject {
        case .space(let platform, let space): self = .space(platform, space)
        case .actor(let platform, let actor): self = .actor(platform, actor)
        }
    }
}

/// A picture that is near to another.
package struct LookAlikeMatch: Hashable, Sendable {
    package var platform: PlatformID
    package var space: SpaceID
    /// Nil where nobody is named.
    package var actor: ActorID?
    package var item: ItemID
    package var media: MediaID
    package var at: Date
    /// Of the angle between the two vectors, -1 to 1; 1 is the same picture.
    package var cosine: Double

    package init(
        platform: PlatformID, space: SpaceID, actor: ActorID?, item: ItemID, media: MediaID, at: Date, cosine: Double
    ) {
        self.platform = platform
        self.space = space
        self.actor = actor
        self.item = item
        self.media = media
        self.at = at
        self.cosine = cosine
    }
}

package enum LookAlikeError: Error, Hashable, Sendable {
    /// A file cannot be read or written; which, and why.
    case file(String, String)
    /// What was given makes no sense: a vector of another length, zero, or not finite; a name that is too long.
    case refused(String)

    package var message: String {
        switch self {
        case .file(let file, let why): "\(file): \(why)"
        case .refused(let why): "refused: \(why)"
        }
    }
}

extension LookAlikeMatch {
    /// How near, in words. Measured on 125 wallpapers and photographs (docs/ai.md): a hint of where to look first, not a finding.
    package enum Closeness: String, Sendable, Hashable, CaseIterable {
        /// Most pairs so near are one picture, cropped, mirrored or stored again, or two of one series.
        case copy
        /// Copies in another colour are here, and pictures of the same kind.
        case similar
        /// Copies with much writing on or around them are here, and much that has nothing to do with them.
        case loose
    }

    package var closeness: Closeness { cosine >= 0.95 ? .copy : cosine >= 0.8 ? .similar : .loose }
}
