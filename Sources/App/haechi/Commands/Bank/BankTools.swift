// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Exchanges
import Foundation
import Moderation
import Signals
import Storage

/// Banks as the command line needs them, beside a server or without one.
struct BankTools {
    let store: Store
    let desk: BankService

    static func open(_ options: SettingsOptions) async throws -> BankTools {
        try await open(try await options.settings())
    }

    /// - Parameter toLookUp: also makes an index in memory, since the one on disk belongs to the server.
    static func open(_ settings: Settings, toLookUp: Bool = false) async throws -> BankTools {
        let store = try await Store.open(settings, access: .tool)
        let live = toLookUp ? try await Banks.open(store, now: { Date() }) : nil
        return BankTools(store: store, desk: BankService(store, live: live, settings))
    }

    /// Turns a refusal into words for the terminal.
    static func explaining<Result>(_ work: () async throws -> Result) async throws -> Result {
        do {
            return try await work()
        } catch let error as BankError {
            Terminal.complain(["\(error)"] + error.details)
            throw ExitCode(65)  // EX_DATAERR
        }
    }

    /// Makes the bank and the source when they are named for the first time, and says so.
    func prepare(_ place: BankCommand.Place, by account: String) async throws {
        if try await !desk.banks().contains(where: { $0.name == place.bank }) {
            try await desk.create(Bank(name: place.bank, addedAt: Date()), by: account)
            Terminal.complain(["made bank '\(place.bank)': radius 31, quality 50 and better"])
        }
        if try await !desk.sources().contains(where: { $0.name == place.source }) {
            try await desk.put(FingerprintSource(name: place.source, addedAt: Date()), by: account)
            Terminal.complain(["made source '\(place.source)': ceiling verified, must not be shared"])
        }
    }

    func take(_ records: [FingerprintRecord], into place: BankCommand.Place, by account: String) async throws {
        try await Self.explaining {
            try await prepare(place, by: account)
            let delivery = try await desk.begin(bank: place.bank, source: place.source, by: account, expected: records.count)
            let tally = try await desk.take(records, of: delivery, strict: true, checkpoint: nil)
            try await report(tally, of: delivery, refused: tally.refused.count)
        }
    }

    func report(_ done: ListImport.Result) async throws {
        try await report(done.tally, of: done.delivery, refused: done.refused)
    }

    private func report(_ tally: ImportTally, of delivery: FingerprintImport, refused: Int) async throws {
        var parts = ["\(tally.added) new", "\(tally.changed + tally.unchanged) known before"]
        if tally.withdrawn > 0 { parts.append("\(tally.withdrawn) withdrawn") }
        if refused > 0 { parts.append("\(refused) refused") }
        Terminal.say(parts.joined(separator: ", ") + ", in bank '\(delivery.bank)'")
        // A delivery that grew has a continuation, which waits although its beginning counts.
        for one in try await desk.imports(in: [.waiting], limit: 200)
        where one.id == delivery.id || one.id.rawValue.hasPrefix("\(delivery.id)-") {
            Terminal.say("\(one.count) wait for a second person (\(one.reason)): haechi bank approve --as NAME \(one.id)")
        }
    }
}

extension BankService {
    init(_ store: Store, live: Banks?, _ settings: Settings) {
        var options = Options()
        options.bulkLimit = settings.number("banks.bulk_limit")
        self.init(
            store: store, live: live, options: options, sha256: Digest.sha256, makeID: Digest.timeOrderedID, now: { Date() })
    }
}

extension BankError {
    /// The single things that are wrong.
    var details: [String] {
        guard case .refusedRecords(let records) = self else { return [] }
        let shown = records.prefix(20).map { $0.line > 0 ? "line \($0.line): \($0.reason)" : $0.reason }
        return shown + (records.count > 20 ? ["… and \(records.count - 20) more"] : [])
    }
}
