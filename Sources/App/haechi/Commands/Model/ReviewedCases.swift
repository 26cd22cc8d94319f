// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline
import Signals
import Storage

/// The cases that were closed here, and what a model had said of them.
struct ReviewedCases {
    private let settings: Settings

    init(_ settings: Settings) { self.settings = settings }

    private static let page = 500

    /// - Parameter clauses: those under which a decision counts as upheld; empty for all.
    func scores(of manifest: ModelManifest, output: String, clauses: Set<String>) async throws -> [ReviewedScore] {
        let store = try await Store.open(settings, access: .reader)
        var scored: [ReviewedScore] = []
        var seen = 0
        var last: ClosedCase?
        while true {
            let cases = try await store.closedCases(after: last, limit: Self.page)
            seen += cases.count
            scored += cases.compactMap { closed in
                ReviewedScore(
                    decisions: closed.decisions, found: closed.examination?.signals ?? [], manifest: manifest, output: output,
                    clauses: clauses)
            }
            guard cases.count == Self.page, let end = cases.last else { break }
            last = end
        }
        await store.close()
        Terminal.complain([
            "\(Terminal.some(seen, "closed case")), \(scored.count) of them with a score of \(manifest.name) \(manifest.version) and a "
                + "person's verdict"
        ])
        return scored
    }
}
