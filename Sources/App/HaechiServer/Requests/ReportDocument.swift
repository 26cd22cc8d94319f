// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// A report as the API takes it: about an event that Haechi was given, or with a copy of an item.
struct ReportDocument {
    static let longestReason = 10_000

    private(set) var id = ""
    private(set) var platform = PlatformID("api")
    private(set) var reason = ""
    private(set) var category = ""
    private(set) var at: Date?
    private(set) var reporter: ActorID?
    private(set) var event: EventID?
    private(set) var space: Space?
    private(set) var actor: Actor?
    private(set) var item: Item?
    private var seen: Set<String> = []

    static func read(_ document: inout DocumentReader) throws(JSONSyntaxError) -> ReportDocument? {
        var report = ReportDocument()
        let isObject = try document.object { (document, key) throws(JSONSyntaxError) in
            report.seen.insert(key)
            try report.member(key, &document)
        }
        guard isObject else { return nil }
        for field in ["id", "reason", "category"] where !report.seen.contains(field) {
            document.refuse("this field, which is required", field: field)
        }
        if report.seen.contains("event") == report.seen.contains("item") {
            document.refuse("either event (the id of an event) or item (a copy of what is reported)")
        }
        return report
    }

    private mutating func member(_ key: String, _ document: inout DocumentReader) throws(JSONSyntaxError) {
        let longestID = EventDocument.longestID
        switch key {
        case "id": id = try document.string(bytes: 1...longestID) ?? ""
        case "platform": platform = try EventDocument.platform(&document) ?? platform
        case "reason": reason = try document.string(bytes: 0...Self.longestReason) ?? ""
        case "category": category = try document.string(bytes: 1...100) ?? ""
        case "at": at = try document.string(RFC3339.expected, RFC3339.date)
        case "reporter": reporter = try document.string(bytes: 1...longestID).map { ActorID($0) }
        case "event": event = try document.string(bytes: 1...longestID).map { EventID($0) }
        case "space": space = try EventDocument.space(&document)
        case "actor": actor = try EventDocument.actor(&document)
        case "item": item = try ItemDocument.read(&document)
        default: try document.unknown(of: "id, platform, reason, category, at, reporter, event, space, actor, item")
        }
    }
}
