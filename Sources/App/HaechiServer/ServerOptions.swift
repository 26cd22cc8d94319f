// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What an operator may choose about the server.
package struct ServerOptions: Sendable {
    /// The address to listen on; anything beyond loopback needs API tokens.
    package var host = "127.0.0.1"
    /// 0 picks a free port.
    package var port = 8080
    /// Name to secret, one for each program that calls the API; empty leaves the API open, on loopback only.
    package var apiTokens: [String: String] = [:]
    /// Largest JSON body, in bytes.
    package var bodyLimit = 8 * 1_048_576
    /// Largest media upload, in bytes.
    package var uploadLimit = 20 * 1_048_576
    /// Names of the tokens that may let rules act and take back what they did; every token may stop them.
    package var ruleTokens: Set<String> = []
    /// Where a refused sender can appeal; told with each refusal.
    package var appealURL: String?
    /// How long a verdict may take when the request does not say, in milliseconds.
    package var verdictDeadline = 150
    /// The longest that a request may ask for, in milliseconds.
    package var longestVerdictDeadline = 2_000

    package init() {}

    /// Throws a `ServerOptionsError` when the server must not start like this.
    package func validate() throws(ServerOptionsError) {
        if apiTokens.isEmpty, !Self.isLoopback(host) { throw .openBeyondLoopback(host: host) }
        if let weak = apiTokens.filter({ $0.value.utf8.count < 16 }).keys.min() { throw .weakToken(name: weak) }
        if !(0...65_535).contains(port) { throw .outOfRange("port", 0...65_535) }
        if bodyLimit < 1_024 { throw .outOfRange("body limit", 1_024...Int.max) }
        if uploadLimit < 1_024 { throw .outOfRange("upload limit", 1_024...Int.max) }
        if !(1...10_000).contains(longestVerdictDeadline) { throw .outOfRange("longest verdict deadline", 1...10_000) }
        if !(1...longestVerdictDeadline).contains(verdictDeadline) {
            throw .outOfRange("verdict deadline", 1...longestVerdictDeadline)
        }
    }

    private static func isLoopback(_ host: String) -> Bool {
        if host == "localhost" || host == "::1" { return true }
        let parts = host.split(separator: ".", omittingEmptySubsequences: false)
        return parts.count == 4 && parts[0] == "127" && parts.allSatisfy { UInt8($0) != nil }
    }
}

package enum ServerOptionsError: Error, Hashable, CustomStringConvertible {
    case openBeyondLoopback(host: String)
    case weakToken(name: String)
    case outOfRange(String, ClosedRange<Int>)

    package var description: String {
        switch self {
        case .openBeyondLoopback(let host):
            "will not listen on \(host) without authentication: configure an API token, or listen on 127.0.0.1"
        case .weakToken(let name): "the API token '\(name)' is shorter than 16 characters"
        case .outOfRange(let name, let range):
            range.upperBound == .max
                ? "the \(name) must be at least \(range.lowerBound)"
                : "the \(name) must be from \(range.lowerBound) to \(range.upperBound)"
        }
    }
}
