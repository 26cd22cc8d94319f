// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL

/// The event and the conditions that the benchmark of conditions runs on; `cel.py` has the same for the peers.
struct SampleEvent {
    static let conditions: [(name: String, source: String, holds: Bool)] = [
        (
            "e1",
            """
            event.room.visibility == "public" && (event.signals.nsfw.score > 0.85 || event.hash.matches.exists(m, \
            m.bank == "ncii" && m.distance <= 31)) && !(event.author.labels.exists(l, l == "trusted"))
            """, true
        ),
        ("e2", #"event.type == "message" && event.author.account_age_s < 86400 && event.stats.msgs_1m >= 20"#, true),
        (
            "e3",
            #"event.text.contains("free nitro") || event.text.contains("steam gift") || event.text.contains("claim your prize")"#,
            false
        ),
        ("e4", #"event.text.matches("(?i)(discord\\.gift|dlscord|steamcommunlty)\\.[a-z]{2,6}/[a-z0-9]+")"#, false),
        (
            "e5",
            """
            event.author.roles.exists(r, r in ["admin", "moderator", "staff"]) || event.urls.all(u, u.domain in ["example.com", \
            "example.org", "github.com"])
            """, false
        ),
        (
            "e6",
            """
            has(event.signals.spam) && event.signals.spam.score * 0.6 + double(event.stats.msgs_1m) / 60.0 * 0.4 > 0.4 && \
            event.created_at - event.author.joined_at < duration("10m") && size(event.text) > 0
            """, true
        ),
    ]

    static let declarations: Declarations = {
        var declarations: Declarations = [:]
        declarations.declare("room", ["visibility": .string])
        declarations.declare("signal", ["score": .double])
        declarations.declare("signals", ["nsfw": .message("signal"), "spam": .message("signal")])
        declarations.declare("match", ["bank": .string, "distance": .int])
        declarations.declare("hash", ["matches": .list(.message("match"))])
        declarations.declare(
            "author", ["labels": .list(.string), "roles": .list(.string), "account_age_s": .int, "joined_at": .timestamp])
        declarations.declare("stats", ["msgs_1m": .int])
        declarations.declare("url", ["domain": .string])
        declarations.record(
            "event",
            [
                "type": .string, "room": .message("room"), "signals": .message("signals"), "hash": .message("hash"),
                "author": .message("author"), "stats": .message("stats"), "text": .string, "urls": .list(.message("url")),
                "created_at": .timestamp,
            ])
        return declarations
    }()

    private static let labels = ["new", "returning"]
    private static let roles = ["member", "verified"]
    private static let matches: [(bank: String, distance: Int64)] = [("gore", 12), ("ncii", 77), ("ncii", 14)]
    private static let domains = ["github.com", "example.org", "example.net"]

    var type = "message"
    var text =
        "hey all, the meeting notes from yesterday are on github now, please have a look at section four before we talk "
        + "on friday; i also fixed the two broken links"

    /// The inputs that events give, each with how it is put into a frame.
    private static let writers: [String: @Sendable (SampleEvent, Frame, FrameLayout.Slot) -> Void] = [
        "event.type": { $1.set($2, .string($0.type)) },
        "event.room.visibility": { $1.set($2, .string("public")) },
        "event.signals.nsfw.score": { $1.set($2, .double(0.12)) },
        "event.signals.spam": { $1.setPresent($2) },
        "event.signals.spam.score": { $1.set($2, .double(0.31)) },
        "event.hash.matches": { fillMatches($1, $2) },
        "event.author.labels": { $1.set($2, texts: labels) },
        "event.author.roles": { $1.set($2, texts: roles) },
        "event.author.account_age_s": { $1.set($2, .int(3_600)) },
        "event.author.joined_at": { $1.set($2, time(1_750_000_000)) },
        "event.stats.msgs_1m": { $1.set($2, .int(42)) },
        "event.text": { $1.set($2, .string($0.text)) },
        "event.urls": { fillDomains($1, $2) },
        "event.created_at": { $1.set($2, time(1_750_000_330)) },
    ]

    /// What a worker does for each event: chosen once for the inputs that some condition reads.
    struct Filler {
        private let writers: [(slot: FrameLayout.Slot, write: @Sendable (SampleEvent, Frame, FrameLayout.Slot) -> Void)]

        init(_ layout: FrameLayout) {
            writers = layout.slots.compactMap { slot in SampleEvent.writers[slot.path].map { (slot, $0) } }
        }

        func fill(_ frame: Frame, _ event: SampleEvent) {
            frame.reset()
            for writer in writers { writer.write(event, frame, writer.slot) }
        }
    }

    private static func time(_ seconds: Int64) -> FrameValue { Timestamp(seconds: seconds).map { .timestamp($0) } ?? .absent }

    private static func fillMatches(_ frame: Frame, _ slot: FrameLayout.Slot) {
        guard let bank = frame.layout.field("bank", of: slot), let distance = frame.layout.field("distance", of: slot),
            let list = frame.makeList(slot, count: matches.count)
        else { return }
        for (index, match) in matches.enumerated() {
            list.set(index, bank, .string(match.bank))
            list.set(index, distance, .int(match.distance))
        }
    }

    private static func fillDomains(_ frame: Frame, _ slot: FrameLayout.Slot) {
        guard let field = frame.layout.field("domain", of: slot), let list = frame.makeList(slot, count: domains.count) else {
            return
        }
        for (index, domain) in domains.enumerated() { list.set(index, field, .string(domain)) }
    }
}

/// Rules as large communities have them: a third looks for texts, a third for known media, a third for new people who are busy.
struct RuleSample {
    let sources: [String]
    /// No rule fires.
    var quiet = SampleEvent()
    /// One rule in a hundred fires.
    var matching = SampleEvent()

    private static let types = ["message", "edit", "reaction", "join", "profile", "media", "topic", "invite"]
    private static let words = [
        "market", "silver", "garden", "window", "planet", "coffee", "signal", "winter", "bridge", "castle", "doctor", "engine",
        "forest", "guitar", "hammer", "island", "jacket", "kitten", "ladder", "mirror", "needle", "office", "pepper", "rocket",
        "saddle", "ticket", "valley", "wallet", "yellow", "zipper", "button", "candle", "dragon", "flower", "letter", "monkey",
    ]

    init(count: Int) {
        var numbers = HashSets.Numbers(1)
        func pick(_ texts: [String]) -> String { texts[Int(numbers.next() % UInt64(texts.count))] }
        func below(_ limit: UInt64) -> UInt64 { numbers.next() % limit }
        sources = (0..<count).map { number in
            // One rule in a hundred looks for what the matching event says.
            if number % 100 == 99 {
                return """
                    event.type == "message" && (event.text.contains("limited offer") || \
                    event.text.contains("\(pick(Self.words)) number \(number)"))
                    """
            }
            let type = pick(Self.types)
            switch number % 3 {
            case 0:
                let parts = (0..<3).map { _ in
                    "event.text.contains(\"\(pick(Self.words)) \(pick(Self.words)) \(below(90) + 10)\")"
                }
                return "event.type == \"\(type)\" && (\(parts.joined(separator: " || ")))"
            case 1:
                return """
                    event.type == "\(type)" && event.room.visibility == "public" && \
                    (event.signals.nsfw.score > 0.\(below(40) + 50) || event.hash.matches.exists(m, \
                    m.bank == "bank\(below(40))" && m.distance <= \(below(30) + 5))) && \
                    !(event.author.labels.exists(l, l == "trusted"))
                    """
            default:
                return """
                    event.type == "\(type)" && event.author.account_age_s < \(below(80_000) + 4_000) && \
                    event.stats.msgs_1m >= \(below(200) + 43)
                    """
            }
        }
        matching.text += " limited offer"
    }
}
