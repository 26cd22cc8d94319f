// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging
import Metrics
import Moderation
import NIOHTTP1
import Pipeline

import struct Foundation.Date

/// What Haechi knows of each room's privacy, and the rooms that it must leave.
///
/// A room whose class is not known is asked for before anything of it is classified, so nothing depends on what was known before
/// a restart. Once a room is seen not to be public it stays so here until the bot has left it: should it turn public again, the
/// directory finds it anew.
actor MatrixRooms {
    private struct Entry {
        var view: MatrixRoomView?
        /// Set once the room was seen not to be public.
        var closed: PrivacyClass?
        /// When what we know was true.
        var asOf: Date
        /// The pipeline has been told.
        var isAnnounced = false
    }

    private let client: MatrixClient
    private let intake: any Intake
    private let timing: Timing
    private let logger: Logger
    private var entries: [SpaceID: Entry] = [:]
    /// Grows whenever knowledge of a room changes, so that an answer which was asked for earlier is recognised as old.
    private var generations: [SpaceID: Int] = [:]
    private var failures: [SpaceID: Int] = [:]
    private var departures: Set<SpaceID> = []
    private var visits: [SpaceID: Int] = [:]
    private let wake: AsyncStream<Void>.Continuation
    private let wakes: AsyncStream<Void>

    init(client: MatrixClient, intake: any Intake, timing: Timing, logger: Logger) {
        self.client = client
        self.intake = intake
        self.timing = timing
        self.logger = logger
        (wakes, wake) = AsyncStream.makeStream(of: Void.self, bufferingPolicy: .bufferingNewest(1))
    }

    func isKnown(_ room: SpaceID) -> Bool { entries[room] != nil }

    /// The class of a room now, asked for when it is not known. What we may not see is private.
    func privacy(of room: SpaceID) async throws -> PrivacyClass {
        while true {
            if let entry = entries[room] { return Self.privacy(entry) }
            let generation = generations[room, default: 0]
            let asOf = timing.now()
            let view = try await freshView(of: room)
            // Something was learned while we asked: that is newer than the answer.
            guard generation == generations[room, default: 0] else { continue }
            store(view, for: room, asOf: asOf)
        }
    }

    /// Asks anew for what is known of an open room. While that fails, what is known stands.
    func review(_ room: SpaceID) async throws(MatrixError) {
        guard let entry = entries[room], entry.closed == nil else { return }
        let generation = generations[room, default: 0]
        let asOf = timing.now()
        let view = try await client.view(of: room)
        guard generation == generations[room, default: 0], view != entry.view else { return }
        store(view, for: room, asOf: asOf)
    }

    private func freshView(of room: SpaceID) async throws(MatrixError) -> MatrixRoomView? {
        do throws(MatrixError) {
            let view = try await client.view(of: room)
            failures[room] = nil
            return view
        } catch {
            failures[room, default: 0] += 1
            guard failures[room, default: 0] >= 5 else { throw error }
            // One room that cannot be asked for must not hold up the others for ever.
            logger.error("room state cannot be read, treating the room as private", metadata: ["failure": "\(error.summary)"])
            Counter(label: "haechi_matrix_rooms_unreadable_total").increment()
            failures[room] = nil
            return nil
        }
    }

    private func store(_ view: MatrixRoomView?, for room: SpaceID, asOf: Date) {
        let privacy = view?.privacy ?? .private
        entries[room] = Entry(view: view, closed: privacy == .public ? nil : privacy, asOf: asOf)
        generations[room, default: 0] += 1
    }

    private static func privacy(_ entry: Entry) -> PrivacyClass { entry.closed ?? entry.view?.privacy ?? .private }

    /// Takes in a change of state; returns the class after it.
    func apply(_ change: MatrixAccessChange, in room: SpaceID) -> PrivacyClass {
        guard var entry = entries[room] else { return .private }
        entry.view?.apply(change)
        let seen = entry.view?.privacy ?? .private
        if seen != .public, entry.closed == nil || (seen == .encrypted && entry.closed != .encrypted) {
            entry.closed = seen
            entry.isAnnounced = false
        }
        entry.asOf = timing.now()
        entries[room] = entry
        generations[room, default: 0] += 1
        return Self.privacy(entry)
    }

    /// Knowledge of the room is old: the bot came, went, or something odd was sent. A closed room stays closed.
    func forget(_ room: SpaceID) {
        generations[room, default: 0] += 1
        if entries[room]?.closed == nil { entries[room] = nil }
    }

    /// The bot is no longer in the room.
    func left(_ room: SpaceID) {
        generations[room, default: 0] += 1
        entries[room] = nil
        departures.remove(room)
    }

    /// Tells the pipeline what class the room has, unless it has been told. Only then may anything of the room be handed in.
    func announce(_ room: SpaceID, notBefore at: Date? = nil) async throws {
        guard let entry = entries[room], !entry.isAnnounced else { return }
        let generation = generations[room, default: 0]
        let privacy = Self.privacy(entry)
        // A backdated change of state must not look older than what it closes; opening counts from when it was seen.
        let when = privacy == .public ? entry.asOf : max(at ?? entry.asOf, timing.now())
        try await intake.spaceChanged(Space(id: room, privacy: privacy), on: client.options.platform, at: when)
        if privacy != .public { logger.info("a room is not public, leaving it", metadata: ["class": "\(privacy.rawValue)"]) }
        if generation == generations[room, default: 0] { entries[room]?.isAnnounced = true }
    }

    // MARK: Leaving

    /// Leaves the room as soon as possible; to be called after `announce`.
    func depart(_ room: SpaceID) {
        departures.insert(room)
        wake.yield()
    }

    /// The bot enters a private room for one act of enforcement. It reads nothing there, and leaves by `endVisit`.
    func beginVisit(_ room: SpaceID) { visits[room, default: 0] += 1 }

    func endVisit(_ room: SpaceID) {
        visits[room, default: 1] -= 1
        if visits[room, default: 0] <= 0 {
            visits[room] = nil
            depart(room)
        }
    }

    /// Leaves what must be left, again and again until it is done.
    func runDepartures() async {
        for await _ in wakes {
            var attempt = 0
            while await !leavePending(), !Task.isCancelled {
                try? await timing.sleep(.seconds(0.1 + client.options.backoff.delay(after: attempt, random: timing.random())))
                attempt += 1
            }
        }
    }

    /// True when nothing is left to leave.
    func leavePending() async -> Bool {
        for room in departures where visits[room] == nil {
            do throws(MatrixError) {
                try await client.call(.POST, .client("rooms", room.rawValue, "leave"))
                Counter(label: "haechi_matrix_rooms_left_total").increment()
                left(room)
            } catch {
                // Not being a member is what we want.
                if error.isForbidden || error.isNotFound {
                    left(room)
                } else {
                    logger.warning("could not leave a room, trying again", metadata: ["failure": "\(error.summary)"])
                }
            }
        }
        return departures.allSatisfy { visits[$0] != nil }
    }
}
