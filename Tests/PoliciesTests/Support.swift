// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies

/// A small right policy, whose parts tests replace.
func sample(
    when: String = "copy.matched && copy.trust == \"verified\"", stage: String = "live",
    then: String = "[ { preserve: {} }, { remove: { clause: c.1 } }, { notify: {} } ]", more: String = ""
) -> String {
    """
    policy: sample
    owner: someone
    clauses:
      c.1: { en: "A rule people can read.", ko: "사람이 읽을 수 있는 규칙." }
    state:
      signals:
        copy: { kind: pdq, bank: confirmed }
    rules:
      - id: r.1
        stage: \(stage)
        events: [message.posted]
        when: \(when)
        then: \(then)
        unknown: hold
    \(more)
    """
}

/// The diagnostics of one file called `p.yaml`, as text.
func diagnostics(_ text: String) -> [String] {
    do throws(PolicyError) {
        _ = try PolicySet.load(files: [("p.yaml", text)])
        return []
    } catch {
        return error.diagnostics.map(\.description)
    }
}

func makeEvent(id: EventID = "e1", text: String? = nil, age: Double? = nil) -> PublicEvent? {
    let now = Date(timeIntervalSince1970: 1_767_225_600)
    let event = Event(
        platform: "test", id: id, kind: .messagePosted, at: now, receivedAt: now, space: Space(id: "s", privacy: .public),
        actor: Actor(id: "a", createdAt: age.map { now.addingTimeInterval(-$0) }), item: Item(id: "i", text: text))
    return PublicEvent(event, whileSpaceIs: .public)
}

func copy(_ state: SignalState) -> Signal { Signal(name: "copy", kind: .pdq, state: state, version: "7") }

let verified = SignalState.matched([Match(bank: "confirmed", trust: .verified, distance: 4, entry: "f")])
