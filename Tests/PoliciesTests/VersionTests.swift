// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Policies
import Testing

private let policy = """
    policy: waves
    owner: someone
    clauses:
      w.1: { en: "Flooding a space is not allowed." }
    state:
      labels: { trusted: { on: actor } }
      lists:
        hosts: { kind: link, entries: [bad.example] }
        rooms: { kind: space, entries: ["!lobby"] }
      signals:
        bad_link: { kind: link, list: hosts, cost: cheap }
      counters:
        posters: { events: [message.posted], where: 'actor.age < duration("24h")', key: [links], window: 10m, distinct: actor.id }
    rules:
      - id: w.flood
        stage: live
        events: [message.posted, message.edited]
        when: bad_link.matched && posters >= 7 && !(space.id in rooms)
        then: [ { preserve: {} }, { quarantine: { clause: w.1, hours: 24 } } ]
        quota: { per: 1h, max: 100 }
        unknown: hold
        at_most: 1%
        precision: 0.9
        expires: 2027-01-31
    """

@Suite("The version of a rule is its content")
struct VersionTests {
    private func version(_ changes: (String, String)...) throws -> String {
        var text = policy
        for (old, new) in changes {
            let range = try #require(text.range(of: old), "\(old)")
            text.replaceSubrange(range, with: new)
        }
        return try PolicySet.load(files: [("p.yaml", text)]).rules[0].reference.version
    }

    @Test(
        "what does not change what the rule does leaves it alone",
        arguments: [
            ("stage: live", "stage: shadow"),
            ("stage: live", "stage: canary\n    percent: 5"),
            ("bad_link.matched && posters", "bad_link.matched\n      && posters"),
            ("when: bad", "# a comment\n    when: bad"),
            ("[message.posted, message.edited]", "[message.edited, message.posted]"),
            ("{ preserve: {} }", "preserve"),
            (
                "when: bad_link.matched && posters >= 7 && !(space.id in rooms)",
                "when: '((bad_link.matched)) && (posters>=7)&&!(space.id in rooms)'"
            ),
            ("Flooding a space is not allowed.", "Flooding a space is against the rules."),
            (#"'actor.age < duration("24h")'"#, #""actor.age < duration('24h')""#),
            ("owner: someone", "owner: someone else"),
            ("cost: cheap", "cost: medium"),
        ])
    func same(old: String, new: String) throws {
        #expect(try version((old, new)) == version())
    }

    @Test(
        "a counter begins anew when what it looks at is another signal",
        arguments: [
            ("{ kind: contact }", "{ kind: contact, types: [telegram] }"), ("bank: known", "bank: other"),
            ("radius: 20", "radius: 21"),
        ])
    func counters(old: String, new: String) throws {
        func identity(_ text: String) throws -> String? {
            try PolicySet.load(files: [("p.yaml", text)]).keptCounters.first?.identity
        }
        let text = policy.replacing(
            "bad_link: {", with: "sent: { kind: contact }\n    near: { kind: pdq, bank: known, radius: 20 }\n    bad_link: {"
        )
        .replacing("where: 'actor", with: "where: 'sent.matched && near.matched && actor")
        #expect(text.contains(old))
        #expect(try identity(text) == identity(text.replacing("posters >= 7", with: "posters >= 8")))
        #expect(try identity(text) != identity(text.replacing(old, with: new)))
    }

    @Test(
        "what changes what the rule does changes it",
        arguments: [
            ("posters >= 7", "posters >= 8"), ("posters >= 7", "posters > 7"), ("id: w.flood", "id: w.flood2"),
            ("[message.posted, message.edited]", "[message.posted]"), ("hours: 24", "hours: 25"), ("max: 100", "max: 101"),
            ("unknown: hold", "unknown: skip"), ("at_most: 1%", "at_most: 2%"), ("precision: 0.9", "precision: 0.8"),
            ("expires: 2027-01-31", "expires: 2028-01-31"), ("entries: [bad.example]", "entries: [bad.example, worse.example]"),
            (#"["!lobby"]"#, #"["!hall"]"#), ("window: 10m", "window: 11m"), (#"duration("24h")"#, #"duration("48h")"#),
            ("distinct: actor.id", "distinct: space.id"), ("key: [links]", "key: [space.id]"),
            ("distinct: actor.id }", "distinct: actor.id, warming: count }"),
            // Another grouping is another expression, even with the same words.
            ("bad_link.matched && posters >= 7 && !(", "(bad_link.matched || posters >= 7) && !("),
        ])
    func different(old: String, new: String) throws {
        #expect(try version((old, new)) != version())
    }

    @Test("what stands in texts counts, blanks too")
    func texts() throws {
        let one = try version(("bad_link.matched &&", "bad_link.matched && text != 'a  b' &&"))
        #expect(try version(("bad_link.matched &&", "bad_link.matched && text != 'a b' &&")) != one)
        #expect(try version(("bad_link.matched &&", #"bad_link.matched && text != "a  b" &&"#)).utf8.count == 16)
    }

    @Test("is the same on every machine and day")
    func stable() throws {
        let version = try version()
        #expect(version == "c43a5b449a6326aa")
    }
}
