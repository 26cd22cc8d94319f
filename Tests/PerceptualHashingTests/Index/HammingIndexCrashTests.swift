// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Glibc
import PerceptualHashing
import Testing

/// The helper in the build folder that this test belongs to.
private let crasher: URL? = {
    let folders =
        CommandLine.arguments.map { URL(fileURLWithPath: $0).deletingLastPathComponent() } + [
            Bundle.main.bundleURL, URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent(),
        ]
    return folders.map { $0.appendingPathComponent("IndexCrasher") }.first {
        FileManager.default.isExecutableFile(atPath: $0.path)
    }
}()

@Suite("A Hamming index whose process is killed", .serialized)
struct HammingIndexCrashTests {
    /// One life of the helper: gets lines, gives lines, ends when told or killed.
    final class Life {
        let process = Process()
        private let input = Pipe()
        private let output = Pipe()
        private var received = Data()

        init(folder: String, deltaLimit: Int) throws {
            let executable: URL = try #require(crasher, "build the IndexCrasher target first")
            process.executableURL = executable
            process.arguments = [folder, "\(deltaLimit)"]
            process.standardInput = input
            process.standardOutput = output
            try process.run()
            output.fileHandleForWriting.closeFile()
            input.fileHandleForReading.closeFile()
        }

        func send(_ text: String) { input.fileHandleForWriting.write(Data(text.utf8)) }

        /// The next line; nil once the process has ended.
        func line() -> String? {
            while true {
                if let end = received.firstIndex(of: UInt8(ascii: "\n")) {
                    defer { received = Data(received[(end + 1)...]) }
                    return String(decoding: received[..<end], as: UTF8.self)
                }
                let more = output.fileHandleForReading.availableData
                if more.isEmpty { return nil }
                received += more
            }
        }

        func kill() { Glibc.kill(process.processIdentifier, SIGKILL) }

        func end() -> [String] {
            input.fileHandleForWriting.closeFile()
            var lines: [String] = []
            while let line = line() { lines.append(line) }
            process.waitUntilExit()
            return lines
        }
    }

    private func text(_ changes: [HammingChange], tag: UInt64) -> String {
        changes.map { change in
            switch change {
            case .add(let entry): "+ \(entry.hash.hex) \(entry.key) \(entry.labels.bank)\n"
            case .remove(let hash, let key): "- \(hash.hex) \(key)\n"
            }
        }.joined() + "apply \(tag)\n"
    }

    @Test("holds after 200 kills what it acknowledged, and at most the one batch more that was under way, whole")
    func kills() async throws {
        let seed = SeededNumbers.freshSeed()
        print("seed \(seed)")
        var numbers = SeededNumbers(seed)
        try await withFolder { folder in
            var plain = PlainIndex()
            var tag: UInt64 = 0
            for _ in 0..<200 {
                // The worlds after each batch that may come out, newest last.
                var worlds = [plain]
                var script = ""
                for step in UInt64(1)...12 {
                    var changes: [HammingChange] = []
                    for _ in 0..<Int.random(in: 0..<14, using: &numbers) {
                        let labels = HammingLabels(bank: .random(in: 0..<9, using: &numbers))
                        changes.append(.add(HammingEntry(hash: numbers.hash(), key: numbers.next() % 50, labels: labels)))
                    }
                    for name in plain.entries.keys.prefix(Int.random(in: 0..<14, using: &numbers)) {
                        changes.append(
                            Int.random(in: 0..<3, using: &numbers) > 0
                                ? .remove(hash: name.hash, key: name.key)
                                : .add(HammingEntry(hash: name.hash, key: name.key, labels: HammingLabels(bank: 100))))
                    }
                    plain.apply(changes)
                    worlds.append(plain)
                    script += text(changes, tag: tag + step)
                }
                let life = try Life(folder: folder, deltaLimit: 20)
                life.send(script)
                let wait = Int.random(in: 0..<13, using: &numbers)
                var acknowledged: UInt64 = tag
                func note(_ line: String) {
                    if line.hasPrefix("applied "), let number = UInt64(line.dropFirst(8)) { acknowledged = number }
                }
                for _ in 0...wait { if let line = life.line() { note(line) } }
                for _ in 0..<Int.random(in: 0..<2_000, using: &numbers) { _ = numbers.next() }
                life.kill()
                life.end().forEach(note)

                let index = try HammingIndex.open(at: folder, options: .init(deltaLimit: 20, copiesToMemory: false))
                let reached = index.tag
                try #require(reached == acknowledged || reached == acknowledged + 1)
                plain = worlds[Int(reached - tag)]
                tag = reached
                #expect(index.count == plain.entries.count)
                let searcher = index.makeSearcher()
                let all = searcher.matches(for: .zero, within: 256)
                #expect(all == plain.matches(for: .zero, within: 256))
                index.close()
            }
            let index = try HammingIndex.open(at: folder)
            _ = try index.verify()
            print("\(index.count) entries and \(tag) batches after 200 kills")
            index.close()
        }
    }

    @Test("a full disk refuses the batch, changes nothing, and harms nothing when there is room again")
    func fullDisk() async throws {
        var numbers = SeededNumbers(3)
        func batch(_ count: Int) -> [HammingChange] {
            (0..<count).map { .add(HammingEntry(hash: numbers.hash(), key: UInt64($0))) }
        }
        try await withFolder { folder in
            let life = try Life(folder: folder, deltaLimit: 1_000)
            life.send(text(batch(10), tag: 1) + "limit 20000\n" + text(batch(900), tag: 2) + text(batch(20), tag: 3))
            // The log has room for this, but no segment can be written.
            life.send("compact\nlimit max\n" + text(batch(30), tag: 4) + "compact\n" + text(batch(5), tag: 5))
            let lines = life.end()
            try #require(lines.count == 11)
            #expect(lines[0] == "open 0" && lines[1] == "applied 1" && lines[2] == "limited")
            #expect(lines[3].hasPrefix("refused cannot write"))
            #expect(lines[4] == "applied 3")
            #expect(lines[5].hasPrefix("refused cannot write"))
            #expect(lines[6...].elementsEqual(["limited", "applied 4", "compacted", "applied 5", "count 65"]))
            let index = try HammingIndex.open(at: folder)
            #expect(index.count == 65 && index.tag == 5)
            index.close()
        }
    }
}
