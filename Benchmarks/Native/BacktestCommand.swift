// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Moderation
import Policies
import Signals

/// Judging recorded events again: how many events a second one core replays, and whether the outcome is the same twice.
struct BacktestCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "backtest",
        abstract: "Replay made-up events against policies and print events a second of processor time, and the outcome's hash.")

    @Option(help: "How many events.") var events = 1_000_000

    @Option(help: "The same seed makes the same events.") var seed: UInt64 = 1

    @Option(help: "Policy files or folders; without this, rules are made up.") var policies: [String] = []

    @Option(help: "How many rules are made up; two in five of them read counters.") var rules = 50

    @Option(help: "Only these rules, as `haechi policy backtest RULE` does.") var only: [String] = []

    @Flag(help: "Replay twice, and fail when the outcomes differ.") var twice = false

    @Flag(help: "Print the outcome as people read it.") var text = false

    @Flag(help: "Print JSON.") var json = false

    func run() throws {
        let set = try policies.isEmpty ? BacktestWorld.policies(rules) : load()
        let first = try replay(set)
        if twice {
            let second = try replay(set)
            guard first.outcome.json == second.outcome.json else {
                throw ValidationError("the outcome differs: \(first.outcome.hash), then \(second.outcome.hash)")
            }
        }
        if text { print(first.outcome.text) }
        let count = Double(events)
        report(
            [
                ("rules", first.outcome.rules.count), ("events", first.outcome.events),
                ("bytes of a recorded event", Int(Double(first.bytes) / count)),
                ("writing an event, µs", Self.rounded(first.writing / count * 1e6)),
                ("reading an event, µs", Self.rounded(first.reading / count * 1e6)),
                ("judging an event, µs", Self.rounded((first.both - first.reading) / count * 1e6)),
                ("events a second, read and judged", Int(count / first.both)),
                ("times that a rule fired", first.outcome.rules.reduce(0) { $0 + $1.fired }),
                ("times that a rule could not tell", first.outcome.rules.reduce(0) { $0 + $1.unknown }),
                ("hash", first.outcome.hash), ("the same twice", twice),
            ], json: json)
    }

    private struct Run {
        var outcome: BacktestOutcome
        var bytes = 0
        var writing = 0.0
        var reading = 0.0
        /// Reading and judging.
        var both = 0.0
    }

    private func replay(_ set: PolicySet) throws -> Run {
        let only = only.isEmpty ? nil : Set(only)
        let live = set.asIfLive(only: only)
        let lists = Dictionary(live.lists.map { ($0.name, $0.entries) }, uniquingKeysWith: { $1 })
        var looking: [any Detector] = [try TextDetector(live.signals, lists: lists)]
        if live.readsLinks || live.signals.contains(where: { $0.kind == .link }) {
            looking.append(try LinkDetector(live.signals, lists: lists))
        }
        let detectors = Detectors(looking)
        var backtest = Backtest(Backtest.Side(set) { detectors.detect(in: $0, media: []) }, only: only)
        var world = BacktestWorld(seed: seed, declared: set.signals)
        var run = Run(outcome: backtest.finish())
        var left = events
        // In batches, so that making events up is not measured and they need no memory.
        while left > 0 {
            let batch = (0..<min(left, 10_000)).map { _ in world.next() }
            left -= batch.count
            let judged = batch.map(\.judged)
            var start = threadSeconds()
            let kept = batch.map(\.event.bytes)
            run.writing += threadSeconds() - start
            run.bytes += kept.reduce(0) { $0 + $1.count }
            start = threadSeconds()
            for bytes in kept { _ = try RecordedEvent(bytes: bytes) }
            run.reading += threadSeconds() - start
            // As `haechi policy backtest` does: each event is read, judged and let go.
            start = threadSeconds()
            for place in kept.indices { backtest.take(try RecordedEvent(bytes: kept[place]), judged: judged[place]) }
            run.both += threadSeconds() - start
        }
        let start = threadSeconds()
        run.outcome = backtest.finish()
        run.both += threadSeconds() - start
        return run
    }

    private func load() throws -> PolicySet {
        let files = policies.flatMap { path -> [String] in
            guard let names = FileManager.default.enumerator(atPath: path) else { return [path] }
            let found = names.compactMap { $0 as? String }.filter { $0.hasSuffix(".yaml") }.sorted()
            return found.isEmpty ? [path] : found.map { "\(path)/\($0)" }
        }
        return try PolicySet.load(
            files: try files.map { ($0, try String(contentsOfFile: $0, encoding: .utf8)) },
            readList: { try? String(contentsOfFile: $0, encoding: .utf8) })
    }

    private static func rounded(_ value: Double) -> Double { (value * 100).rounded() / 100 }
}

/// Harmless events in the mix that communities have: many short texts, some links, some pictures, a few very busy accounts, some
/// accounts of today.
struct BacktestWorld {
    private var random: Dice
    private let declared: [SignalDeclaration]
    private var number = 0
    private var at = Date(timeIntervalSince1970: 1_767_225_600)

    private static let actors = 50_000
    private static let words = """
        good morning everyone the garden meeting is at noon bring something to eat who has seen my blue bicycle today it rains \
        again 안녕하세요 오늘 모임은 정오에 있어요 사진 정말 예쁘네요 고마워요 내일 만나요 점심 뭐 먹을까요 the train was late but we \
        arrived in time for the concert and the music was lovely see you next week with the books you lent me
        """.split(separator: " ").map(String.init)
    private static let hosts = ["news.example", "photos.example.org", "garden.example.net", "shop.example.com", "spam.example"]

    private struct Dice: RandomNumberGenerator {
        var state: UInt64

        /// SplitMix64.
        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
            return mixed ^ (mixed >> 31)
        }

        mutating func one(in count: Int) -> Bool { next() % UInt64(count) == 0 }
        mutating func below(_ count: Int) -> Int { Int(next() % UInt64(count)) }
        mutating func share() -> Double { Double(next() >> 11) / 0x1p53 }
    }

    init(seed: UInt64, declared: [SignalDeclaration]) {
        random = Dice(state: seed)
        self.declared = declared.filter { $0.kind == .sha256 || $0.kind == .pdq }
    }

    mutating func next() -> (event: RecordedEvent, judged: Judgement?) {
        number += 1
        at += 0.6 * random.share() * 2
        // About as 1/rank: the busiest account writes a tenth of everything.
        let rank = Int(pow(Double(Self.actors), random.share())) - 1
        // One account in fifty is of today.
        let age = rank % 50 == 7 ? Double(rank % 24) * 3_600 : 86_400 * Double(30 + rank % 900)
        let kind: EventKind = random.one(in: 100) ? .spacePictureChanged : random.one(in: 20) ? .messageEdited : .messagePosted
        let media = kind == .spacePictureChanged || random.one(in: 12) ? [picture()] : []
        let event = Event(
            platform: "matrix", id: EventID("$event-\(number)-of-the-replay"), kind: kind, at: at,
            receivedAt: at.addingTimeInterval(0.2),
            space: Space(id: SpaceID("!space-\(random.below(400)):example.org"), privacy: .public),
            actor: Actor(id: ActorID("@actor-\(rank):example.org"), createdAt: at.addingTimeInterval(-age)),
            item: Item(id: ItemID("$item-\(number)"), text: kind == .spacePictureChanged ? nil : words(), media: media))
        guard let open = PublicEvent(event, whileSpaceIs: .public) else { preconditionFailure("the space is public") }
        let signals = media.isEmpty ? [] : declared.map { signal($0, media[0].id) }
        let judged: Judgement? = random.one(in: 200) ? (random.one(in: 3) ? .violation : .noViolation) : nil
        return (RecordedEvent(open, signals: signals), judged)
    }

    private mutating func words() -> String {
        var text = (0..<(3 + random.below(18))).map { _ in Self.words[random.below(Self.words.count)] }.joined(separator: " ")
        if random.one(in: 12) { text += " https://\(Self.hosts[random.below(Self.hosts.count)])/page/\(random.below(300))" }
        if random.one(in: 5_000) { text += " https://spam.example/offer" }
        return text
    }

    private mutating func picture() -> Media {
        let hash = (0..<4).map { _ in String(random.next() | 1 << 63, radix: 16) }.joined()
        return Media(id: MediaID("mxc://example.org/\(number)"), type: "image/png", sha256: hash)
    }

    private mutating func signal(_ declaration: SignalDeclaration, _ media: MediaID) -> Signal {
        let isFound = random.one(in: 2_000)
        let match = Match(
            bank: declaration.bank, trust: random.one(in: 2) ? .verified : .claimed, distance: random.below(32), entry: "fp-1",
            media: media)
        return Signal(
            name: declaration.name, kind: declaration.kind, state: isFound ? .matched([match]) : .absent, version: "banks@1")
    }

    /// Rules of the shapes that real ones have: a third look for words, a quarter at links and signals, two fifths at counters.
    static func policies(_ count: Int) throws -> PolicySet {
        var lines = ["policy: bench", "owner: bench", "clauses:", "  c.1: { en: \"A clause.\" }", "state:"]
        lines += ["  labels: { trusted: { on: actor } }", "  lists:"]
        lines.append("    offers: { kind: text, entries: [\"free prize\", \"cheap offer of the day\", \"공짜 상품\"] }")
        lines.append("  signals:")
        for number in 0..<2 { lines.append("    copy_\(number): { kind: pdq, bank: bank-\(number) }") }
        lines.append("    offer: { kind: text, list: offers }")
        lines.append("  counters:")
        for number in 0..<4 {
            let window = "window: \(5 * (number + 1))m"
            lines += [
                "    posts_\(number): { events: [message.posted], key: [actor.id], \(window) }",
                "    links_\(number): { events: [message.posted], where: size(links) > 0, key: [links], \(window), distinct: actor.id }",
                "    fresh_\(number): { events: [message.posted], where: 'actor.age < duration(\"24h\")', key: [space.id], \(window) }",
            ]
        }
        lines.append("rules:")
        for number in 0..<count {
            let kinds = number % 3 == 0 ? "message.posted" : "message.posted, message.edited"
            lines += [
                "  - id: r.\(number)", "    stage: shadow", "    events: [\(kinds)]", "    when: |", "      \(condition(number))",
                "    then: [ \(number % 5 == 1 ? "{ preserve: {} }, { remove: { clause: c.1 } }, " : ""){ review: { clause: c.1 } } ]",
                "    unknown: skip",
            ]
        }
        return try PolicySet.load(files: [("bench.yaml", lines.joined(separator: "\n"))])
    }

    private static func condition(_ number: Int) -> String {
        let copy = "copy_\(number % 2)"
        let counter = "\(["posts", "links", "fresh"][number / 5 % 3])_\(number / 15 % 4)"
        return switch number % 5 {
        case 0: "text.contains(\"offer \(number)\") || text.contains(\"prize \(number)\")"
        case 1: "\(copy).matched && \(copy).trust == \"verified\" && \(copy).distance <= \(number % 31)"
        case 2: "(offer.matched || links.exists(l, l == \"https://spam.example/offer\")) && !(\"trusted\" in actor.labels)"
        case 3: "actor.age < duration(\"24h\") && \(counter) >= \(10 + number % 40)"
        default: "size(links) > 0 && \(counter) >= \(30 + number % 20)"
        }
    }
}
