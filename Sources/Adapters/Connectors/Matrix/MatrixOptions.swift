// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// How Haechi and one homeserver know each other.
package struct MatrixOptions: Sendable {
    package var platform: PlatformID = "matrix"
    /// Address of the client API, such as `http://127.0.0.1:8008`, without a path.
    package var homeserverURL: String
    package var serverName: String
    /// Haechi shows this to the homeserver.
    package var asToken: String
    /// The homeserver shows this to Haechi.
    package var hsToken: String
    /// Token of a server administrator; without it Haechi can redact and ban only, and reports are not read.
    package var adminToken: String?
    /// The application service's own user, such as `@haechi:example.org`.
    package var botUserID: ActorID
    /// The homeserver has `server_notices` configured, so that people can be told what was done.
    package var sendsServerNotices = false
    package var directoryInterval: Duration = .seconds(10)
    package var reportInterval: Duration = .seconds(2)
    /// Messages of a newly joined room that are read from its history.
    package var backfill = 100
    /// Bytes of one transaction.
    package var transactionLimit = 16 << 20
    /// Bytes of one answer of the homeserver, other than media.
    package var answerLimit = 16 << 20
    /// Bytes of one piece of reported media that is copied as evidence.
    package var reportedMediaLimit = 64 << 20
    /// For one request, all of it.
    package var deadline: Duration = .seconds(20)
    /// For one download, all of it.
    package var mediaDeadline: Duration = .seconds(60)
    package var backoff = Backoff()
    /// The longest wait in seconds that is sat out when the homeserver asks for one; longer ones go back to the caller.
    package var patience: Double = 10

    package init(
        homeserverURL: String, serverName: String, asToken: String, hsToken: String, adminToken: String?, botUserID: ActorID
    ) {
        self.homeserverURL = homeserverURL.hasSuffix("/") ? String(homeserverURL.dropLast()) : homeserverURL
        self.serverName = serverName
        self.asToken = asToken
        self.hsToken = hsToken
        self.adminToken = adminToken
        self.botUserID = botUserID
    }
}
