// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CoreMetrics
import Hummingbird
import Logging
import Metrics
import Moderation
import Pipeline

/// Answers before a platform accepts something: allow, or refuse and why. Fails open: no answer in time means allow, and the
/// ordinary way of events catches up.
struct VerdictsController {
    let ports: ServerPorts
    let options: ServerOptions
    let metrics: any MetricsFactory

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.post("/verdicts", use: verdict)
    }

    @Sendable func verdict(_ request: Request, context: ServerContext) async throws -> Response {
        let start = ContinuousClock.now
        let (now, longest) = (ports.now(), options.longestVerdictDeadline)
        let question = try await request.document(atMost: options.bodyLimit) { (document) throws(JSONSyntaxError) in
            try EventDocument.readQuestion(&document, now: now, deadlines: 1...longest)
        }
        guard question.event.space.privacy == .public, question.event.kind != .spaceChanged else { return answer(.allow) }
        let intake = ports.intake
        do {
            let deadline = start.advanced(by: .milliseconds(question.deadline ?? options.verdictDeadline))
            let verdict = try await within(deadline) { try await intake.verdict(on: question.event, until: deadline) }
            guard let verdict else { return unanswered("timedOut") }
            return answer(verdict)
        } catch {
            context.logger.warning("verdict failed, allowed", metadata: ["error": "\(type(of: error))"])
            return unanswered("unavailable")
        }
    }

    private func answer(_ verdict: InlineVerdict) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            switch verdict {
            case .allow: writer.string("verdict", "allow")
            case .refuse(let decision, let clause, let texts, let reason):
                writer.string("verdict", "refuse")
                writer.string("decision", decision.rawValue)
                writer.string("clause", ifPresent: clause?.rawValue)
                writer.object("clauseText") { writer in
                    for (language, text) in texts.sorted(by: { $0.key < $1.key }) { writer.string(language, text) }
                }
                writer.string("reason", reason)
                writer.string("appeal", ifPresent: options.appealURL)
            }
        }
        count(verdict == .allow ? "allowed" : "refused")
        return .json(writer)
    }

    private func unanswered(_ why: String) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("verdict", "allow")
            writer.boolean(why, true)
        }
        count(why)
        return .json(writer)
    }

    private func count(_ outcome: String) {
        Counter(label: "haechi_verdicts_total", dimensions: [("outcome", outcome)], factory: metrics).increment()
    }
}
