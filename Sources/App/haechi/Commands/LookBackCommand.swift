// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import LookBackFiles
import Moderation
import PerceptualHashing
import Pipeline
import Signals
import Storage

/// What was seen in public before it was known.
struct LookBackCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookback", abstract: "Fingerprints of everything seen in public, by day.",
        discussion: "Bulk decisions are started, paused and taken back in the console: /console/lookback.",
        subcommands: [Stats.self, Sweep.self, Verify.self])

    struct Stats: AsyncParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Says what is kept, by day.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.settings()
            try await explaining {
                let statistics = try await LookBackFiles(directory: settings.text("lookback.path"), access: .read).statistics()
                Terminal.say("day\tsightings\tbytes")
                for day in statistics.days { Terminal.say("\(Self.name(of: day.day))\t\(day.sightings)\t\(day.bytes)") }
                Terminal.say("all\t\(statistics.sightings)\t\(statistics.bytes)")
                complain(about: statistics.missing)
            }
        }

        private static func name(of day: Int) -> String {
            Date(timeIntervalSince1970: Double(day) * 86_400).formatted(.iso8601.year().month().day())
        }
    }

    struct Sweep: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Looks for earlier copies of hashes; changes nothing.",
            discussion:
                "One line a copy: hash, distance, time, platform, space, item, account. The exit status is 1 when none was found."
        )
        @OptionGroup var options: SettingsOptions
        @Option(help: "Largest Hamming distance, 0 to 63.") var radius = 31
        @Option(help: "Only copies seen from this day on, such as 2026-11-01 (UTC).") var since: String?
        @Argument(help: "PDQ hashes in hexadecimal.") var hashes: [String]

        func run() async throws {
            guard (0...63).contains(radius) else { throw ValidationError("--radius \(radius): expected 0 to 63") }
            let queries = try hashes.enumerated().map { index, text in
                guard let hash = try? PDQHash(hex: text) else {
                    throw ValidationError("'\(text)': expected 64 hexadecimal digits")
                }
                return SweepRequest.Query(key: Int64(index), hash: hash, radius: radius)
            }
            let from = try since.map { text in
                guard let day = try? Date(text, strategy: .iso8601.year().month().day()) else {
                    throw ValidationError("--since '\(text)': expected a day such as 2026-11-01")
                }
                return day
            }
            let settings = try await options.settings()
            let found = Found()
            try await explaining {
                let files = try LookBackFiles(directory: settings.text("lookback.path"), access: .read)
                try await files.sweep(SweepRequest(queries: queries, since: from), after: nil) { progress in
                    await found.keep(progress.missing)
                } found: { matches in
                    await found.say(matches, hashes)
                }
            }
            complain(about: await found.missing)
            if await found.count == 0 { throw ExitCode(1) }
        }
    }

    struct Verify: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Reads every file and checks it.", discussion: "Exit status 0 when all are whole, 1 when one is damaged.")
        @OptionGroup var options: SettingsOptions

        func run() async throws {
            let settings = try await options.settings()
            try await explaining {
                let check = try await LookBackFiles(directory: settings.text("lookback.path"), access: .read).verify()
                complain(about: check.problems)
                let verdict = check.problems.isEmpty ? "whole" : "\(check.problems.count) places damaged"
                Terminal.say(
                    "look-back: \(check.sightings) sightings, \(check.deleted) deleted, \(check.bytes) bytes: \(verdict)")
                if !check.problems.isEmpty { throw ExitCode(1) }
            }
        }
    }
}

private func explaining(_ work: () async throws -> Void) async throws {
    do {
        try await work()
    } catch let error as LookBackError {
        Terminal.complain(["\(error)"])
        throw ExitCode(74)  // EX_IOERR
    }
}

private func complain(about gaps: [SweepGap]) {
    for gap in gaps { Terminal.complain(["\(gap.file): \(gap.reason); what is in it was not searched"]) }
}

/// Prints matches as they come.
private actor Found {
    private(set) var count = 0
    private(set) var missing: [SweepGap] = []

    func keep(_ gaps: [SweepGap]) { missing = gaps }

    func say(_ matches: [SweepMatch], _ hashes: [String]) {
        count += matches.count
        for match in matches {
            let seen = match.sighting
            Terminal.say(
                [
                    hashes[Int(match.query)], "distance \(match.distance)", seen.at.formatted(.iso8601), seen.platform.rawValue,
                    seen.space.rawValue, seen.item.rawValue, seen.actor.rawValue,
                ].joined(separator: "\t"))
        }
    }
}
