// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Hummingbird
import Moderation
import Pipeline

extension Console {
    func showCase(_ visit: ConsoleRequest) async throws -> Response {
        let file = try await caseFile(visit)
        return pages.render("case", visit, title: "title.case", try await values(file, visit))
    }

    /// Writes the judgement, then goes on to the next case; the last decision can be undone from there.
    func decide(_ visit: ConsoleRequest) async throws -> Response {
        let (file, lease) = try await heldCase(visit, token: visit.form["token"])
        guard let verdict = visit.form["verdict"].flatMap(Verdict.init),
            [.remove, .restrict, .noViolation, .escalate].contains(verdict)
        else { throw ConsoleRefusal(status: .unprocessableContent, message: "error.verdict") }
        let clause = visit.form["clause"].flatMap { $0.isEmpty ? nil : ClauseID($0) }
        let needsClause = verdict == .remove || verdict == .restrict
        let reason = String((visit.form["reason"] ?? "").trimmingCharacters(in: .whitespacesAndNewlines).prefix(1000))
        if needsClause, clause.flatMap({ ports.clauses[$0] }) == nil {
            // Back to the same case with what was written, so that nothing has to be typed again.
            var values = try await values(file, visit)
            values["formError"] = ConsoleStrings.text("error.clauseMissing", visit.language)
            values["reasonText"] = reason
            return pages.render("case", visit, title: "title.case", status: .unprocessableContent, values)
        }
        let decision = try await ports.desk.decide(
            Judgement(caseID: file.case.id, lease: lease, verdict: verdict, clause: needsClause ? clause : nil, reason: reason))
        let decided = "?decided=\(Shown.path(decision.id.rawValue))"
        // An escalated case is the most urgent one now, and wants somebody else.
        guard verdict != .escalate, let next = try await leaseNext(visit) else {
            return .redirectToPage("/console/queue" + decided)
        }
        return .redirectToPage("/console/cases/\(Shown.path(next.caseID.rawValue))" + decided)
    }

    func caseFile(_ visit: ConsoleRequest) async throws -> CaseFile {
        guard let file = try await ports.cases.caseFile(try Self.caseID(visit)) else { throw ConsoleRefusal.notFound }
        return file
    }

    /// The case and the visitor's lease of it; refuses when the visitor does not hold it with this very fencing token.
    func heldCase(_ visit: ConsoleRequest, token: String?) async throws -> (CaseFile, LeaseGuard) {
        let visitor = try Self.visitor(visit)
        let file = try await caseFile(visit)
        guard let token = token.flatMap({ Int64($0) }) else { throw ConsoleRefusal.notHolder }
        guard file.case.state == .open else { throw CaseworkError.caseClosed(file.case.id) }
        guard let lease = file.workItem.lease, lease.holder == visitor.account.id, lease.token == token else {
            throw ConsoleRefusal.leaseLost
        }
        return (file, LeaseGuard(workItem: file.workItem.id, holder: visitor.account.id, token: token))
    }

    private func values(_ file: CaseFile, _ visit: ConsoleRequest) async throws -> [String: Any] {
        let language = visit.language
        var values = Self.summary(file, visit)
        values["open"] = file.case.state == .open
        values["explanations"] = CaseText.explanations(file, language, isHeld: false)
        let elsewhere = try await ports.cases.decisionsElsewhere(about: file.case.target, than: file.case.id)
        values["history"] = CaseText.history(file, elsewhere, visit, clauses: ports.clauses)
        if file.case.state == .open { values["removal"] = CaseText.removal(file, elsewhere, visit) }
        values["undo"] = try await undoBar(visit)
        guard file.case.state == .open, let visitor = visit.visitor else { return values }
        guard let lease = Self.lease(file, at: visit.now), lease.holder == visitor.account.id else {
            values["canTake"] = true
            values["holder"] = Self.lease(file, at: visit.now)?.holder.rawValue
            return values
        }
        // From here on only for who holds the case: the reporters' words and the ways to the evidence.
        values["held"] = true
        values["token"] = String(lease.token)
        values["explanations"] = CaseText.explanations(file, language, isHeld: true)
        values["words"] = CaseText.reports(file, visit)
        let examination = try await ports.examinations?.examination(of: file.case.id)
        values["canFindSimilar"] = ports.similar != nil && file.case.target.item != nil && !file.case.target.media.isEmpty
        if ports.examinations != nil { values["noticed"] = CaseSignals.values(examination, language) }
        let texts = CaseText.distinct(.item, file, examination)
        values["texts"] = texts.enumerated().map { place, copies in
            // The newest was looked at.
            let facts = place == texts.count - 1 ? CaseSignals.textFacts(examination, language) : nil
            return CaseText.evidence(copies, file, lease, visit).merging(["facts": facts.map { $0 as Any } ?? false]) { _, new in
                new
            }
        }
        values["pictures"] = CaseText.distinct(.media, file, examination).map { copies in
            CaseText.evidence(copies, file, lease, visit)
                .merging(copies.first.map { CaseSignals.file($0, in: examination, language) } ?? [:]) { _, new in new }
        }
        values["nothingKept"] = file.evidence.isEmpty
        let proposed = file.decisions.compactMap(\.clause).first
        values["clauses"] = ports.clauses.entries.map { entry in
            [
                "id": entry.id.rawValue, "text": entry.text(language.rawValue),
                "selected": entry.id == proposed || ports.clauses.entries.count == 1,
            ] as [String: Any]
        }
        return values
    }
}
