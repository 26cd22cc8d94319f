// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.TimeInterval

/// What an operator or a test may set of the console.
package struct ConsoleOptions: Sendable {
    /// Seconds after which a browser that does nothing is logged out.
    package var sessionLifetime: TimeInterval
    /// True when a reverse proxy sets `X-Forwarded-For`: its last address is then the client that is rate limited.
    package var trustsProxy: Bool
    package var hasher: PasswordHasher
    /// How often a live page's stream says that it is still there.
    package var streamHeartbeat: Duration

    package init(
        sessionLifetime: TimeInterval = 12 * 3600, trustsProxy: Bool = false, hasher: PasswordHasher = PasswordHasher(),
        streamHeartbeat: Duration = .seconds(15)
    ) {
        self.sessionLifetime = sessionLifetime
        self.trustsProxy = trustsProxy
        self.hasher = hasher
        self.streamHeartbeat = streamHeartbeat
    }
}
