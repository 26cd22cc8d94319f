// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

extension ReviewedScore {
    /// What one output of a model had said of a case, and what people found.
    ///
    /// The last word of a person counts. Of several pictures or frames the largest score counts, and only scores of this version.
    /// Nil when nobody decided it, or this version said nothing of it.
    ///
    /// - Parameters:
    ///   - decisions: of the case, in the order in which they were made.
    ///   - found: signals of its evidence, beside those that its decisions rest on.
    ///   - clauses: those under which a decision counts as upheld; empty for all.
    package init?(
        decisions: [Decision], found: [Signal], manifest: ModelManifest, output: String, clauses: Set<String> = []
    ) {
        guard let isUpheld = Self.isUpheld(decisions, clauses) else { return nil }
        let version = "\(manifest.name)@\(manifest.version)"
        let scores = (decisions.flatMap(\.explanations).flatMap(\.signals) + found)
            // Behind the version stands the precision, which moves scores by less than people differ.
            .filter { $0.kind == .model && ($0.version == version || $0.version.hasPrefix(version + ":")) }
            .flatMap(\.measurements).filter { $0.output == output }.compactMap(\.score)
        guard let score = scores.max() else { return nil }
        self.init(score: score, isUpheld: isUpheld)
    }

    /// Nil for what is no judgement, or was taken back.
    private static func isUpheld(_ decisions: [Decision], _ clauses: Set<String>) -> Bool? {
        let last = decisions.last { decision in
            if case .person = decision.by { decision.verdict != .escalate && decision.verdict != .review } else { false }
        }
        switch last?.verdict {
        case .remove, .restrict: return clauses.isEmpty || clauses.contains(last?.clause?.rawValue ?? "")
        case .noViolation: return false
        case .undo, .escalate, .review, nil: return nil
        }
    }
}
