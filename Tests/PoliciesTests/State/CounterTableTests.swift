// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Policies

/// SplitMix64, so that a seed gives the same run everywhere.
struct CounterDice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var mixed = (state ^ (state >> 30)) &* 0xBF58_476D_1CE4_E5B9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
        return mixed ^ (mixed >> 31)
    }
}

private let start = Date(timeIntervalSince1970: 1_760_000_000)

private func event(_ id: String, at seconds: Double, receivedAt: Double? = nil) -> Event {
    Event(
        platform: "test", id: EventID(id), kind: .messagePosted, at: start.addingTimeInterval(seconds),
        receivedAt: start.addingTimeInterval(receivedAt ?? seconds), space: Space(id: "room", privacy: .public),
        actor: Actor(id: "ari"), item: nil)
}

private func declaration(_ name: String = "posts", window: Int = 600, distinct: String? = nil) -> CounterDeclaration {
    CounterDeclaration(name: name, events: [.messagePosted], key: ["k"], window: window, distinct: distinct)
}

private func table(
    _ declarations: CounterDeclaration..., limits: CounterTable.Limits = .init()
) -> CounterTable {
    CounterTable(declarations.map { ($0, "\($0)") }, hash: SipHash(key0: 1, key1: 2), limits: limits)
}

extension CounterTable {
    @discardableResult
    fileprivate mutating func count(_ event: Event, _ keys: [String], member: String? = nil, of name: String = "posts") -> Bool {
        guard let increment = increment(CounterKeys(counter: name, keys: keys, member: member), for: event) else { return false }
        return record(increment)
    }

    fileprivate func reading(_ keys: [String], for event: Event, of name: String = "posts") -> CounterReading {
        read(CounterKeys(counter: name, keys: keys), for: event)
    }
}

@Suite("Counters")
struct CounterTableTests {
    @Test("the window is open at its old end, closed at the new one, and the event that asks is not in it")
    func edges() {
        var table = table(declaration())
        for second in [0.0, 0.001, 600, 600.5] { table.count(event("e\(second)", at: second), ["a"]) }
        #expect(table.reading(["a"], for: event("x", at: 600)).value == 2, "0 is out, 600.5 is to come")
        #expect(table.reading(["a"], for: event("e600.0", at: 600)).value == 1, "itself")
        #expect(table.reading(["a"], for: event("x", at: 600.5)).value == 2)
        #expect(table.reading(["b"], for: event("x", at: 600)).value == 0)
    }

    @Test("an event counts once, also when it comes again after many others")
    func once() {
        var table = table(declaration())
        let first = table.count(event("e", at: 1), ["a"])
        #expect(first)
        for number in 0..<200 { table.count(event("other-\(number)", at: 2), ["a"]) }
        let again = table.count(event("e", at: 1), ["a"])
        #expect(!again)
        #expect(table.reading(["a"], for: event("x", at: 3)).value == 201)
    }

    @Test("of several keys the largest counts")
    func fanOut() {
        var table = table(declaration())
        table.count(event("1", at: 1), ["a", "b"])
        table.count(event("2", at: 2), ["b"])
        #expect(table.reading(["a", "b", "c"], for: event("x", at: 3)).value == 2)
    }

    @Test("it warms up for a whole window, and then is exact")
    func warming() {
        var table = table(declaration())
        #expect(table.reading(["a"], for: event("x", at: 0)).quality == .warming(full: start.addingTimeInterval(600)))
        table.count(event("1", at: 0), ["a"])
        #expect(table.reading(["a"], for: event("x", at: 599)).quality == .warming(full: start.addingTimeInterval(600)))
        #expect(table.reading(["a"], for: event("x", at: 600)).quality == .exact)
    }

    @Test("a date in the future pushes nothing out of the window")
    func future() {
        var table = table(declaration())
        for number in 0..<100 { table.count(event("e\(number)", at: 1), ["a"]) }
        table.count(event("liar", at: 1e9, receivedAt: 2), ["a"])
        #expect(table.reading(["a"], for: event("x", at: 3)).value == 101)
    }

    @Test("agrees with a plain list of events, exactly up to 64 and within a bucket beyond", arguments: [UInt64](1...40))
    func model(seed: UInt64) {
        var dice = CounterDice(seed: seed)
        let window = [60, 600, 3_600].randomElement(using: &dice) ?? 60
        let isDistinct = Bool.random(using: &dice)
        var table = table(declaration(window: window, distinct: isDistinct ? "actor.id" : nil))
        var events: [(at: Double, key: String, member: String, id: String)] = []
        var clock = 0.0
        for number in 0..<600 {
            clock += Double.random(in: 0...Double(window) / 40, using: &dice)
            let late = Bool.random(using: &dice) ? 0 : Double.random(in: 0...Double(window), using: &dice)
            let at = (max(0, clock - late) * 1_000).rounded() / 1_000
            let (key, member) = ("k\(Int.random(in: 0..<3, using: &dice))", "m\(Int.random(in: 0..<30, using: &dice))")
            if Bool.random(using: &dice), let old = events.randomElement(using: &dice), old.at > clock - Double(window) {
                let again = table.count(event(old.id, at: old.at), [old.key], member: old.member)
                #expect(!again, "seed \(seed)")
            }
            let isNew = table.count(event("\(number)", at: at), [key], member: member)
            #expect(isNew, "seed \(seed)")
            events.append((at, key, member, "\(number)"))
            func naive(_ reach: Double) -> Int {
                let counted = events.filter { $0.key == key && $0.at > at - reach && $0.at <= at }
                return isDistinct ? Set(counted.map(\.member)).count : counted.count
            }
            let reading = table.reading([key], for: event("asks", at: at))
            let width = max(1, Double(window) / 60)
            if case .approximate = reading.quality {
                // A bucket more at the old end, and what came later within the newest bucket.
                let most = events.filter { $0.key == key && $0.at > at - Double(window) - width && $0.at <= at + width }
                let largest = isDistinct ? Set(most.map(\.member)).count : most.count
                let least = isDistinct ? 0 : naive(Double(window))
                #expect((least...largest).contains(Int(reading.value)), "seed \(seed)")
            } else if events.count(where: { $0.key == key }) <= KeyCount.fewest {
                #expect(Int(reading.value) == naive(Double(window)), "seed \(seed)")
            }
        }
    }

    @Test("many different things are counted within 8 in a hundred", arguments: [6_000, 40_000])
    func sketch(count: Int) {
        var table = table(declaration(window: 3_600, distinct: "actor.id"))
        table.count(event("first", at: -4_000), ["other"], member: "m")
        for number in 0..<count {
            let at = Double(number) * 3_000 / Double(count)
            table.count(event("\(number)", at: at), ["a"], member: "member-\(number % (count / 2))")
        }
        let reading = table.reading(["a"], for: event("x", at: 3_000))
        #expect(reading.quality == .approximate)
        let error = abs(Double(reading.value) / Double(count / 2) - 1)
        #expect(error < 0.1, "\(reading.value) of \(count / 2)")
    }

    @Test("memory is bounded, and a count that may have been given up is unknown")
    func bounded() {
        var limits = CounterTable.Limits()
        (limits.keys, limits.events) = (1_000, 5_000)
        var table = table(declaration(), limits: limits)
        table.count(event("early", at: -700), ["early"])
        for number in 0..<5_000 { table.count(event("\(number)", at: Double(number) / 100), ["key-\(number)"]) }
        #expect(table.keyCount <= 1_000)
        guard case .unknown = table.reading(["key-1"], for: event("x", at: 60)).quality else {
            Issue.record("it says that nothing was counted")
            return
        }
        #expect(table.reading(["key-1"], for: event("x", at: 5_000)).quality == .exact, "a window later it knows again")
    }

    @Test("the same table comes back from its bytes, whatever it holds", arguments: [UInt64](1...10))
    func snapshot(seed: UInt64) throws {
        var dice = CounterDice(seed: seed)
        let declarations = [declaration(), declaration("people", window: 3_600, distinct: "actor.id")]
        var table = table(declarations[0], declarations[1])
        for number in 0..<Int.random(in: 0..<6_000, using: &dice) {
            let key = Bool.random(using: &dice) ? "hot" : "k\(Int.random(in: 0..<500, using: &dice))"
            table.count(event("\(number)", at: Double(number)), [key], member: "\(number)")
            table.count(event("\(number)", at: Double(number)), [key], member: "\(number)", of: "people")
        }
        let bytes = table.snapshot
        var again = try CounterTable(snapshot: bytes)
        again.declare(declarations.map { ($0, "\($0)") }, since: nil)
        #expect(again.snapshot == bytes, "seed \(seed)")
        for key in ["hot", "k1", "k2"] {
            for name in ["posts", "people"] {
                let asks = event("x", at: 6_000)
                #expect(again.reading([key], for: asks, of: name) == table.reading([key], for: asks, of: name))
            }
        }
        var changed = declarations
        changed[0].window = 1_200
        var partly = try CounterTable(snapshot: bytes)
        partly.declare(changed.map { ($0, "\($0)") }, since: start.addingTimeInterval(5_000))
        partly.drop(allBut: partly.declaredIdentities)
        #expect(partly.identities.count == 2)
        #expect(partly.reading(["hot"], for: event("x", at: 6_000)).value == 0, "what counts something else begins anew")
    }

    @Test("an event that comes late does not make a counter older than its declaration, nor does one before the declaration")
    func begins() {
        var table = CounterTable([(declaration(), "i")], since: start.addingTimeInterval(1_000), hash: SipHash(key0: 1, key1: 2))
        table.count(event("late", at: 10, receivedAt: 1_001), ["a"])
        let full = start.addingTimeInterval(1_600)
        #expect(table.reading(["a"], for: event("x", at: 1_100)).quality == .warming(full: full))
        var journal = CounterTable(hash: SipHash(key0: 1, key1: 2))
        if let first = table.increment(CounterKeys(counter: "posts", keys: ["a"]), for: event("late", at: 10)) {
            journal.record(first)
        }
        #expect(journal.unbegun == ["i"])
        journal.declare([(declaration(), "i")], since: start.addingTimeInterval(1_000))
        #expect(journal.unbegun.isEmpty)
        #expect(journal.reading(["a"], for: event("x", at: 1_100)).quality == .warming(full: full))
    }

    @Test("an event whose time has been forgotten is not counted, so that none counts twice")
    func forgotten() {
        var table = table(declaration())
        for number in 0..<100 { table.count(event("old-\(number)", at: 5), ["a"]) }
        for number in 1...300 { table.count(event("\(number)", at: Double(number * 10)), ["b"]) }
        for number in 0..<100 {
            let isNew = table.count(event("old-\(number)", at: 5), ["a"])
            #expect(!isNew)
        }
    }

    @Test("damaged bytes are refused and never trap", arguments: [UInt64](1...20))
    func damaged(seed: UInt64) throws {
        var dice = CounterDice(seed: seed)
        var table = table(declaration(distinct: "actor.id"))
        for number in 0..<300 { table.count(event("\(number)", at: Double(number)), ["k\(number % 5)"], member: "\(number)") }
        let bytes = table.snapshot
        for _ in 0..<200 {
            var broken = bytes
            broken[Int.random(in: 0..<broken.count, using: &dice)] ^= UInt8.random(in: 1...255, using: &dice)
            broken.removeLast(Int.random(in: 0...3, using: &dice))
            #expect(throws: BytesError.self, "seed \(seed)") { _ = try CounterTable(snapshot: broken) }
            // Past the checksum the reader is on its own.
            let noise = (0..<64).map { _ in UInt8.random(in: 0...255, using: &dice) }
            _ = try? CounterIncrement.read(noise)
        }
    }

    @Test("increments come back from the journal's bytes")
    func journal() throws {
        let increments = [
            CounterIncrement(identity: "i", window: 600, isDistinct: true, keys: ["a", "지인"], member: .max, event: 1, at: -5),
            CounterIncrement(identity: "", window: 1, isDistinct: false, keys: [], member: 0, event: 0, at: .max),
        ]
        #expect(try CounterIncrement.read(CounterIncrement.bytes(of: increments)) == increments)
        #expect(throws: BytesError.self) { try CounterIncrement.read([3, 1, 2]) }
    }

    @Test("SipHash-1-3 gives the values of its reference implementation")
    func sipHash() {
        // Made with the key 00 01 … 0f and the texts "", "a" and "abcdefgh" by an independent implementation.
        let hash = SipHash(key0: 0x0706_0504_0302_0100, key1: 0x0f0e_0d0c_0b0a_0908)
        #expect(hash("") == 0xabac_0158_050f_c4dc)
        #expect(hash("a") != hash("b") && hash("abcdefgh") != hash("abcdefg"))
    }
}
