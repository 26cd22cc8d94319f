// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Testing

@testable import Storage

@Suite("Closed cases")
struct ClosedCaseTests {
    @Test(
        "come in the order in which they were closed, with decisions and what was found, page by page", arguments: Engine.allCases
    )
    func pages(engine: Engine) async throws {
        try await engine.withStore { (store: Store) async throws in
            for number in 1...5 {
                let id = CaseID("c-\(number)")
                let item = "$\(number)"
                _ = try await store.commit([
                    Commit(opens: Sample.opening("c-\(number)", item: item), evidence: [try Sample.preserved("e-\(number)")])
                ])
                if number == 2 {
                    try await store.record(
                        CaseExamination(caseID: id, at: Sample.now, pieces: [EvidenceID("e-2")], files: [], signals: []))
                }
                // The last one stays open; the third was closed first.
                guard number < 5 else { continue }
                let end = Sample.now.addingTimeInterval(600)
                let work = try await store.lease(id, holder: "hana", at: Sample.now, until: end)
                let lease = try #require(work.lease)
                var decision = Sample.decision("p-\(number)", item: item)
                decision.by = .person("hana")
                decision.at = Sample.now.addingTimeInterval(number == 3 ? 1 : Double(number + 1))
                let key = LeaseGuard(workItem: work.id, holder: "hana", token: lease.token)
                _ = try await store.commit([Commit(lease: key, decision: decision)])
            }
            var (found, last): ([ClosedCase], ClosedCase?) = ([], nil)
            while true {
                let page = try await store.closedCases(after: last, limit: 2)
                guard let end = page.last else { break }
                found += page
                last = end
            }
            #expect(found.map(\.id) == ["c-3", "c-1", "c-2", "c-4"])
            #expect(found.map { $0.decisions.map(\.id) } == [["p-3"], ["p-1"], ["p-2"], ["p-4"]])
            #expect(found.map { $0.examination?.pieces } == [nil, nil, ["e-2"], nil])
        }
    }
}
