// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Logging
import Metrics
import Moderation
import NIOHTTP1
import Pipeline

import struct Foundation.Date

/// Reads the reports that users send to the homeserver, and copies what they are about before it can disappear.
actor MatrixReports {
    private let client: MatrixClient
    private let intake: any Intake
    private let state: any StateStore
    private let timing: Timing
    private let logger: Logger
    private var failures: [Int64: Int] = [:]

    init(client: MatrixClient, intake: any Intake, state: any StateStore, timing: Timing, logger: Logger) {
        self.client = client
        self.intake = intake
        self.state = state
        self.timing = timing
        self.logger = logger
    }

    private var key: String { "\(client.options.platform).reports" }

    func run() async {
        guard client.options.adminToken != nil else { return }
        await pollMatrix(every: client.options.reportInterval, timing: timing, logger: logger, failed: "reports not read") {
            try await poll()
        }
    }

    /// Takes every report that is not yet taken, oldest first.
    func poll() async throws {
        var cursor = MatrixReportCursor(try await state.state(key) ?? "")
        for id in try await newReports(cursor) {
            if try await take(id) {
                failures[id] = nil
                // Only what is durable is passed over next time.
                cursor.taken(id)
                try await state.setState(key, to: cursor.text)
            } else {
                cursor.wait(for: id)
            }
        }
    }

    /// Pages from the newest report back to where everything has been taken. The offset of the list shifts when reports come or
    /// are deleted meanwhile, so pages overlap and only ids count.
    private func newReports(_ cursor: MatrixReportCursor) async throws(MatrixError) -> [Int64] {
        var new: Set<Int64> = []
        var offset = 0
        for _ in 0..<10_000 {
            let page = try await client.call(
                .GET, .admin("event_reports"), query: [("dir", "b"), ("limit", "100"), ("from", String(offset))])
            let ids = (page["event_reports"]?.array ?? []).compactMap { $0["id"]?.integer }
            new.formUnion(ids.filter { !cursor.contains($0) })
            guard page["next_token"] != nil, let oldest = ids.min(), oldest > cursor.floor else { break }
            offset += max(1, ids.count - 10)
        }
        return new.sorted()
    }

    /// False when it should be tried again.
    private func take(_ id: Int64) async throws -> Bool {
        do {
            guard let report = try await read(id) else {
                skipped("unreadable")
                return true
            }
            if try await intake.accept(report) != nil {
                Counter(label: "haechi_matrix_reports_total", dimensions: [("result", "taken")]).increment()
            }
            return true
        } catch let error as MatrixError where !error.isTransient {
            // Deleted between list and look, for example.
            skipped(error.isNotFound ? "gone" : "refused")
            return true
        } catch {
            failures[id, default: 0] += 1
            let count = failures[id, default: 0]
            if count < 20 { return false }
            // While the store works, one report that it never takes must not be tried for ever.
            try await state.setState("\(client.options.platform).probe", to: String(id))
            skipped("given-up")
            logger.error(
                "a report could not be taken and is given up", metadata: ["report": "\(id)", "reason": "\(type(of: error))"])
            return true
        }
    }

    private func skipped(_ reason: String) {
        Counter(label: "haechi_matrix_reports_total", dimensions: [("result", reason)]).increment()
    }

    private func read(_ id: Int64) async throws -> IncomingReport? {
        let json = try await client.call(.GET, .admin("event_reports", String(id)))
        guard let room = json["room_id"]?.string, let event = json["event_id"]?.string, let ms = json["received_ts"]?.integer
        else { return nil }
        let body = json["event_json"] ?? .null
        let item = MatrixEventParser(bot: client.options.botUserID).item(of: body, id: ItemID(event))
        let sender = json["sender"]?.string ?? body["sender"]?.string
        let privacy = try await privacy(of: room)
        let report = Report(
            id: ReportID("\(client.options.platform)-\(id)"), platform: client.options.platform, externalID: String(id),
            target: Target(
                platform: client.options.platform, space: SpaceID(room), item: ItemID(event), actor: sender.map { ActorID($0) },
                media: item.media),
            reporter: (json["user_id"]?.string).map { ActorID($0) }, text: json["reason"]?.string ?? "", category: "other",
            at: Date(timeIntervalSince1970: Double(ms) / 1000), privacy: privacy)
        return IncomingReport(report: report, item: item, media: try await copies(of: item.media))
    }

    /// The class of the reported room; what cannot be known is private.
    private func privacy(of room: String) async throws(MatrixError) -> PrivacyClass {
        do throws(MatrixError) {
            return MatrixRoomView(adminDetails: try await client.call(.GET, .admin("rooms", room))).privacy
        } catch {
            if error.isTransient { throw error }
            return .private
        }
    }

    /// The bytes of what was reported and of nothing else; media that is gone or too large is left out.
    private func copies(of media: [Media]) async throws(MatrixError) -> [FetchedMedia] {
        var copies: [FetchedMedia] = []
        for one in media {
            guard let address = MatrixMediaAddress(one.url ?? one.id.rawValue) else { continue }
            let limit = client.options.reportedMediaLimit
            do throws(MatrixError) {
                copies.append(FetchedMedia(media: one, bytes: try await client.download(address, limit: limit)))
            } catch {
                if error.isTransient { throw error }
                // Quarantined meanwhile: an administrator may still read it as evidence.
                if error.isNotFound, let bytes = try? await client.download(address, limit: limit, as: .admin) {
                    copies.append(FetchedMedia(media: one, bytes: bytes))
                }
            }
        }
        return copies
    }
}
