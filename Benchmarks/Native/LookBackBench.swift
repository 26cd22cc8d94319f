// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import LookBackFiles
import Moderation
import PerceptualHashing
import Signals
import Synchronization

/// Fills a look-back with generated sightings and searches all of it.
///
///     haechi-bench look-back make FOLDER COUNT [DAYS] [matrix|number]
///     haechi-bench look-back sweep FOLDER [QUERIES] [RADIUS] [THREADS]
///     haechi-bench look-back delete FOLDER | verify FOLDER
///
/// Each prints one line of JSON; `make` leaves a copy of each of 1,000 known pictures, a few bits away, somewhere in every day, and
/// `sweep` asks for these first and says how many it found.
enum LookBackBench {
    static func run(_ arguments: [String]) async throws {
        guard arguments.count >= 2 else { throw Usage() }
        func number(_ place: Int, _ standard: Int) -> Int {
            arguments.count > place ? Int(arguments[place]) ?? standard : standard
        }
        switch arguments[0] {
        case "make":
            let ids = arguments.count > 4 ? arguments[4] : "matrix"
            try await make(arguments[1], count: number(2, 1_000_000), days: number(3, 10), ids: ids)
        case "sweep":
            try await sweep(arguments[1], queries: number(2, 1), radius: number(3, 31), threads: number(4, 2))
        case "delete": try await delete(arguments[1])
        case "verify": try await verify(arguments[1])
        default: throw Usage()
        }
    }

    struct Usage: Error, CustomStringConvertible {
        var description: String { "look-back make|sweep|delete|verify FOLDER …" }
    }

    private static let firstDay = 20_000
    private static let known = 1_000

    /// Random numbers that are the same every time (SplitMix64).
    private struct Numbers {
        var state: UInt64

        mutating func next() -> UInt64 {
            state &+= 0x9E37_79B9_7F4A_7C15
            var mixed = state
            mixed = (mixed ^ mixed >> 30) &* 0xBF58_476D_1CE4_E5B9
            mixed = (mixed ^ mixed >> 27) &* 0x94D0_49BB_1331_11EB
            return mixed ^ mixed >> 31
        }

        mutating func hash() -> PDQHash { PDQHash(words: next(), next(), next(), next()) }

        /// Below a limit; small numbers far more often than large ones, as rooms and people are used.
        mutating func skewed(_ limit: Int) -> Int {
            min(limit - 1, Int(pow(Double(limit), Double(next() >> 11) / 9_007_199_254_740_992)))
        }

        mutating func matrixEvent() -> String {
            let letters = (0..<42).map { _ in Self.alphabet[Int(next() >> 58)] } + [Self.alphabet[Int(next() >> 60) * 4]]
            return "$" + String(decoding: letters, as: UTF8.self)
        }

        private static let alphabet = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_".utf8)
    }

    private static func knownHash(_ number: Int) -> PDQHash {
        var numbers = Numbers(state: UInt64(number) &* 0x1234_5678_9ABC_DEF1)
        return numbers.hash()
    }

    private static func make(_ path: String, count: Int, days: Int, ids: String) async throws {
        let files = try LookBackFiles(directory: path)
        var numbers = Numbers(state: 1)
        let perDay = count / days
        let clock = Stopwatch()
        var appending = 0.0
        var sequence: Int64 = await files.lastSequence
        for day in firstDay..<firstDay + days {
            for start in stride(from: 0, to: perDay, by: 4_000) {
                var batch: [(sequence: Int64, sighting: Sighting)] = []
                for place in start..<min(start + 4_000, perDay) {
                    sequence += 1
                    let (room, person) = (numbers.skewed(50_000), numbers.skewed(max(1, perDay / 5)))
                    var hash = numbers.hash()
                    // The known ones are spread over the day.
                    let step = max(1, perDay / known)
                    if place % step == 0, place / step < known {
                        let words = knownHash(place / step).words
                        hash = PDQHash(words: words.0 ^ 0x15, words.1, words.2 ^ 0x80, words.3)
                    }
                    let at = Double(day) * 86_400_000 + (Double(place) * 86_400_000 / Double(perDay)).rounded()
                    let item = ids == "matrix" ? numbers.matrixEvent() : String(numbers.next() >> 11)
                    batch.append(
                        (
                            sequence,
                            Sighting(
                                kind: .pdq, hash: hash, platform: "matrix",
                                space: SpaceID("!abcdefghijkl\(100_000 + room):server\(room % 40).example.org"),
                                item: ItemID(item), actor: ActorID("@person\(person):server\(person % 300).example.org"),
                                mediaIndex: 0, at: Date(timeIntervalSince1970: at / 1_000))
                        ))
                }
                let begun = clock.cpu
                try await files.append(batch)
                appending += clock.cpu - begun
            }
        }
        let begun = clock.cpu
        try await files.maintain(at: Date(timeIntervalSince1970: Double(firstDay + days + 1) * 86_400))
        let joining = clock.cpu - begun
        let statistics = try await files.statistics()
        report([
            ("sightings", "\(statistics.sightings)"), ("bytes", "\(statistics.bytes)"),
            ("bytes_per_sighting", fixed(Double(statistics.bytes) / Double(max(1, statistics.sightings)))),
            ("append_cpu_us_each", fixed(appending * 1e6 / Double(count))),
            ("join_cpu_us_each", fixed(joining * 1e6 / Double(count))), ("wall_s", fixed(clock.wall)),
        ])
    }

    private static func sweep(_ path: String, queries: Int, radius: Int, threads: Int) async throws {
        var options = LookBackFiles.Options()
        options.threads = threads
        let opening = Stopwatch()
        let files = try LookBackFiles(directory: path, access: .read, options: options)
        let opened = opening.wall
        let total = try await files.statistics().sightings
        var numbers = Numbers(state: 99)
        let request = SweepRequest(
            queries: (0..<queries).map {
                .init(key: Int64($0), hash: $0 < known ? knownHash($0) : numbers.hash(), radius: radius)
            })
        var walls: [Double] = []
        var cpus: [Double] = []
        let matches = Mutex(0)
        for _ in 0..<(queries > 100 ? 1 : 5) {
            matches.withLock { $0 = 0 }
            let watch = Stopwatch()
            try await files.sweep(request, after: nil) { _ in
            } found: { part in
                matches.withLock { $0 += part.count }
            }
            walls.append(watch.wall)
            cpus.append(watch.cpu)
        }
        let first = walls[0]
        walls.sort()
        cpus.sort()
        report([
            ("sightings", "\(total)"), ("queries", "\(queries)"), ("radius", "\(radius)"), ("threads", "\(threads)"),
            ("matches", "\(matches.withLock { $0 })"), ("open_s", fixed(opened)), ("first_wall_s", fixed(first)),
            ("median_wall_s", fixed(walls[walls.count / 2])), ("median_cpu_s", fixed(cpus[cpus.count / 2])),
        ])
    }

    private static func delete(_ path: String) async throws {
        let files = try LookBackFiles(directory: path)
        let watch = Stopwatch()
        let deleted = try await files.delete(.actor("matrix", "@person77:server77.example.org"))
        report([("deleted", "\(deleted)"), ("wall_s", fixed(watch.wall)), ("cpu_s", fixed(watch.cpu))])
    }

    private static func verify(_ path: String) async throws {
        let files = try LookBackFiles(directory: path, access: .read)
        let watch = Stopwatch()
        let check = try await files.verify()
        report([
            ("sightings", "\(check.sightings)"), ("deleted", "\(check.deleted)"), ("problems", "\(check.problems.count)"),
            ("wall_s", fixed(watch.wall)), ("cpu_s", fixed(watch.cpu)),
        ])
    }

    private struct Stopwatch {
        private let start = ContinuousClock.now
        private let used = Self.processTime

        var wall: Double {
            let took = (ContinuousClock.now - start).components
            return Double(took.seconds) + Double(took.attoseconds) / 1e18
        }
        var cpu: Double { Self.processTime - used }

        private static var processTime: Double {
            var usage = rusage()
            getrusage(Int32(RUSAGE_SELF.rawValue), &usage)
            func seconds(_ time: timeval) -> Double { Double(time.tv_sec) + Double(time.tv_usec) / 1e6 }
            return seconds(usage.ru_utime) + seconds(usage.ru_stime)
        }
    }

    private static func fixed(_ value: Double) -> String { String(format: "%.3f", value) }

    private static func report(_ fields: [(String, String)]) {
        print("{" + fields.map { "\"\($0)\":\($1)" }.joined(separator: ",") + "}")
    }
}
