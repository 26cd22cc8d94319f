// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import LookAlikeFiles
import Moderation
import Signals

/// The index of look-alikes on given vectors: what it finds, and how long that takes.
struct LookAlikeCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "lookalike", abstract: "Measure the index of look-alikes on files of vectors (rows of signed bytes).")

    @Argument(help: "Rows to look in.") var rows: String
    @Argument(help: "Rows to look for.") var queries: String
    @Option(help: "Numbers in a row.") var dimension = 512
    @Option(help: "How many are asked for.") var limit = 10
    @Option(help: "How many codes are looked at closely.") var candidates = 1_000

    func run() async throws {
        let folder = FileManager.default.temporaryDirectory.appending(path: "haechi-look-alikes-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        var options = LookAlikeFiles.Options()
        options.candidates = candidates
        let before = residentBytes()
        let begin = processSeconds()
        var count = 0
        do {
            let files = try LookAlikeFiles(directory: folder.path, model: "bench", options: options)
            let handle = try FileHandle(forReadingFrom: URL(filePath: rows))
            while let data = try handle.read(upToCount: dimension * 8_192), !data.isEmpty {
                let pictures = Self.vectors(data, dimension).enumerated().map { LookAlike(number: count + $0.offset, $0.element) }
                try await files.put(pictures)
                count += pictures.count
            }
        }
        let built = processSeconds() - begin
        let start = processSeconds()
        let files = try LookAlikeFiles(directory: folder.path, model: "bench", access: .read, options: options)
        let opened = processSeconds() - start
        let resident = residentBytes() - before

        var times: [Double] = []
        var found: [[Int]] = []
        for vector in Self.vectors(try Data(contentsOf: URL(filePath: queries)), dimension) {
            let begin = processSeconds()
            let matches = try await files.similar(to: vector, limit: limit)
            times.append((processSeconds() - begin) * 1_000)
            found.append(matches.compactMap { Int($0.item.rawValue) })
        }
        report(
            [
                ("count", count), ("build", built), ("open", opened), ("memory", max(0, resident)), ("p50", median(times)),
                ("p99", percentile(times, 0.99)), ("found", found),
            ], json: true)
    }

    private static func vectors(_ data: Data, _ dimension: Int) -> [[Float]] {
        let bytes = [UInt8](data)
        return stride(from: 0, through: bytes.count - dimension, by: dimension).map { start in
            bytes[start..<start + dimension].map { Float(Int8(bitPattern: $0)) }
        }
    }
}

extension LookAlike {
    fileprivate init(number: Int, _ vector: [Float]) {
        self.init(
            platform: "bench", space: "!space:bench", actor: ActorID("@actor-\(number % 1_000):bench"), item: ItemID("\(number)"),
            media: "mxc://bench/picture", at: Date(timeIntervalSince1970: Double(number)), vector: vector)
    }
}
