// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Exchanges
import Foundation
import Logging
import Moderation
import ServiceLifecycle
import Signals
import Storage
import Yams

/// The exchanges of `exchanges.path`, each with a service that reads it round by round.
enum ExchangeParts {
    /// - Throws: `SettingsError` with everything that is wrong in the file.
    static func services(
        _ settings: Settings, store: Store, desk: BankService, logger: Logger
    ) throws -> [ExchangeService] {
        guard let path = settings["exchanges.path"] else { return [] }
        let (exchanges, problems) = try read(path)
        guard problems.isEmpty else { throw SettingsError(problems: problems.map { "\(path): \($0)" }) }
        let state = ExchangeState(load: { try await store.state($0) }, save: { try await store.setState($0, to: $1) })
        return exchanges.map { options, exchange in
            ExchangeService(options: options, exchange: exchange, state: state, desk: desk, logger: logger)
        }
    }

    private static func read(_ path: String) throws -> ([(ExchangeOptions, any Exchange)], [String]) {
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw SettingsError(problems: ["exchanges.path: '\(path)' cannot be read"])
        }
        let document: Any?
        do {
            document = try Yams.load(yaml: text)
        } catch {
            throw SettingsError(problems: ["\(path): no YAML: \(error)"])
        }
        guard let entries = (document as? [String: Any])?["exchanges"] as? [[String: Any]] else {
            throw SettingsError(problems: ["\(path): expected 'exchanges:' and a list of exchanges below it"])
        }
        var exchanges: [(ExchangeOptions, any Exchange)] = []
        var problems: [String] = []
        var names: Set<String> = []
        for (index, entry) in entries.enumerated() {
            let place = "exchange \(index + 1)" + ((entry["name"] as? String).map { " ('\($0)')" } ?? "")
            do throws(ExchangeOptionsError) {
                let options = try ExchangeOptions(entry.mapValues { "\($0)" })
                if options.sendsFeedback { problems.append("\(place): feedback: outcomes are not sent by this version") }
                if !names.insert(options.name).inserted { problems.append("\(place): name: another exchange has it") }
                exchanges.append((options, try ExchangeFactory.make(options)))
            } catch {
                problems += error.problems.map { "\(place): \($0)" }
            }
        }
        return (exchanges, problems)
    }
}

/// Reads one exchange, and shares with it where that is wanted, until the end.
struct ExchangeService: Service {
    let options: ExchangeOptions
    let exchange: any Exchange
    let state: ExchangeState
    let desk: BankService
    let logger: Logger

    func run() async throws {
        await cancelWhenGracefulShutdown {
            while !Task.isCancelled {
                do {
                    try await prepare()
                    break
                } catch {
                    logger.error(
                        "an exchange cannot begin, trying again", metadata: ["exchange": "\(options.name)", "error": "\(error)"])
                    try? await Task.sleep(for: .seconds(10))
                }
            }
            await withTaskGroup(of: Void.self) { group in
                group.addTask { await read() }
                if options.shares { group.addTask { await share() } }
            }
            // One that needs a person waits for the next start; it must not take the others along.
            while !Task.isCancelled { try? await Task.sleep(for: .seconds(3_600)) }
        }
    }

    /// The bank and the source that its fingerprints belong to; the source may say what the settings say, and no more.
    private func prepare() async throws {
        let account = "exchange:\(options.name)"
        if try await !desk.banks().contains(where: { $0.name == options.bank }) {
            try await desk.create(Bank(name: options.bank, note: "from \(options.name)", addedAt: Date()), by: account)
        }
        if try await !desk.sources().contains(where: { $0.name == options.source }) {
            let said = [options.trust] + options.trustByWord.values
            let ceiling: Trust = said.contains(.verified) ? .verified : said.contains(.probation) ? .probation : .claimed
            try await desk.put(
                FingerprintSource(name: options.source, ceiling: ceiling, addedAt: Date()), by: account)
        }
    }

    private func read() async {
        await ExchangeRunner(
            options: options, exchange: exchange, desk: desk, state: state, lookup: nil, logger: logger, progress: { _ in }
        ).run()
    }

    private func share() async {
        let sharing = ExchangeSharing(options: options, exchange: exchange, desk: desk, state: state, logger: logger)
        while !Task.isCancelled {
            _ = await sharing.round()
            try? await Task.sleep(for: options.interval)
        }
    }
}
