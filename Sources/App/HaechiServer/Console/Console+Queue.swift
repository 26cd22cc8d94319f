// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Hummingbird
import Moderation

extension Console {
    func showQueue(_ visit: ConsoleRequest) async throws -> Response {
        var values = try await queue(visit)
        values["undo"] = try await undoBar(visit)
        return pages.render("queue", visit, title: "title.queue", values)
    }

    func showQueueFragment(_ visit: ConsoleRequest) async throws -> Response {
        pages.render("queue_live", visit, try await queue(visit))
    }

    func takeNext(_ visit: ConsoleRequest) async throws -> Response {
        guard let next = try await leaseNext(visit) else { return .redirectToPage("/console/queue") }
        return .redirectToPage("/console/cases/\(Shown.path(next.caseID.rawValue))")
    }

    func take(_ visit: ConsoleRequest) async throws -> Response {
        let visitor = try Self.visitor(visit)
        let id = try Self.caseID(visit)
        _ = try await ports.cases.lease(
            id, holder: visitor.account.id, at: visit.now, until: visit.now.addingTimeInterval(Lease.duration))
        return .redirectToPage("/console/cases/\(Shown.path(id.rawValue))")
    }

    func release(_ visit: ConsoleRequest) async throws -> Response {
        let (_, lease) = try await heldCase(visit, token: visit.form["token"])
        try await ports.cases.release(lease)
        return .redirectToPage("/console/queue?done=released")
    }

    /// Keeps the lease of an open page; the page is told when it is lost.
    func heartbeat(_ visit: ConsoleRequest) async throws -> Response {
        let (_, lease) = try await heldCase(visit, token: visit.form["token"])
        try await ports.cases.heartbeat(lease, until: visit.now.addingTimeInterval(Lease.duration))
        return Response(status: .noContent)
    }

    func leaseNext(_ visit: ConsoleRequest) async throws -> WorkItem? {
        try await ports.cases.leaseNext(
            holder: try Self.visitor(visit).account.id, at: visit.now, until: visit.now.addingTimeInterval(Lease.duration))
    }

    static func visitor(_ visit: ConsoleRequest) throws -> Visitor {
        guard let visitor = visit.visitor else { throw ConsoleRefusal.forged }
        return visitor
    }

    static func caseID(_ visit: ConsoleRequest) throws -> CaseID {
        guard let id = visit.parameters["case"], !id.isEmpty else { throw ConsoleRefusal.notFound }
        return CaseID(id)
    }

    private func queue(_ visit: ConsoleRequest) async throws -> [String: Any] {
        let files = try await ports.cases.cases(.open, limit: 100)
        let rows = files.map { file in
            var values = Self.summary(file, visit)
            if let lease = Self.lease(file, at: visit.now) {
                values["holder"] = lease.holder.rawValue
                values["mine"] = lease.holder == visit.visitor?.account.id
            }
            return values
        }
        return ["cases": rows, "empty": rows.isEmpty, "count": String(rows.count)]
    }

    /// The lease, unless it has run out.
    static func lease(_ file: CaseFile, at now: Date) -> Lease? {
        file.workItem.lease.flatMap { $0.until > now ? $0 : nil }
    }

    /// What everybody in the console may see of a case.
    static func summary(_ file: CaseFile, _ visit: ConsoleRequest) -> [String: Any] {
        let item = file.case
        let language = visit.language
        let level = item.priority >= 100 ? "urgent" : item.priority >= 50 ? "high" : "ordinary"
        var values: [String: Any] = [
            "id": item.id.rawValue, "shortID": Shown.short(item.id.rawValue), "path": Shown.path(item.id.rawValue),
            "priority": String(item.priority), "level": level, "levelText": ConsoleStrings.text("priority.\(level)", language),
            "reason": StoredWords.shown(item.reason, language), "opened": Shown.moment(item.openedAt, at: visit.now, language),
            "reports": String(file.reports.count),
            "media": String(Set(file.evidence.filter { $0.role == .media }.map(\.sha256)).count),
            "platform": item.target.platform.rawValue, "private": item.privacy != .public,
            "privacyText": ConsoleStrings.text("privacy.\(item.privacy.rawValue)", language),
        ]
        values["space"] = item.target.space?.rawValue
        values["item"] = item.target.item?.rawValue
        values["actor"] = item.target.actor?.rawValue
        return values
    }
}
