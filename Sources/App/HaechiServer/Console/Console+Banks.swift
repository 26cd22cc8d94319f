// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Hummingbird
import Moderation
import Signals

/// Banks, how far their sources can be trusted, and deliveries that wait for a second person.
extension Console {
    func showBanks(_ visit: ConsoleRequest) async throws -> Response {
        let language = visit.language
        let counts = Dictionary(grouping: try await ports.banks.counts(), by: \.bank)
        let banks = try await ports.banks.banks().sorted { $0.name < $1.name }
        let statistics = Dictionary(grouping: try await ports.banks.statistics(), by: \.source)
        let sources = try await ports.banks.sources().sorted { $0.name < $1.name }
        let waiting = try await ports.banks.imports(in: [.waiting], limit: 100)
        let mayResolve = visit.visitor?.account.role == .admin
        return pages.render(
            "banks", visit, title: "title.banks",
            [
                "banks": banks.map { row($0, counts[$0.name] ?? [], language) }, "noBanks": banks.isEmpty,
                "sources": sources.map { row($0, statistics[$0.name] ?? [], language) }, "noSources": sources.isEmpty,
                "imports": waiting.map { row($0, visit, mayResolve: mayResolve) }, "noImports": waiting.isEmpty,
                "mayResolve": mayResolve,
            ])
    }

    func resolveImport(_ visit: ConsoleRequest) async throws -> Response {
        let visitor = try Self.visitor(visit)
        guard visitor.account.role == .admin else { throw ConsoleRefusal(status: .forbidden, message: "error.adminOnly") }
        guard let id = visit.parameters["import"].map({ ImportID($0) }), let choice = visit.form["choice"],
            ["approve", "refuse"].contains(choice)
        else { throw ConsoleRefusal.notFound }
        let account = visitor.account.id.rawValue
        if choice == "approve" {
            _ = try await ports.banks.approve(id, by: account)
            return .redirectToPage("/console/banks?done=approved")
        }
        let reason = (visit.form["reason"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines)
        guard !reason.isEmpty else { throw ConsoleRefusal(status: .unprocessableContent, message: "error.refusalReason") }
        _ = try await ports.banks.refuse(id, by: account, reason: String(reason.prefix(500)))
        return .redirectToPage("/console/banks?done=refused")
    }

    private func row(_ bank: Bank, _ counts: [BankCount], _ language: ConsoleLanguage) -> [String: Any] {
        func total(_ trust: Trust) -> Int { counts.filter { $0.trust == trust }.reduce(0) { $0 + $1.count } }
        return [
            "name": bank.name, "note": bank.note, "radius": String(bank.radius), "quality": String(bank.qualityGate),
            "share": "\(Int((bank.share * 100).rounded())) %", "off": bank.share == 0,
            "trusts": [Trust.verified, .probation, .claimed, .benign].map { trust in
                [
                    "label": ConsoleStrings.text("trust.\(trust.rawValue)", language), "count": Shown.count(total(trust)),
                    "none": total(trust) == 0,
                ] as [String: Any]
            },
        ]
    }

    private func row(_ source: FingerprintSource, _ statistics: [SourceStatistics], _ language: ConsoleLanguage) -> [String: Any]
    {
        let confirmed = statistics.reduce(0) { $0 + $1.confirmations }
        let judged = confirmed + statistics.reduce(0) { $0 + $1.overturns }
        return [
            "name": source.name, "ceiling": ConsoleStrings.text("trust.\(source.ceiling.rawValue)", language),
            "state": ConsoleStrings.text("source.\(source.state.rawValue)", language), "alarming": source.state != .active,
            "why": source.stateReason,
            "fingerprints": Shown.count(statistics.reduce(0) { $0 + $1.fingerprints }),
            "matches": Shown.count(statistics.reduce(0) { $0 + $1.matches }),
            "precision": judged == 0 ? "–" : "\(confirmed) / \(judged)",
        ]
    }

    private func row(_ one: FingerprintImport, _ visit: ConsoleRequest, mayResolve: Bool) -> [String: Any] {
        [
            "path": Shown.path(one.id.rawValue), "id": one.id.rawValue, "bank": one.bank, "source": one.source, "by": one.by,
            "count": Shown.count(one.count), "reason": one.reason, "at": Shown.moment(one.at, at: visit.now, visit.language),
            // The one who brought it cannot be the second person.
            "canApprove": mayResolve && one.by != visit.visitor?.account.id.rawValue, "mayResolve": mayResolve,
        ]
    }
}
