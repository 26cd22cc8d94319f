// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import Signals

extension BulkService {
    /// Takes back the next decisions. After a restart it begins at the first one again: what is undone stays so, and is counted anew.
    func takeBackMore(of bulk: BulkDecision) async throws {
        let after = undoneThrough[bulk.id]
        let some = try await decisions.decisions(
            idPrefix: Self.idPrefix(of: bulk.id), after: after, limit: allowance(of: bulk))
        let account = AccountID(bulk.undoneBy ?? bulk.by)
        var undone = 0
        for decision in some {
            if try await takeBack(decision, by: account, reason: bulk.undoReason ?? "") { undone += 1 }
            LookBackMetrics.item("undone")
        }
        let (count, isFirst, isLast, now) = (undone, after == nil, some.isEmpty, now())
        _ = try await change(bulk.id, in: [.undoing]) { bulk in
            bulk.undone = (isFirst ? 0 : bulk.undone) + count
            guard isLast else { return nil }
            bulk.state = .undone
            return .bulk("bulk.undone", bulk, by: account.rawValue, at: now)
        }
        if let last = some.last { undoneThrough[bulk.id] = last.id } else { undoneThrough[bulk.id] = nil }
    }

    /// False when there was nothing that could be taken back.
    private func takeBack(_ decision: Decision, by account: AccountID, reason: String) async throws -> Bool {
        do {
            _ = try await desk.undo(decision.id, by: account, reason: reason)
        } catch ReviewError.alreadyUndone {
            // Before a restart, or by a person for itself.
        } catch ReviewError.nothingToUndo {
            return false
        } catch ReviewError.notWritten(let why) {
            // The others are not kept waiting; in the end fewer are undone than were applied.
            logger.error("not undone", metadata: ["decision": "\(decision.id)", "why": "\(why)"])
            return false
        }
        // That a rule's decision was wrong is recorded by its undo; here a person had decided, on the word of a fingerprint.
        guard case .person = decision.by else { return true }
        let keys = decision.explanations.flatMap(\.signals).flatMap(\.matches).compactMap {
            Fingerprint.key(of: FingerprintID($0.entry))
        }
        let overturned = Set(keys).map { MatchOutcome(fingerprint: $0, decision: decision.id, kind: .overturned, at: now()) }
        _ = try await commits.submit([Commit(outcomes: overturned)])
        return true
    }
}
