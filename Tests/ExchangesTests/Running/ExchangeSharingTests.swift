// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Moderation
import Signals
import Testing

@testable import Exchanges

/// Remembers what it is told, and fails on demand.
private actor RecordingExchange: Exchange {
    nonisolated let memory: Duration? = nil
    private(set) var pushed: [FingerprintRecord] = []
    private(set) var feedback: [ExchangeFeedback] = []
    private var failures: [ExchangeError] = []

    func fail(_ errors: ExchangeError...) { failures += errors }

    func fetch(from checkpoint: String?, easing: Int) async throws(ExchangeError) -> ExchangePage {
        ExchangePage(checkpoint: "", isLast: true)
    }

    func push(_ records: [FingerprintRecord]) async throws(ExchangeError) -> Int {
        if !failures.isEmpty { throw failures.removeFirst() }
        pushed += records
        return 0
    }

    func send(_ feedback: [ExchangeFeedback]) async throws(ExchangeError) -> Int {
        if !failures.isEmpty { throw failures.removeFirst() }
        self.feedback += feedback
        return 0
    }
}

/// As much of the desk as sharing reads.
private actor ChangingDesk: BankDesk {
    var all: [(revision: Int64, fingerprint: Fingerprint)] = []
    var provenances: [Int64: [Provenance]] = [:]
    var allSources: [FingerprintSource] = []

    func change(_ change: @Sendable (isolated ChangingDesk) -> Void) { change(self) }

    /// Puts a fingerprint at the end of the changes.
    func put(_ key: Int64, trust: Trust, bank: String = "ours", _ provenance: Provenance...) {
        all.removeAll { $0.fingerprint.key == key }
        let revision = (all.map(\.revision).max() ?? 0) + 1
        let fingerprint = Fingerprint(
            key: key, bank: bank, kind: .pdq, value: digits(Int(key)), trust: trust, source: "s",
            addedAt: Date(timeIntervalSince1970: 0))
        all.append((revision, fingerprint))
        provenances[key] = provenance
    }

    func changes(after revision: Int64, limit: Int) -> [(revision: Int64, fingerprint: Fingerprint)] {
        Array(all.filter { $0.revision > revision }.sorted { $0.revision < $1.revision }.prefix(limit))
    }
    func provenance(of key: Int64) -> [Provenance] { provenances[key] ?? [] }
    func sources() -> [FingerprintSource] { allSources }

    func banks() -> [Bank] { [] }
    func create(_ bank: Bank, by account: String) {}
    func change(_ bank: Bank, by account: String) {}
    func delete(_ bank: String, by account: String) {}
    func put(_ source: FingerprintSource, by account: String) {}
    func begin(bank: String, source: String, by account: String, expected: Int?) throws(BankError) -> FingerprintImport {
        throw .noSuchBank(bank)
    }
    func take(
        _ records: [FingerprintRecord], of delivery: FingerprintImport, strict: Bool, checkpoint: (key: String, value: String)?
    ) -> ImportTally { ImportTally() }
    func approve(_ id: ImportID, by account: String) throws(BankError) -> FingerprintImport { throw .noSuchImport(id) }
    func refuse(_ id: ImportID, by account: String, reason: String) throws(BankError) -> FingerprintImport {
        throw .noSuchImport(id)
    }
    func imports(in states: Set<FingerprintImport.State>, limit: Int) -> [FingerprintImport] { [] }
    func retire(_ key: Int64, by account: String, reason: String) {}
    func fingerprint(_ key: Int64) -> Fingerprint? { nil }
    func fingerprints(bank: String?, kind: Fingerprint.Kind?, after key: Int64, limit: Int) -> [Fingerprint] { [] }
    func counts() -> [BankCount] { [] }
    func statistics() -> [SourceStatistics] { [] }
    func lookUp(_ kind: Fingerprint.Kind, _ value: String, banks: [String]?, radius: Int?, quality: Int?) -> [BankMatch] { [] }
}

private func word(
    _ source: String, _ trust: Trust = .verified, tags: [String] = [], ended: Bool = false
) -> Provenance {
    Provenance(
        source: source, reference: "", trust: trust, tags: tags, importID: "i", addedAt: Date(timeIntervalSince1970: 0),
        addedBy: "a",
        endedAt: ended ? Date(timeIntervalSince1970: 1) : nil)
}

@Suite("Sharing")
struct ExchangeSharingTests {
    private let exchange = RecordingExchange()
    private let changing = ChangingDesk()
    private let state = MemoryDesk()
    private let clock = TestClock()

    private func sharing() async -> ExchangeSharing {
        let sources = [
            FingerprintSource(name: "open", mayShare: true, addedAt: Date(timeIntervalSince1970: 0)),
            FingerprintSource(name: "closed", addedAt: Date(timeIntervalSince1970: 0)),
            FingerprintSource(name: "partner", mayShare: true, addedAt: Date(timeIntervalSince1970: 0)),
        ]
        await changing.change { $0.allSources = sources }
        var options = ExchangeOptions(name: "x", kind: .stopncii, bank: "theirs", url: "")
        options.source = "partner"
        options.sharedBank = "ours"
        options.shares = true
        options.sendsFeedback = true
        return ExchangeSharing(
            options: options, exchange: exchange, desk: changing, state: state.state, timing: clock.timing,
            logger: Logger(label: "test", factory: { _ in SwiftLogNoOpLogHandler() }))
    }

    @Test("only what people verified leaves, by sources that allow it, never from the fast mode or back to whom it came from")
    func rules() async throws {
        let sharing = await sharing()
        await changing.put(1, trust: .verified, word("open", tags: ["t"]), word("closed", tags: ["secret"]))
        await changing.put(2, trust: .verified, word("closed"))
        await changing.put(3, trust: .claimed, word("open", .claimed))
        await changing.put(4, trust: .verified, word("open", tags: [ShareRules.fastModeTag]))
        await changing.put(5, trust: .verified, word("partner"))
        await changing.put(6, trust: .benign, word("open"))
        await changing.put(7, trust: .verified, bank: "theirs", word("open"))
        await changing.put(8, trust: .verified, word("open", ended: true), word("closed"))
        let report = await sharing.round()
        #expect(
            report
                == {
                    var report = ExchangeSharing.Report(); report.sent = 1; return report
                }())
        let pushed = await exchange.pushed
        #expect(pushed.map(\.reference) == ["fp-1"] && pushed.map(\.tags) == [["t"]])
    }

    @Test("what was sent is taken back when it is withdrawn or found benign; what was not sent is never spoken of")
    func withdrawals() async throws {
        let sharing = await sharing()
        await changing.put(1, trust: .verified, word("open"))
        await changing.put(2, trust: .verified, word("closed"))
        await changing.put(3, trust: .verified, word("open"))
        _ = await sharing.round()
        await changing.put(1, trust: .retired, word("open", ended: true))
        await changing.put(2, trust: .retired, word("closed", ended: true))
        await changing.put(3, trust: .benign, word("open"))
        let report = await sharing.round()
        #expect(report.sent == 0 && report.takenBack == 2)
        #expect(await exchange.pushed.suffix(2).map(\.reference) == ["fp-1", "fp-3"])
        #expect(await exchange.pushed.suffix(2).allSatisfy { $0.isWithdrawn })
        #expect(await sharing.round().takenBack == 0)
    }

    @Test("a failure repeats, and nothing is lost")
    func failures() async throws {
        let sharing = await sharing()
        await changing.put(1, trust: .verified, word("open"))
        await exchange.fail(.unavailable("x", retryAfter: nil), .limited(retryAfter: 30))
        #expect(await sharing.round().sent == 1)
        #expect(clock.waits == [0.75, 30])
        await changing.put(2, trust: .verified, word("open"))
        await exchange.fail(.unauthorized(status: 401))
        #expect(await sharing.round().failure?.contains("credentials") == true)
        #expect(await sharing.round().sent == 1)
        #expect(await exchange.pushed.map(\.reference) == ["fp-1", "fp-2"])
    }

    @Test("feedback is sent once it can be")
    func feedback() async throws {
        let sharing = await sharing()
        await exchange.fail(.unavailable("x", retryAfter: nil))
        _ = try await sharing.send([.init(kind: .pdq, value: digits(1), reference: "", outcome: .confirmed)])
        #expect(await exchange.feedback.count == 1)
    }
}
