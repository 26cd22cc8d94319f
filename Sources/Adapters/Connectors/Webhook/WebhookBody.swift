// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// What a platform is told about an action: the shape is part of the API, so it is written out here.
enum WebhookBody {
    static func of(_ action: Action) -> JSONValue {
        let effect = action.effect
        var body: [String: JSONValue] = [
            "id": .string(action.id.rawValue), "decision": .string(action.decision.rawValue),
            "effect": .string(effect.kind.rawValue),
            "target": target(action.target), "createdAt": .string(timestamp(action.createdAt)),
            "parameters": .object(effect.parameters.mapValues { .string($0) }),
        ]
        if let clause = effect.clause { body["clause"] = .string(clause.rawValue) }
        return .object(body)
    }

    private static func target(_ target: Target) -> JSONValue {
        var members: [String: JSONValue] = ["platform": .string(target.platform.rawValue)]
        if let space = target.space { members["space"] = ["id": .string(space.rawValue)] }
        if let actor = target.actor { members["actor"] = ["id": .string(actor.rawValue)] }
        if let item = target.item { members["item"] = ["id": .string(item.rawValue)] }
        members["media"] = .array(
            target.media.map { media in
                var one: [String: JSONValue] = ["id": .string(media.id.rawValue)]
                if let sha256 = media.sha256 { one["sha256"] = .string(sha256) }
                if let url = media.url { one["url"] = .string(url) }
                return .object(one)
            })
        return .object(members)
    }

    /// RFC 3339 in UTC with milliseconds.
    private static func timestamp(_ date: Date) -> String {
        date.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
    }
}
