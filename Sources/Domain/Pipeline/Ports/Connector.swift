// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Port: one platform, as the pipeline needs it.
package protocol Connector: Sendable {
    var platform: PlatformID { get }
    /// The effects that it can carry out; others end as `failed` with a clear note.
    var capabilities: Set<EffectKind> { get }
    /// The bytes of a piece of media, at most `limit` of them.
    func fetch(_ media: Media, limit: Int) async throws(ConnectorError) -> [UInt8]
    /// An item as it is on the platform now; nil when it is gone. `permanent` when the platform has no way to look.
    func item(_ target: Target) async throws(ConnectorError) -> Item?
    /// Carries out an action; safe to repeat with the same action id. Returns a short note without content.
    func perform(_ action: Action) async throws(ConnectorError) -> String
    /// Reads back whether the platform's state is as the action wants it.
    func verify(_ action: Action) async throws(ConnectorError) -> Verification
}

extension Connector {
    package func item(_ target: Target) async throws(ConnectorError) -> Item? {
        throw .permanent("items cannot be read on \(platform)")
    }
}

package enum Verification: Hashable, Sendable {
    case inEffect
    case notInEffect
    /// The platform has no way to look.
    case cannotTell
}

package enum ConnectorError: Error, Hashable, Sendable {
    /// Worth another try, not before this many seconds when the platform said so.
    case transient(String, retryAfter: Double?)
    /// Trying again is of no use.
    case permanent(String)

    package var message: String {
        switch self {
        case .transient(let why, _), .permanent(let why): why
        }
    }
}

/// Port: an HTTP surface that a connector offers to its platform; the server mounts it.
package protocol InboundEndpoint: Sendable {
    /// Paths below which requests are handed over, such as `/_matrix/app/v1`.
    var mountPath: String { get }
    /// Largest body in bytes that is read.
    var bodyLimit: Int { get }
    func respond(to request: InboundRequest) async -> InboundResponse
}

package struct InboundRequest: Sendable {
    package var method: String
    package var path: String
    package var query: [String: String]
    /// Names in lower case.
    package var headers: [String: String]
    package var body: [UInt8]

    package init(method: String, path: String, query: [String: String], headers: [String: String], body: [UInt8]) {
        self.method = method
        self.path = path
        self.query = query
        self.headers = headers
        self.body = body
    }
}

package struct InboundResponse: Sendable {
    package var status: Int
    package var headers: [String: String]
    package var body: [UInt8]

    package init(status: Int, headers: [String: String] = [:], body: [UInt8]) {
        self.status = status
        self.headers = headers
        self.body = body
    }
}
