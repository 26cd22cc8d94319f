// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Policies

@Suite("A recorded event")
struct RecordedEventTests {
    @Test("comes back from its bytes as it was", arguments: 0..<4)
    func roundTrip(round: UInt64) throws {
        var random = SeededGenerator(seed: 0xEC0 + round)
        for number in 0..<200 {
            let recorded = try RandomRecords.record(number, &random)
            let again = try RecordedEvent(bytes: recorded.bytes)
            #expect(again == recorded, "seed \(round), event \(number)")
            #expect(again.bytes == recorded.bytes, "seed \(round), event \(number)")
        }
    }

    @Test("keeps what rules had and said, but neither addresses, what can be noticed again, nor rules that did not fire")
    func kept() throws {
        let now = Date(timeIntervalSince1970: 1_767_225_600.123_456)
        let media = Media(id: "m", type: "image/png", url: "mxc://example.org/m", sha256: "ab")
        let inside = Event(
            platform: "test", id: "e", kind: .messageEdited, at: now, receivedAt: now.addingTimeInterval(2),
            space: Space(id: "s", privacy: .public), actor: Actor(id: "a", createdAt: now.addingTimeInterval(-5)),
            item: Item(id: "i", text: "hello", media: [media], replaces: "old"))
        let event = try #require(PublicEvent(inside, whileSpaceIs: .public))
        func label(_ name: String, _ subject: LabelSubject, ends: Double?) -> Label {
            Label(
                name: name, subject: subject, by: .person("hana"), reason: "known", at: now.addingTimeInterval(-60),
                expiresAt: ends.map { now.addingTimeInterval($0) })
        }
        let state = StateReadings(
            actorLabels: [label("trusted", .actor("test", "a"), ends: nil), label("gone", .actor("test", "a"), ends: -1)],
            spaceLabels: [label("busy", .space("test", "s"), ends: 60)])
        let set = try PolicySet.load(files: [("p.yaml", sample())])
        let hit = Signal(name: "copy", kind: .pdq, state: verified, version: "7", microseconds: 12)
        let links = Signal(name: "links", kind: .link, state: .absent, version: "list")
        let read = Signal(name: "read", kind: .contact, state: .absent, version: "1")
        let written = Signal(name: "written", kind: .contact, state: .absent, version: "1")
        let declared = [
            SignalDeclaration(name: "read", kind: .contact, bank: "", source: .pictures),
            SignalDeclaration(name: "written", kind: .contact, bank: ""),
        ]
        var findings = set.explain(
            try #require(PublicEvent(with(inside, kind: .messagePosted), whileSpaceIs: .public)), given: [hit], state: state)
        try #require(findings.count == 1)
        findings.append(findings[0])
        findings[1].result = .notFired
        let recorded = RecordedEvent(
            event, signals: [links, hit, read, written], declared: declared, state: state, findings: findings)

        #expect(recorded.event.item?.media == [Media(id: "m", type: "image/png", sha256: "ab")])
        #expect(recorded.event.item?.replaces == "old")
        #expect(recorded.event.at == Date(timeIntervalSince1970: 1_767_225_600.123))
        // What is written in pictures cannot be read again without them.
        #expect(recorded.signals == [Signal(name: "copy", kind: .pdq, state: verified, version: "7"), read])
        #expect(recorded.actorLabels == ["trusted"])
        #expect(recorded.spaceLabels == ["busy"])
        #expect(recorded.findings.map(\.key) == [RuleKey(set.rules[0].reference)])
        #expect(recorded.findings.first?.effects == [.preserve, .remove, .notify])
        #expect(try RecordedEvent(bytes: recorded.bytes) == recorded)
    }

    @Test("says that a person had to decide where no verified hash supports what is destructive")
    func authority() throws {
        let set = try PolicySet.load(files: [("p.yaml", sample(when: "copy.matched"))])
        let event = try #require(makeEvent())
        let claimed = copy(.matched([Match(bank: "confirmed", trust: .claimed, distance: 0, entry: "f")]))
        let findings = set.decide(event, given: [claimed])
        let recorded = RecordedEvent(event, signals: [claimed], declared: [], state: .none, findings: findings)
        #expect(recorded.findings.first?.effects == [.preserve, .review])
    }

    @Test("keeps no message of an error, which may quote what it could not read")
    func errors() throws {
        let set = try PolicySet.load(files: [("p.yaml", sample(when: "int(text) > 3"))])
        let event = try #require(makeEvent(text: "words of a person"))
        let recorded = RecordedEvent(event, signals: [], declared: [], state: .none, findings: set.decide(event, given: []))
        #expect(recorded.findings.map(\.result) == [.unknown("the condition failed")])
    }

    @Test("hostile bytes give an error or an event, and never more", arguments: 0..<4)
    func hostile(round: UInt64) throws {
        var random = SeededGenerator(seed: 0xBAD + round)
        for number in 0..<60 {
            let bytes = try RandomRecords.record(number, &random).bytes
            for _ in 0..<20 {
                var broken = bytes
                switch Int.random(in: 0..<4, using: &random) {
                case 0: broken.removeLast(Int.random(in: 1...broken.count, using: &random))
                case 1: broken[Int.random(in: broken.indices, using: &random)] = UInt8.random(in: 0...255, using: &random)
                case 2:
                    broken.insert(
                        UInt8.random(in: 128...255, using: &random), at: Int.random(in: 0...broken.count, using: &random))
                default:
                    broken = (0..<Int.random(in: 0...40, using: &random)).map { _ in UInt8.random(in: 0...255, using: &random) }
                }
                // What is read can be written and read again.
                guard let read = try? RecordedEvent(bytes: broken) else { continue }
                #expect(try RecordedEvent(bytes: read.bytes) == read, "seed \(round), \(broken)")
            }
        }
    }

    @Test("of a space that is not public is refused, and so is another version")
    func refused() throws {
        let event = try #require(makeEvent())
        var bytes = RecordedEvent(event).bytes
        bytes[3] = 1
        #expect(throws: BytesError(description: "the event is not public")) { try RecordedEvent(bytes: bytes) }
        bytes[0] = 9
        #expect(throws: BytesError(description: "the event is of version 9; expected 1")) { try RecordedEvent(bytes: bytes) }
        #expect(throws: BytesError.self) { try RecordedEvent(bytes: []) }
    }
}

func with(_ event: Event, kind: EventKind) -> Event {
    var event = event
    event.kind = kind
    return event
}

/// Recorded events of all shapes.
enum RandomRecords {
    static func record(_ number: Int, _ random: inout SeededGenerator) throws -> RecordedEvent {
        var (event, signals, _) = RandomRules.event(number, &random)
        event.receivedAt = event.at.addingTimeInterval(Double(Int.random(in: -100...90_000, using: &random)) / 1_000)
        event.kind = EventKind.allCases.randomElement(using: &random) ?? .messagePosted
        if Bool.random(using: &random) { event.item?.replaces = "한국어" }
        let rules = ["r.1", "r.2"].filter { _ in Bool.random(using: &random) }
        let findings = rules.map { rule in
            RecordedEvent.Finding(
                key: RuleKey(rule: rule, version: "1f"), stage: RuleFinding.Stage.allCases.randomElement(using: &random) ?? .live,
                result: Bool.random(using: &random) ? .fired : .unknown("no '\(number)'"),
                effects: EffectKind.allCases.filter { _ in Int.random(in: 0..<6, using: &random) == 0 },
                isRestrained: Bool.random(using: &random))
        }
        let open = try #require(PublicEvent(event, whileSpaceIs: .public))
        return RecordedEvent(
            open, signals: signals, actorLabels: Bool.random(using: &random) ? ["trusted", ""] : [], spaceLabels: ["busy"],
            findings: findings)
    }
}
