// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline

/// Harmless things to look at in the console.
enum ConsoleSamples {
    static let clauses = ClauseCatalogue(entries: [
        .init(
            id: "ncii.2", policy: "ncii.synthetic",
            texts: ["en": "Intimate images made or shared without consent", "ko": "동의 없이 만들거나 퍼뜨린 사적 이미지"]),
        .init(
            id: "soliciting.1", policy: "solicitation",
            texts: ["en": "Asking for such images or offering them", "ko": "그러한 이미지를 요구하거나 제공하는 행위"]),
    ])

    /// A picture of one pixel.
    static let png: [UInt8] = [
        0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a, 0, 0, 0, 0x0d, 0x49, 0x48, 0x44, 0x52, 0, 0, 0, 1, 0, 0, 0, 1, 8, 6, 0, 0,
        0,
        0x1f, 0x15, 0xc4, 0x89, 0, 0, 0, 0x0d, 0x49, 0x44, 0x41, 0x54, 0x78, 0x9c, 0x63, 0xf8, 0xcf, 0xc0, 0xf0, 0x1f, 0, 5, 0, 1,
        0xff, 0x56, 0xc7, 0x2f, 0x0d, 0, 0, 0, 0, 0x49, 0x45, 0x4e, 0x44, 0xae, 0x42, 0x60, 0x82,
    ]

    /// A reported case with the item's words and one picture.
    static func reported(
        _ id: String, at time: Date, priority: Int = 50, text: String = "test solicitation phrase",
        words: String = "This looks wrong to me.", picture: ViewedEvidence = ViewedEvidence(type: "image/png", bytes: png),
        space: String = "!plaza:example.org", decisions: [Decision] = [], privacy: PrivacyClass = .public
    ) throws -> (CaseFile, [EvidenceID: ViewedEvidence]) {
        let item = Item(
            id: ItemID("$item-\(id)"), text: text, media: [Media(id: MediaID("mxc://example.org/\(id)"), type: picture.type)])
        let target = Target(
            platform: "matrix", space: SpaceID(space), item: item.id, actor: "@someone:example.org", media: item.media)
        let json = Array(try JSONEncoder().encode(item))
        let (itemID, mediaID) = (EvidenceID("e-\(id)-item"), EvidenceID("e-\(id)-media"))
        let file = CaseFile(
            case: Case(
                id: CaseID(id), target: target, openedAt: time, priority: priority,
                reason: "reported by a member of the room", privacy: privacy),
            workItem: WorkItem(id: WorkItemID("w-\(id)"), caseID: CaseID(id)),
            reports: [
                Report(
                    id: ReportID("r-\(id)"), platform: "matrix", externalID: "x-\(id)", target: target,
                    reporter: "@hana:example.org",
                    text: words, category: "intimate-imagery", at: time, privacy: privacy)
            ],
            evidence: [
                EvidenceReference(
                    id: itemID, role: .item, type: "application/json", sha256: String(repeating: "a1", count: 32),
                    size: json.count),
                EvidenceReference(
                    id: mediaID, role: .media, media: MediaID("mxc://example.org/\(id)"), type: picture.type,
                    sha256: String(repeating: "b2", count: 32), size: picture.bytes.count),
            ], decisions: decisions, actions: [])
        return (file, [itemID: ViewedEvidence(type: "application/json", bytes: json), mediaID: picture])
    }

    /// The decision of a rule that sent an item to review.
    static func review(_ id: String, at time: Date, steps: [(String, String)] = []) -> Decision {
        let rule = RuleReference(policy: "solicitation", id: "solicitation.phrase", version: "9f2c4b7d10aa")
        let shown =
            steps.isEmpty
            ? [("phrases.matched", "true"), ("event.space.class == \"public\"", "true"), ("size(links.matches)", "0")] : steps
        return Decision(
            id: DecisionID(id), at: time, by: .rules([rule]), verdict: .review,
            target: Target(platform: "matrix", item: "$item-1"), clause: "soliciting.1", reason: "",
            explanations: [
                Explanation(
                    rule: rule, condition: "phrases.matched && event.space.class == \"public\"", result: "true",
                    steps: shown.map { Explanation.Step(expression: $0.0, value: $0.1) },
                    signals: [
                        Signal(
                            name: "phrases", kind: .text,
                            state: .matched([Match(bank: "solicitation-phrases", trust: .verified, entry: "phrase-1")]),
                            version: "3", microseconds: 42),
                        Signal(
                            name: "media_match", kind: .pdq,
                            state: .matched([
                                Match(
                                    bank: "ncii-claimed", trust: .claimed, distance: 12, entry: String(repeating: "f0", count: 32)
                                )
                            ]), version: "17", microseconds: 180),
                        Signal(name: "links", kind: .link, state: .unknown("the list is still loading"), version: "-"),
                    ])
            ], effects: [Effect(.review)])
    }

    static func status(
        _ sequence: Int64, _ state: EventState, at time: Date, id: String? = nil, decision: DecisionID? = nil, note: String = ""
    ) -> EventStatus {
        EventStatus(
            sequence: sequence, platform: "matrix", id: EventID(id ?? "$event\(sequence)_kZ0vJ8sQ2Yw"), kind: .messagePosted,
            space: "!plaza:example.org", actor: "@someone:example.org", at: time, receivedAt: time, state: state, attempts: 0,
            concludedAt: state == .queued ? nil : time, note: note, decision: decision)
    }
}
