// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Hummingbird
import Moderation
import Pipeline

/// Earlier copies of what is known now: what was found, and one decision about all of it.
extension Console {
    func showLookBack(_ visit: ConsoleRequest) async throws -> Response {
        let bulks = try await ports.bulks?.bulks(limit: 50) ?? []
        var rows: [[String: Any]] = []
        for bulk in bulks {
            let items = bulk.state == .preview ? try await ports.bulks?.items(of: bulk.id, after: 0, limit: 5) ?? [] : []
            rows.append(row(bulk, items, visit))
        }
        return pages.render(
            "lookback", visit, title: "title.lookback", ["bulks": rows, "empty": rows.isEmpty, "isOff": ports.bulks == nil])
    }

    func changeBulk(_ visit: ConsoleRequest) async throws -> Response {
        let visitor = try Self.visitor(visit)
        guard visitor.account.role == .admin else { throw ConsoleRefusal(status: .forbidden, message: "error.adminOnly") }
        guard let desk = ports.bulks, let id = visit.parameters["bulk"].map({ BulkID($0) }) else { throw ConsoleRefusal.notFound }
        let account = visitor.account.id.rawValue
        switch visit.form["choice"] {
        case "start": try await desk.start(id, by: account)
        case "pause": try await desk.pause(id, by: account)
        case "discard": try await desk.discard(id, by: account)
        case "undo":
            let reason = (visit.form["reason"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
            guard !reason.isEmpty else { throw ConsoleRefusal(status: .unprocessableContent, message: "error.reasonMissing") }
            try await desk.undo(id, by: account, reason: String(reason.prefix(500)))
        default: throw ConsoleRefusal.notFound
        }
        return .redirectToPage("/console/lookback")
    }

    private func row(_ bulk: BulkDecision, _ items: [BulkItem], _ visit: ConsoleRequest) -> [String: Any] {
        let language = visit.language
        let mayChange = visit.visitor?.account.role == .admin
        let total = max(1, bulk.found.items)
        let isRunning = bulk.state == .running || bulk.state == .undoing
        var values: [String: Any] = [
            "path": Shown.path(bulk.id.rawValue), "shortID": Shown.short(bulk.id.rawValue), "reason": bulk.reason,
            "state": bulk.state.rawValue, "stateText": ConsoleStrings.text("bulk.\(bulk.state.rawValue)", language),
            "at": Shown.moment(bulk.at, at: visit.now, language), "by": bulk.by,
            "items": Shown.count(bulk.found.items), "spaces": Shown.count(bulk.found.spaces),
            "actors": Shown.count(bulk.found.actors),
            "effects": bulk.effects.map { Shown.effect($0.kind, language) }.joined(separator: ", "),
            "applied": Shown.count(bulk.applied), "skipped": Shown.count(bulk.skipped), "failed": Shown.count(bulk.failed),
            "undone": Shown.count(bulk.undone),
            "done": bulk.state == .undoing ? bulk.undone : bulk.applied + bulk.skipped + bulk.failed, "total": total,
            "showsProgress": isRunning || bulk.state == .paused, "hasRun": bulk.state != .preview && bulk.state != .discarded,
            "samples": items.map {
                [
                    "item": $0.target.item?.rawValue ?? "", "space": $0.target.space?.rawValue ?? "",
                    "distance": String($0.distance),
                ]
            },
            "hasSamples": !items.isEmpty,
            "canStart": mayChange && (bulk.state == .preview || bulk.state == .paused),
            "canPause": mayChange && bulk.state == .running, "canDiscard": mayChange && bulk.state == .preview,
            "canUndo": mayChange && [.running, .paused, .done].contains(bulk.state) && bulk.applied > 0,
        ]
        if let first = bulk.found.first { values["first"] = Shown.moment(first, at: visit.now, language) }
        if let startedBy = bulk.startedBy { values["startedBy"] = startedBy }
        return values
    }
}
