// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Logging
import Metrics
import Moderation
import NIOHTTP1
import Pipeline

import struct Foundation.Date

/// Finds the homeserver's public rooms, joins them, and reads what was last written there.
actor MatrixRoomDirectory {
    private let client: MatrixClient
    private let rooms: MatrixRooms
    private let inbox: MatrixInbox
    private let state: any StateStore
    private let timing: Timing
    private let logger: Logger
    /// Rooms that could not be joined or turned out not to be public, and until when they are left alone.
    private var avoided: [SpaceID: (until: Date, times: Int)] = [:]
    private static let roundsAtOnce = 4
    /// In every such poll, the state of all rooms is asked for, in case that a change never reached us.
    private static let pollsPerReview = 30
    private var polls = 0

    init(client: MatrixClient, rooms: MatrixRooms, inbox: MatrixInbox, state: any StateStore, timing: Timing, logger: Logger) {
        self.client = client
        self.rooms = rooms
        self.inbox = inbox
        self.state = state
        self.timing = timing
        self.logger = logger
    }

    func run() async {
        await pollMatrix(
            every: client.options.directoryInterval, timing: timing, logger: logger, failed: "room directory not read"
        ) {
            try await poll()
        }
    }

    /// Looks at the rooms that the bot is in first: one may have turned private while nobody looked.
    func poll() async throws {
        let joined = try await joinedRooms()
        polls += 1
        let isReview = polls.isMultiple(of: Self.pollsPerReview)
        await inParallel(joined) { room in await self.recheck(room, again: isReview) }
        let found = try await publicRooms().subtracting(joined)
        let now = timing.now()
        let wanted = found.filter { avoided[$0].map { $0.until <= now } ?? true }
        await inParallel(Array(wanted)) { room in await self.enter(room) }
        Gauge(label: "haechi_matrix_rooms_joined").record(joined.count)
    }

    private func joinedRooms() async throws(MatrixError) -> [SpaceID] {
        let answer = try await client.call(.GET, .client("joined_rooms"))
        return (answer["joined_rooms"]?.array ?? []).compactMap { $0.string.map { SpaceID($0) } }
    }

    private func recheck(_ room: SpaceID, again: Bool) async {
        do {
            if again { try await rooms.review(room) }
            try await settle(room)
        } catch {
            failed("recheck", error)
        }
    }

    /// Leaves a room that is not public; reads the history of one that is, if that was not done before.
    private func settle(_ room: SpaceID) async throws {
        let privacy = try await rooms.privacy(of: room)
        try await rooms.announce(room)
        guard privacy == .public else {
            avoid(room)
            return await rooms.depart(room)
        }
        let key = "\(client.options.platform).backfilled.\(room)"
        if try await state.state(key) == nil {
            try await backfill(room)
            try await state.setState(key, to: "yes")
        }
    }

    // MARK: Finding

    private func publicRooms() async throws(MatrixError) -> Set<SpaceID> {
        var found = try await listed(.client("publicRooms"), tokenName: "since", rooms: "chunk", next: "next_batch") { _ in true }
        if client.options.adminToken != nil {
            // Here one sees beforehand what is not worth joining.
            var closed: Set<SpaceID> = []
            found.formUnion(
                try await listed(
                    .admin("rooms"), tokenName: "from", rooms: "rooms", next: "next_batch", query: ("public_rooms", "true")
                ) {
                    details in
                    let isPublic = MatrixRoomView(adminDetails: details).privacy == .public
                    if !isPublic, let id = details["room_id"]?.string { closed.insert(SpaceID(id)) }
                    return isPublic
                })
            found.subtract(closed)
        }
        return found
    }

    /// All pages of a list of rooms; `limit` on the number of pages is against a server that never ends.
    private func listed(
        _ path: MatrixPath, tokenName: String, rooms: String, next: String, query: (String, String)? = nil,
        isWanted: (JSONValue) -> Bool
    ) async throws(MatrixError) -> Set<SpaceID> {
        var found: Set<SpaceID> = []
        var token: String?
        for _ in 0..<1000 {
            var parameters = [("limit", "100")]
            if let query { parameters.append(query) }
            if let token { parameters.append((tokenName, token)) }
            let page = try await client.call(.GET, path, query: parameters)
            let chunk = page[rooms]?.array ?? []
            for room in chunk where isWanted(room) {
                if let id = room["room_id"]?.string, id.hasPrefix("!") { found.insert(SpaceID(id)) }
            }
            guard !chunk.isEmpty, let following = page[next], !following.isNull else { break }
            token = following.string ?? following.integer.map(String.init)
            if token == nil { break }
        }
        return found
    }

    // MARK: Entering

    private func enter(_ room: SpaceID) async {
        do {
            try await client.call(.POST, .client("join", room.rawValue))
        } catch {
            avoid(room)
            return failed("join", error)
        }
        do {
            await rooms.forget(room)
            // Known from an earlier stay or not, what was written since is read again; duplicates are recognised.
            if try await rooms.privacy(of: room) == .public {
                avoided[room] = nil
                try await rooms.announce(room)
                try await backfill(room)
                try await state.setState("\(client.options.platform).backfilled.\(room)", to: "yes")
                Counter(label: "haechi_matrix_rooms_entered_total").increment()
            } else {
                try await settle(room)
            }
        } catch {
            failed("enter", error)
        }
    }

    /// Hands in the newest messages, oldest first. It stops where access to the room last changed: what was written before that
    /// was written for other readers.
    private func backfill(_ room: SpaceID) async throws {
        var newestFirst: [JSONValue] = []
        var from: String?
        pages: while newestFirst.count < client.options.backfill {
            var query = [("dir", "b"), ("limit", String(min(100, client.options.backfill - newestFirst.count)))]
            if let from { query.append(("from", from)) }
            let page = try await client.call(.GET, .client("rooms", room.rawValue, "messages"), query: query)
            let chunk = page["chunk"]?.array ?? []
            for event in chunk {
                let type = event["type"]?.string
                if type == "m.room.join_rules" || type == "m.room.history_visibility" { break pages }
                newestFirst.append(event)
            }
            guard !chunk.isEmpty, let end = page["end"]?.string, end != from else { break }
            from = end
        }
        try await inbox.take(history: await inbox.parse(newestFirst.reversed(), room: room), of: room)
    }

    /// Ten seconds, doubling up to an hour.
    private func avoid(_ room: SpaceID) {
        let times = avoided[room]?.times ?? 0
        let seconds = min(3600, 10 * Double(1 << min(times, 10)))
        avoided[room] = (timing.now().addingTimeInterval(seconds), times + 1)
    }

    private func failed(_ what: String, _ error: any Error) {
        Counter(label: "haechi_matrix_directory_failures_total", dimensions: [("step", what)]).increment()
        let reason = (error as? MatrixError)?.summary ?? "\(type(of: error))"
        logger.warning("room not read, trying again later", metadata: ["step": "\(what)", "reason": "\(reason)"])
    }

    private func inParallel(_ rooms: [SpaceID], _ work: @escaping @Sendable (SpaceID) async -> Void) async {
        await withTaskGroup(of: Void.self) { group in
            for (index, room) in rooms.enumerated() {
                if index >= Self.roundsAtOnce { await group.next() }
                group.addTask { await work(room) }
            }
        }
    }
}
