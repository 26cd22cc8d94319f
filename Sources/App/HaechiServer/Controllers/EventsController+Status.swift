// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Hummingbird
import Moderation
import Pipeline

extension EventsController {
    /// Where an event has got to, its decision and its actions; without content.
    @Sendable func status(_ request: Request, context: ServerContext) async throws -> Response {
        let platform = request.uri.queryParameters["platform"].map { PlatformID(String($0)) } ?? "api"
        guard let id = context.parameters.get("id").flatMap({ $0.removingPercentEncoding }), !id.utf8.contains(0),
            let status = try await ports.events.status(of: EventID(id), on: platform)
        else { throw APIError.notFound("there is no event with this id") }
        var decision: Decision?
        var actions: [Action] = []
        if let id = status.decision {
            decision = try await ports.commits.decision(id)
            actions = try await ports.actions.actions(of: id)
        }
        return .json(Self.answer(status, decision, actions))
    }

    private static func answer(_ status: EventStatus, _ decision: Decision?, _ actions: [Action]) -> JSONWriter {
        var writer = JSONWriter()
        writer.object { writer in
            writer.string("id", status.id.rawValue)
            writer.string("platform", status.platform.rawValue)
            writer.string("kind", status.kind.rawValue)
            writer.string("state", status.state.rawValue)
            writer.string("at", RFC3339.text(status.at))
            writer.string("receivedAt", RFC3339.text(status.receivedAt))
            writer.string("concludedAt", ifPresent: status.concludedAt.map(RFC3339.text))
            writer.integer("attempts", status.attempts)
            writer.string("note", status.note)
            if let decision { Self.write(decision, to: &writer) }
            writer.array("actions") { writer in
                for action in actions { Self.write(action, to: &writer) }
            }
        }
        return writer
    }

    private static func write(_ decision: Decision, to writer: inout JSONWriter) {
        writer.object("decision") { writer in
            writer.string("id", decision.id.rawValue)
            writer.string("at", RFC3339.text(decision.at))
            writer.string("verdict", decision.verdict.rawValue)
            writer.string("clause", ifPresent: decision.clause?.rawValue)
            writer.string("reason", decision.reason)
        }
    }

    private static func write(_ action: Action, to writer: inout JSONWriter) {
        writer.object { writer in
            writer.string("id", action.id.rawValue)
            writer.string("effect", action.effect.kind.rawValue)
            writer.string("state", action.state.rawValue)
            writer.string("note", action.note)
            writer.string("verifiedAt", ifPresent: action.verifiedAt.map(RFC3339.text))
        }
    }
}
