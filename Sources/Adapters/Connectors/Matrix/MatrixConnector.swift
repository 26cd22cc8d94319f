// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Logging
import Metrics
package import Moderation
import NIOHTTP1
package import Pipeline
import ServiceLifecycle

/// A Matrix homeserver, seen by an application service and the Admin API.
///
/// `endpoint` is what the homeserver calls; `run` finds rooms and reports until it is told to stop.
package struct MatrixConnector: Connector, Service {
    package let platform: PlatformID
    package let endpoint: MatrixApplicationService

    private let options: MatrixOptions
    private let client: MatrixClient
    private let rooms: MatrixRooms
    private let directory: MatrixRoomDirectory
    private let reports: MatrixReports
    private let enforcer: MatrixEnforcer
    private let timing: Timing
    private let logger: Logger

    package init(
        _ options: MatrixOptions, intake: any Intake, state: any StateStore, logger: Logger, timing: Timing = .system
    ) {
        self.options = options
        self.logger = logger
        self.timing = timing
        platform = options.platform
        client = MatrixClient(options: options, timing: timing, logger: logger)
        rooms = MatrixRooms(client: client, intake: intake, timing: timing, logger: logger)
        let inbox = MatrixInbox(
            options: options, rooms: rooms, intake: intake, state: state, timing: timing, logger: logger)
        endpoint = MatrixApplicationService(options: options, inbox: inbox, state: state, logger: logger)
        directory = MatrixRoomDirectory(
            client: client, rooms: rooms, inbox: inbox, state: state, timing: timing, logger: logger)
        reports = MatrixReports(client: client, intake: intake, state: state, timing: timing, logger: logger)
        enforcer = MatrixEnforcer(client: client, rooms: rooms, logger: logger)
    }

    package var capabilities: Set<EffectKind> { enforcer.capabilities }

    package func perform(_ action: Action) async throws(ConnectorError) -> String { try await enforcer.perform(action) }

    package func verify(_ action: Action) async throws(ConnectorError) -> Verification { try await enforcer.verify(action) }

    package func item(_ target: Target) async throws(ConnectorError) -> Item? {
        guard let space = target.space, let item = target.item else { throw .permanent("item: no message is named") }
        do throws(MatrixError) {
            let event = try await client.call(.GET, .client("rooms", space.rawValue, "event", item.rawValue))
            // A redacted event is still there, with nothing in it.
            let found = MatrixEventParser(bot: options.botUserID).item(of: event, id: item)
            return found.text == nil && found.media.isEmpty ? nil : found
        } catch {
            if error.isNotFound { return nil }
            // Not being let in is not having no way to look: then nothing is done unseen.
            throw .transient("item: \(error.summary)", retryAfter: nil)
        }
    }

    package func fetch(_ media: Media, limit: Int) async throws(ConnectorError) -> [UInt8] {
        guard let address = MatrixMediaAddress(media.url ?? media.id.rawValue) else {
            throw .permanent("fetch: no valid mxc address")
        }
        do throws(MatrixError) {
            return try await client.download(address, limit: limit)
        } catch {
            // Quarantined before, perhaps as a copy of the same bytes: the message that shows it again must still be judged.
            if error.isNotFound, let bytes = try? await client.download(address, limit: limit, as: .admin) { return bytes }
            throw error.connectorError("fetch")
        }
    }

    /// Works until a graceful shutdown or cancellation; failures of the homeserver are waited out.
    package func run() async throws {
        await cancelWhenGracefulShutdown {
            await self.registerBot()
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await rooms.runDepartures() }
                group.addTask { await directory.run() }
                group.addTask { await reports.run() }
            }
        }
    }

    /// The bot's account exists once it has been asked for; asking again does no harm.
    private func registerBot() async {
        let localpart = options.botUserID.rawValue.dropFirst().prefix { $0 != ":" }
        let body: JSONValue = [
            "type": "m.login.application_service", "username": .string(String(localpart)), "inhibit_login": true,
        ]
        var attempt = 0
        while !Task.isCancelled {
            do throws(MatrixError) {
                try await client.call(.POST, .client("register"), body: body)
                logger.info("the bot's account was made")
                return
            } catch {
                if case .refused(400, "M_USER_IN_USE") = error { return }
                logger.warning("homeserver not ready, trying again", metadata: ["reason": "\(error.summary)"])
            }
            try? await timing.sleep(.seconds(0.5 + options.backoff.delay(after: attempt, random: timing.random())))
            attempt += 1
        }
    }
}
