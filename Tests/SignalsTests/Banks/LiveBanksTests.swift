// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import SignalsTesting
import Synchronization
import Testing

/// What was reported, in order.
private final class Notices: Sendable {
    private let list = Mutex<[Banks.Notice]>([])
    var all: [Banks.Notice] { list.withLock { $0 } }
    var rebuilds: Int {
        all.count { if case .rebuilding = $0 { true } else { false } }
    }
    func add(_ notice: Banks.Notice) { list.withLock { $0.append(notice) } }
}

/// A directory that goes when the test ends.
private final class Folder: Sendable {
    let path = NSTemporaryDirectory() + "banks-" + UUID().uuidString
    deinit { try? FileManager.default.removeItem(atPath: path) }
}

@Suite("Live banks")
struct LiveBanksTests {
    private let clock = ManualClock()
    private let notices = Notices()
    private let folder = Folder()

    private func open(_ store: MemoryBankStore, inFiles: Bool = true) async throws -> Banks {
        let (clock, notices) = (clock, notices)
        return try await Banks.open(
            store, directory: inFiles ? folder.path : nil, now: { clock.now }, report: { notices.add($0) })
    }

    private func found(_ hash: String, in banks: Banks, _ store: MemoryBankStore) async throws -> [Int64] {
        let clock = clock
        let service = BankService(
            store: store, live: banks, sha256: { _ in "" }, makeID: { "" }, now: { clock.now })
        return try await service.lookUp(.pdq, hash, banks: nil, radius: nil, quality: nil).map(\.key)
    }

    @Test("what is delivered matches when the call returns, and what is withdrawn no longer does")
    func atOnce() async throws {
        let desk = try await Desk()
        for number in 0..<20 {
            try await desk.deliver([.pdq(number)])
            #expect(try await desk.lookUp(Hex.hash(number)).count == 1)
        }
        for number in 0..<20 {
            try await desk.deliver([.pdq(number, isWithdrawn: true)])
            #expect(try await desk.lookUp(Hex.hash(number)) == [])
        }
        #expect(desk.live.count == 0)
    }

    @Test("what another process changes counts here without being asked for")
    func otherProcess() async throws {
        let store = MemoryBankStore()
        let banks = try await open(store, inFiles: false)
        let following = Task { await banks.run() }
        defer { following.cancel() }
        for number in 0..<8 {
            let key = store.plant(Hex.hash(number))
            #expect(try await eventually { try await found(Hex.hash(number), in: banks, store) == [key] })
            store.setTrust(.retired, of: key)
            #expect(try await eventually { try await found(Hex.hash(number), in: banks, store) == [] })
        }
    }

    @Test("opened again, it has all it had and reads only what is new")
    func reopened() async throws {
        let store = MemoryBankStore()
        var keys: [Int64] = []
        for number in 0..<30 { keys.append(store.plant(Hex.hash(number), bank: "bank\(number % 3)")) }
        store.plant(.sha256, Hex.hash(77))
        do {
            let banks = try await open(store)
            #expect(banks.count == 31)
        }
        store.setTrust(.retired, of: keys[3])
        let new = store.plant(Hex.hash(99), bank: "a new bank")
        let pages = store.pagesRead
        let banks = try await open(store)
        #expect(store.pagesRead - pages == 1)
        #expect(notices.all == [])
        #expect(banks.count == 31)
        #expect(try await found(Hex.hash(4), in: banks, store) == [keys[4]])
        #expect(try await found(Hex.hash(3), in: banks, store) == [])
        #expect(try await found(Hex.hash(99), in: banks, store) == [new])
    }

    @Test("names keep their numbers when banks come and go")
    func names() async throws {
        let store = MemoryBankStore()
        let late = store.plant(Hex.hash(1), bank: "zebra")
        do { _ = try await open(store) }
        let early = store.plant(Hex.hash(2), bank: "aardvark")
        let banks = try await open(store)
        let service = BankService(store: store, live: banks, sha256: { _ in "" }, makeID: { "" }, now: { .start })
        for (number, key, bank) in [(1, late, "zebra"), (2, early, "aardvark")] {
            let match = try await service.lookUp(.pdq, Hex.hash(number), banks: nil, radius: nil, quality: nil).first
            #expect(match?.key == key && match?.bank == bank && match?.source == "test")
        }
    }

    @Test("files that are damaged, in part missing, or of another database are built anew, loudly")
    func rebuilt() async throws {
        let store = MemoryBankStore()
        let key = store.plant(Hex.hash(1))
        do { _ = try await open(store) }
        var rebuilds = 0
        for damage in [scribble, removeNames] {
            try damage()
            let banks = try await open(store)
            rebuilds += 1
            #expect(notices.rebuilds == rebuilds)
            #expect(notices.all.last == .rebuilt(fingerprints: 1))
            #expect(try await found(Hex.hash(1), in: banks, store) == [key])
        }
        let other = MemoryBankStore()
        for number in 10..<20 { other.plant(Hex.hash(number)) }
        let banks = try await open(other)
        #expect(notices.rebuilds == rebuilds + 1)
        #expect(try await found(Hex.hash(1), in: banks, other) == [])
        #expect(try await found(Hex.hash(12), in: banks, other) == [3])
        let generations = try FileManager.default.contentsOfDirectory(atPath: folder.path)
        #expect(generations.count == 1, "what is replaced is deleted")
    }

    private func scribble() throws {
        let files = FileManager.default.enumerator(atPath: folder.path)?.compactMap { $0 as? String } ?? []
        for file in files where !file.hasSuffix("names.json") {
            let path = folder.path + "/" + file
            guard let bytes = FileManager.default.contents(atPath: path), bytes.count > 8 else { continue }
            try Data(bytes.map { ~$0 }).write(to: URL(fileURLWithPath: path))
        }
    }

    private func removeNames() throws {
        for generation in try FileManager.default.contentsOfDirectory(atPath: folder.path) {
            try FileManager.default.removeItem(atPath: folder.path + "/\(generation)/names.json")
        }
    }

    @Test("a store that is behind the index is another database: everything is built anew, while it runs and when it opens")
    func behind() async throws {
        let store = MemoryBankStore()
        for number in 0..<5 { store.plant(Hex.hash(number)) }
        let banks = try await open(store)
        store.forget()
        let key = store.plant(Hex.hash(50))
        try await banks.follow()
        #expect(notices.rebuilds == 1)
        #expect(banks.count == 1)
        #expect(try await found(Hex.hash(0), in: banks, store) == [])
        #expect(try await found(Hex.hash(50), in: banks, store) == [key])
    }

    @Test("files that another process uses are left alone")
    func inUse() async throws {
        let store = MemoryBankStore()
        let key = store.plant(Hex.hash(1))
        let first = try await open(store)
        await #expect(throws: (any Error).self) { try await open(store) }
        #expect(notices.all == [])
        let second = store.plant(Hex.hash(2))
        try await first.follow()
        #expect(try await found(Hex.hash(1), in: first, store) == [key])
        #expect(try await found(Hex.hash(2), in: first, store) == [second])
    }

    @Test("trust, a bank's radius and gate, and expiry count as they are now")
    func current() async throws {
        let desk = try await Desk()
        let (hash, near) = (Hex.hash(1), Hex.hash(Hex.hash(1), flipping: 20))
        var record = FingerprintRecord.pdq(1, trust: .claimed)
        record.expiresAt = .start.addingTimeInterval(60)
        try await desk.deliver([record])
        #expect(try await desk.lookUp(hash).map(\.trust) == [.claimed])
        record.trust = .verified
        try await desk.deliver([record])
        #expect(try await desk.lookUp(hash).map(\.trust) == [.verified])
        #expect(try await desk.lookUp(near).count == 1)
        try await desk.service.change(Bank(name: "known", radius: 19, addedAt: .start), by: "hana")
        #expect(try await desk.lookUp(near) == [])
        try await desk.service.change(Bank(name: "known", radius: 20, addedAt: .start), by: "hana")
        #expect(try await desk.lookUp(near).count == 1)
        desk.clock.advance(by: 59)
        #expect(try await desk.lookUp(hash).count == 1)
        desk.clock.advance(by: 1)
        #expect(try await desk.lookUp(hash) == [])
    }

    @Test("says once that it is behind, and once that it has caught up")
    func reportsOnce() async throws {
        let store = MemoryBankStore()
        let banks = try await open(store, inFiles: false)
        store.fails = true
        let following = Task { await banks.run() }
        defer { following.cancel() }
        #expect(try await eventually { notices.all.count == 1 })
        store.plant(Hex.hash(1))
        store.fails = false
        #expect(try await eventually { banks.count == 1 && notices.all.count == 2 })
        guard case .behind = notices.all[0], case .caughtUp = notices.all[1] else {
            Issue.record("\(notices.all)")
            return
        }
    }

    @Test("searches beside changes always find what is not changed")
    func besideChanges() async throws {
        let store = MemoryBankStore()
        let steady = store.plant(Hex.hash(0))
        let banks = try await open(store)
        let misses = try await withThrowingTaskGroup(of: Int.self) { group in
            for _ in 0..<4 {
                group.addTask {
                    var misses = 0
                    for _ in 0..<200 {
                        misses += try await found(Hex.hash(0), in: banks, store) == [steady] ? 0 : 1
                    }
                    return misses
                }
            }
            group.addTask {
                for number in 1..<60 {
                    let key = store.plant(Hex.hash(number))
                    try await banks.follow()
                    if number % 2 == 0 { store.setTrust(.retired, of: key) }
                }
                try await banks.follow()
                return 0
            }
            return try await group.reduce(0, +)
        }
        #expect(misses == 0)
        #expect(banks.count == 31)
    }
}
