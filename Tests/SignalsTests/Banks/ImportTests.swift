// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import SignalsTesting
import Testing

@Suite("Deliveries that wait for a person")
struct ImportTests {
    private func small() -> BankService.Options {
        var options = BankService.Options()
        (options.bulkLimit, options.floodFloor) = (10, 5)
        return options
    }

    private func records(_ numbers: Range<Int>, isWithdrawn: Bool = false) -> [FingerprintRecord] {
        numbers.map { .pdq($0, isWithdrawn: isWithdrawn) }
    }

    @Test("a delivery as large as the limit counts at once; a larger one waits", arguments: [(10, true), (11, false)])
    func announced(count: Int, counts: Bool) async throws {
        let desk = try await Desk(options: small())
        let delivery = try await desk.deliver(records(0..<count)).delivery
        #expect(delivery.state == (counts ? .applied : .waiting))
        #expect(desk.live.count == (counts ? count : 0))
        #expect(desk.ledgerKinds == [counts ? "import.applied" : "import.waiting"])
        #expect(desk.store.ledger.first?.facts["records"] == String(count))
        #expect(desk.store.ledger.first?.facts["sha256"]?.hasPrefix("digest of") == true)
        if !counts { #expect(delivery.reason == "11 records in one delivery; more than 10 wait for a second person") }
    }

    @Test("the limit is 1,000 records when nothing else is said")
    func defaultLimit() async throws {
        let desk = try await Desk()
        #expect(try await desk.service.begin(bank: "known", source: "desk", by: "a", expected: 1_000).state == .applied)
        #expect(try await desk.service.begin(bank: "known", source: "desk", by: "a", expected: 1_001).state == .waiting)
    }

    @Test("another person approves what waits, and then it counts")
    func approval() async throws {
        let desk = try await Desk(options: small())
        let id = try await desk.deliver(records(0..<11)).delivery.id
        await #expect(throws: BankError.self) { try await desk.service.approve(id, by: "hana") }
        #expect(desk.live.count == 0)
        let approved = try await desk.service.approve(id, by: "bo")
        #expect(approved.state == .applied && approved.resolvedBy == "bo")
        #expect(desk.live.count == 11)
        #expect(desk.ledgerKinds.last == "import.approved")
        #expect(desk.store.ledger.last?.facts["broughtBy"] == "hana")
        await #expect(throws: BankError.noSuchImport(id)) { try await desk.service.approve(id, by: "cho") }
    }

    @Test("the same person is told that another one is needed")
    func samePerson() async throws {
        let desk = try await Desk(options: small())
        let id = try await desk.deliver(records(0..<11)).delivery.id
        for refuse in [false, true] {
            do {
                if refuse {
                    _ = try await desk.service.refuse(id, by: "hana", reason: "no")
                } else {
                    _ = try await desk.service.approve(id, by: "hana")
                }
                Issue.record("one person was enough")
            } catch BankError.needsAnotherPerson {}
        }
    }

    @Test("a delivery that waits goes on waiting when its first part is of no use")
    func uselessFirstPart() async throws {
        let desk = try await Desk(options: small())
        let delivery = try await desk.service.begin(bank: "known", source: "desk", by: "hana", expected: 20)
        for part in [[.pdq(1, trust: .retired)], records(0..<5), records(5..<10)] {
            _ = try await desk.service.take(part, of: delivery, strict: false, checkpoint: nil)
        }
        #expect(desk.live.count == 0)
        #expect(try await desk.service.imports(in: [.waiting], limit: 9).map(\.count) == [10])
    }

    @Test("another person refuses with a reason; it never counts, and what still comes of it waits for another look")
    func refusal() async throws {
        let desk = try await Desk(options: small())
        let delivery = try await desk.deliver(records(0..<11)).delivery
        await #expect(throws: BankError.self) { try await desk.service.refuse(delivery.id, by: "bo", reason: "") }
        let refused = try await desk.service.refuse(delivery.id, by: "bo", reason: "not ours")
        #expect(refused.state == .refused)
        _ = try await desk.service.take(records(20..<25), of: delivery, strict: true, checkpoint: nil)
        _ = try await desk.service.take(records(25..<30), of: delivery, strict: true, checkpoint: nil)
        #expect(desk.live.count == 0)
        #expect(try await desk.service.imports(in: [.waiting], limit: 9).map(\.id) == [ImportID("\(delivery.id)-2")])
        #expect(try await desk.service.imports(in: [.waiting], limit: 9).map(\.count) == [10])
        #expect(desk.ledgerKinds.contains("import.refused"))
    }

    @Test("a delivery that grows past the limit goes on in another one that waits")
    func growth() async throws {
        let desk = try await Desk(options: small())
        let delivery = try await desk.service.begin(bank: "known", source: "desk", by: "hana", expected: nil)
        for part in 0..<3 {
            _ = try await desk.service.take(
                records(part * 6..<part * 6 + 6), of: delivery, strict: true, checkpoint: ("place", String(part)))
        }
        #expect(desk.live.count == 10, "what was within the limit counts")
        let waiting = try await desk.service.imports(in: [.waiting], limit: 10)
        #expect(waiting.map(\.id) == [ImportID("\(delivery.id)-2")])
        #expect(waiting.first?.count == 8)
        #expect(waiting.first?.by == "hana")
        #expect(desk.store.checkpoints == ["place": "2"])
        await #expect(throws: BankError.self) { try await desk.service.approve(waiting[0].id, by: "hana") }
        _ = try await desk.service.approve(waiting[0].id, by: "bo")
        #expect(desk.live.count == 18)
    }

    @Test("an understated delivery waits as well")
    func understated() async throws {
        let desk = try await Desk(options: small())
        let (delivery, tally) = try await desk.deliver(records(0..<40), expected: 1)
        #expect(delivery.state == .applied)
        #expect(tally.added == 40)
        #expect(desk.live.count == 10)
    }

    @Test("what comes after an approval counts as far as it was announced; the rest waits again")
    func growthAfterApproval() async throws {
        let desk = try await Desk(options: small())
        let delivery = try await desk.service.begin(bank: "known", source: "desk", by: "hana", expected: 20)
        _ = try await desk.service.take(records(0..<8), of: delivery, strict: true, checkpoint: nil)
        _ = try await desk.service.approve(delivery.id, by: "bo")
        #expect(desk.live.count == 8)
        _ = try await desk.service.take(records(8..<30), of: delivery, strict: true, checkpoint: nil)
        #expect(desk.live.count == 20)
        #expect(try await desk.service.imports(in: [.waiting], limit: 9).map(\.count) == [10])
    }

    @Test("withdrawals never wait, however many come and whatever they come with")
    func withdrawals() async throws {
        let desk = try await Desk(options: small())
        for part in 0..<3 { try await desk.deliver(records(part * 10..<part * 10 + 10)) }
        #expect(desk.live.count == 30)
        try await desk.deliver(records(0..<20, isWithdrawn: true), expected: .some(nil))
        #expect(desk.live.count == 10)
        let (delivery, _) = try await desk.deliver(records(40..<60) + records(20..<30, isWithdrawn: true), expected: 30)
        #expect(delivery.state == .waiting)
        #expect(desk.live.count == 0, "they count even in a delivery that waits")
    }

    @Test("a withdrawal and what it takes back keep their order where a delivery is cut in two")
    func order() async throws {
        let desk = try await Desk(options: small())
        let all = records(0..<10) + [.pdq(0, isWithdrawn: true)] + records(10..<12) + [.pdq(1, isWithdrawn: true)]
        try await desk.deliver(all, expected: .some(nil))
        #expect(try await desk.lookUp(Hex.hash(0)) == [])
        #expect(try await desk.lookUp(Hex.hash(1)) == [])
        #expect(desk.live.count == 8)
    }

    @Test("a delivery that another process began goes on where it was")
    func otherProcess() async throws {
        let desk = try await Desk(options: small())
        let (delivery, _) = try await desk.deliver(records(0..<8))
        let other = BankService(
            store: desk.store, live: desk.live, options: small(), sha256: { _ in "" }, makeID: { "other" },
            now: { desk.clock.now })
        _ = try await other.take(records(8..<16), of: delivery, strict: true, checkpoint: nil)
        #expect(desk.live.count == 10)
    }

    @Test("a part that could not be written does not use up what may come")
    func failedPart() async throws {
        let desk = try await Desk(options: small())
        let delivery = try await desk.service.begin(bank: "known", source: "desk", by: "hana", expected: 10)
        desk.store.fails = true
        await #expect(throws: BankError.self) {
            try await desk.service.take(records(0..<10), of: delivery, strict: true, checkpoint: nil)
        }
        desk.store.fails = false
        _ = try await desk.service.take(records(0..<10), of: delivery, strict: true, checkpoint: nil)
        #expect(desk.live.count == 10)
    }

    @Test("a part has at most 5,000 records, and a delivery not less than none")
    func limits() async throws {
        let desk = try await Desk()
        let delivery = try await desk.service.begin(bank: "known", source: "desk", by: "hana", expected: nil)
        let many = [FingerprintRecord](repeating: .pdq(1), count: 5_001)
        await #expect(throws: BankError.self) {
            try await desk.service.take(many, of: delivery, strict: false, checkpoint: nil)
        }
        await #expect(throws: BankError.self) {
            try await desk.service.begin(bank: "known", source: "desk", by: "hana", expected: -1)
        }
    }

    @Test("a checkpoint is kept even when nothing of a part is of use")
    func checkpointAlone() async throws {
        let desk = try await Desk()
        let delivery = try await desk.service.begin(bank: "known", source: "desk", by: "exchange:x", expected: nil)
        _ = try await desk.service.take([.pdq(1, trust: .retired)], of: delivery, strict: false, checkpoint: ("x", "page 2"))
        #expect(desk.store.checkpoints == ["x": "page 2"])
    }
}

@Suite("A source that suddenly sends far more")
struct FloodTests {
    /// Yesterday and before, the last 24 hours first.
    private func begin(
        _ volumes: [Int], expected: Int?, by account: String = "exchange:x"
    ) async throws -> FingerprintImport {
        let desk = try await Desk()
        desk.store.setVolumes(volumes, of: "desk", before: desk.clock.now)
        return try await desk.service.begin(bank: "known", source: "desk", by: account, expected: expected)
    }

    @Test(
        "waits when it sends more than ten times its usual day",
        arguments: [
            ([0, 600, 600, 600], 6_000, true), ([0, 600, 600, 600], 6_001, false),
            ([1, 600, 600, 600], 6_000, false),  // what it sent in the last 24 hours counts
            ([0, 700, 0, 0, 600, 10_000], 7_000, true),  // the median of active days, whatever one of them had
            ([0, 700, 0, 0, 600, 10_000], 7_001, false),
            ([0, 1, 1, 1], 5_000, true), ([0, 1, 1, 1], 5_001, false),  // a usual day is not taken for less than 500
        ])
    func flood(volumes: [Int], count: Int, counts: Bool) async throws {
        let delivery = try await begin(volumes, expected: count)
        #expect(delivery.state == (counts ? .applied : .waiting), "\(delivery.reason)")
    }

    @Test("the reason tells the numbers")
    func reason() async throws {
        let delivery = try await begin([5, 600, 600, 600], expected: 7_000)
        #expect(
            delivery.reason == "source 'desk' sends 7005 records in a day; its usual day has 600, and more than 10 times as many "
                + "wait for a person")
    }

    @Test("an exchange without three days of history is limited like a person", arguments: [1_000, 1_001])
    func noHistory(count: Int) async throws {
        let delivery = try await begin([0, 90_000, 90_000], expected: count)
        #expect(delivery.state == (count > 1_000 ? .waiting : .applied))
    }

    @Test("a person who brings much needs a second one, whatever the source's habit")
    func person() async throws {
        #expect(try await begin([0, 9_000, 9_000, 9_000], expected: 1_001, by: "hana").state == .waiting)
    }

    @Test("only the last fourteen active days count")
    func oldDays() async throws {
        let volumes = [0] + [Int](repeating: 600, count: 14) + [Int](repeating: 50_000, count: 20)
        #expect(try await begin(volumes, expected: 6_001).state == .waiting)
    }

    @Test("a flood that was not announced waits from where it begins")
    func unannounced() async throws {
        let desk = try await Desk()
        desk.store.setVolumes([4_900, 1, 1, 1], of: "desk", before: desk.clock.now)
        let delivery = try await desk.service.begin(bank: "known", source: "desk", by: "exchange:x", expected: nil)
        _ = try await desk.service.take((0..<150).map { .pdq($0) }, of: delivery, strict: true, checkpoint: nil)
        #expect(desk.live.count == 100)
        #expect(try await desk.service.imports(in: [.waiting], limit: 9).first?.reason.contains("5050 records in a day") == true)
    }
}

@Suite("Precision floor")
struct PrecisionTests {
    private func outcomes(_ confirmed: Int, _ overturned: Int, from first: Int = 0, of key: Int64) -> [MatchOutcome] {
        (0..<confirmed + overturned).map {
            MatchOutcome(
                fingerprint: key, decision: DecisionID("d\(first + $0)"), kind: $0 < confirmed ? .confirmed : .overturned,
                at: .start)
        }
    }

    /// A desk with one verified fingerprint.
    private func desk() async throws -> (Desk, key: Int64) {
        let desk = try await Desk()
        try await desk.deliver([.pdq(1)])
        return (desk, try #require(try await desk.lookUp(Hex.hash(1)).first?.key))
    }

    private func state(_ desk: Desk) async throws -> FingerprintSource? {
        try await desk.service.sources().first { $0.name == "desk" }
    }

    @Test(
        "a source is demoted only when its matches cannot well be right often enough",
        // The Wilson interval's upper end at 95 %: 15 of 20: 0.888; 16 of 20: 0.919; 170 of 200: 0.893; 172 of 200: 0.901.
        arguments: [
            (15, 5, true), (16, 4, false), (14, 5, false), (170, 30, true), (172, 28, false), (0, 19, false), (0, 20, true),
        ])
    func floor(confirmed: Int, overturned: Int, isDemoted: Bool) async throws {
        let (desk, key) = try await desk()
        try await desk.service.judge(outcomes(confirmed, overturned, of: key))
        #expect(try await state(desk)?.state == (isDemoted ? .demoted : .active))
        #expect(desk.ledgerKinds.contains("source.demoted") == isDemoted)
        #expect(try await desk.lookUp(Hex.hash(1)).map(\.trust) == [isDemoted ? .probation : .verified])
    }

    @Test("a demotion tells its numbers")
    func numbers() async throws {
        let (desk, key) = try await desk()
        try await desk.service.judge(outcomes(15, 5, of: key))
        #expect(
            try await state(desk)?.stateReason
                == "people confirmed 15 and overturned 5 of its matches: at most 88.8 % are right (95 % interval), its floor is 90.0 %"
        )
        #expect(desk.store.ledger.last?.facts == ["confirmed": "15", "overturned": "5", "upper": "88.8 %", "floor": "90.0 %"])
    }

    @Test("a person makes it active again; then its floor looks at what comes after")
    func again() async throws {
        let (desk, key) = try await desk()
        try await desk.service.judge(outcomes(5, 15, of: key))
        var source = try #require(try await state(desk))
        (source.state, source.stateReason) = (.active, "the list was repaired")
        try await desk.service.put(source, by: "hana")
        #expect(try await desk.service.reviewPrecision() == [])
        try await desk.service.judge(outcomes(0, 19, from: 20, of: key))
        #expect(try await state(desk)?.state == .active)
        #expect(try await desk.lookUp(Hex.hash(1)).map(\.trust) == [.verified])
        try await desk.service.judge(outcomes(0, 1, from: 39, of: key))
        #expect(try await state(desk)?.state == .demoted)
    }

    @Test("a source without a floor is never demoted, and a stopped one stays stopped")
    func without() async throws {
        let (desk, key) = try await desk()
        try await desk.service.put(FingerprintSource(name: "desk", precisionFloor: nil, addedAt: .start), by: "hana")
        try await desk.service.judge(outcomes(0, 40, of: key))
        #expect(try await state(desk)?.state == .active)
        try await desk.service.put(FingerprintSource(name: "desk", state: .stopped, addedAt: .start), by: "hana")
        #expect(try await desk.service.reviewPrecision() == [])
        #expect(try await state(desk)?.state == .stopped)
    }
}
