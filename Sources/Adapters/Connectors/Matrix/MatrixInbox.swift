// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging
import Metrics
import Moderation
import Pipeline

import struct Foundation.Date

/// The way of every event from the homeserver into Haechi, whether pushed or read from history.
struct MatrixInbox: Sendable {
    let options: MatrixOptions
    let rooms: MatrixRooms
    let intake: any Intake
    let state: any StateStore
    let timing: Timing
    let logger: Logger

    private var parser: MatrixEventParser { MatrixEventParser(bot: options.botUserID) }

    /// Reads the events, in order. One that cannot be read is counted and skipped; it may have been the one that closed its room,
    /// so what is known of the room is asked for anew.
    func parse(_ events: [JSONValue], room: SpaceID? = nil) async -> [MatrixEvent] {
        var parsed: [MatrixEvent] = []
        for json in events {
            do throws(MatrixEventProblem) {
                parsed.append(try parser.parse(json, room: room, now: timing.now()))
            } catch {
                skipped(error.rawValue)
                if let room = MatrixEventParser.room(of: json) ?? room { await rooms.forget(room) }
            }
        }
        return parsed
    }

    func skipped(_ reason: String) {
        Counter(label: "haechi_matrix_events_skipped_total", dimensions: [("reason", reason)]).increment()
        logger.warning("skipped a malformed event", metadata: ["reason": "\(reason)"])
    }

    /// Takes a transaction: follows its changes of state, tells the pipeline about rooms that closed, and then hands in the rest.
    ///
    /// The strictest class that a room has anywhere in a transaction counts for all of it.
    /// - Parameter patiently: hands in event by event, so that one that is refused for ever does not hold up the others.
    func take(transaction events: [MatrixEvent], patiently: Bool = false) async throws {
        let standing = try await classify(events)
        for (room, privacy) in standing.classes.sorted(by: { $0.key.rawValue < $1.key.rawValue }) {
            try await rooms.announce(room, notBefore: events.last { $0.room == room }?.at)
            if privacy != .public { await rooms.depart(room) }
        }
        let handed = events.enumerated().compactMap { index, event in
            let isBeforeOpening = index < standing.opened[event.room, default: 0]
            return self.event(event, isBeforeOpening ? .private : standing.classes[event.room] ?? .private)
        }
        try await patiently ? oneByOne(handed) : handIn(handed)
    }

    /// Takes history of one room, oldest first.
    func take(history events: [MatrixEvent], of room: SpaceID) async throws {
        let privacy = try await rooms.privacy(of: room)
        try await rooms.announce(room)
        guard privacy == .public else { return await rooms.depart(room) }
        try await handIn(events.compactMap { $0.room == room ? event($0, privacy) : nil })
    }

    private struct Standing {
        var classes: [SpaceID: PrivacyClass] = [:]
        /// Rooms that were asked for just now: what came before the last change of access in this transaction may have been
        /// written while the room was not public.
        var opened: [SpaceID: Int] = [:]
    }

    private func classify(_ events: [MatrixEvent]) async throws -> Standing {
        await forgetWhatIsOld(events)
        var standing = Standing()
        var fresh: Set<SpaceID> = []
        for event in events where standing.classes[event.room] == nil {
            if case .ownMembership(let membership) = event.kind, membership != "join" { continue }
            if await !rooms.isKnown(event.room) { fresh.insert(event.room) }
            standing.classes[event.room] = try await rooms.privacy(of: event.room)
        }
        for (index, event) in events.enumerated() {
            guard case .access(let change) = event.kind else { continue }
            let after = await rooms.apply(change, in: event.room)
            standing.classes[event.room] = stricter(standing.classes[event.room] ?? .private, after)
            if fresh.contains(event.room) { standing.opened[event.room] = index }
        }
        return standing
    }

    private func forgetWhatIsOld(_ events: [MatrixEvent]) async {
        for event in events {
            switch event.kind {
            // Whoever sends `m.room.encrypted` into an open room must not be able to drive Haechi out of it: ask the server.
            case .ownMembership("join"), .encrypted: await rooms.forget(event.room)
            case .ownMembership: await rooms.left(event.room)
            case .content, .access, .irrelevant: break
            }
        }
    }

    private func stricter(_ one: PrivacyClass, _ other: PrivacyClass) -> PrivacyClass {
        if one == .encrypted || other == .encrypted { return .encrypted }
        return one == .private || other == .private ? .private : .public
    }

    private func event(_ event: MatrixEvent, _ privacy: PrivacyClass) -> Event? {
        guard case .content(let kind, let item) = event.kind else { return nil }
        return Event(
            platform: options.platform, id: event.id, kind: kind, at: event.at, receivedAt: timing.now(),
            space: Space(id: event.room, privacy: privacy), actor: Actor(id: event.sender),
            // What is not public goes no further than here; the pipeline only counts it.
            item: privacy == .public ? item : nil)
    }

    private func handIn(_ events: [Event]) async throws {
        if !events.isEmpty { _ = try await intake.accept(events) }
    }

    /// Takes what can be taken. An event is given up only while the store is known to work.
    private func oneByOne(_ events: [Event]) async throws {
        for event in events {
            do {
                _ = try await intake.accept([event])
            } catch {
                try await state.setState("matrix.probe", to: event.id.rawValue)
                skipped("not-taken")
            }
        }
    }
}
