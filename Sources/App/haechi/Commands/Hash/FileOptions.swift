// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Crypto
import Foundation
import Logging
import MediaDecoding
import Signals

/// Which files to hash, on how many cores, and how to tell of it.
struct FileOptions: ParsableArguments {
    @Argument(help: "Files; - reads their names from standard input.") var files: [String] = []

    @Flag(name: .customLong("stdin"), help: "Read names from standard input, one a line or ended by NUL bytes.")
    var readsStandardInput = false

    @Flag(name: [.customShort("0"), .customLong("null")], help: "The names on standard input are ended by NUL bytes only.")
    var isNullTerminated = false

    @Option(help: ArgumentHelp("Files at once (default: one a core).", valueName: "n")) var jobs: Int?

    @Flag(help: "Add the SHA-256 and the MD5 of the file. MD5 is for exchanges that know nothing else; it proves nothing.")
    var exact = false

    @Flag(help: "Show progress on standard error even where it is no terminal.") var progress = false

    @Option(help: ArgumentHelp("Largest file in bytes.", valueName: "n")) var maxBytes = 100 << 20

    @Option(help: ArgumentHelp("Most pixels of a picture or frame.", valueName: "n")) var maxPixels = 50_000_000

    @Option(help: ArgumentHelp("Longest time for one file.", valueName: "seconds")) var maxSeconds = 600

    /// Whether names come from standard input.
    var readsList: Bool { readsStandardInput || files.contains("-") }

    func validate() throws {
        guard !files.isEmpty || readsStandardInput else { throw ValidationError("no files: name some, or --stdin") }
        guard (1...256).contains(jobs ?? 1) else { throw ValidationError("--jobs is 1 to 256") }
        guard (1...1 << 30).contains(maxBytes), (1...1 << 32).contains(maxPixels), (1...86_400).contains(maxSeconds) else {
            throw ValidationError("--max-bytes is 1 to 1073741824, --max-pixels 1 to 4294967296, --max-seconds 1 to 86400")
        }
    }

    /// Hashes every file and hands the outcomes out in the order of the names.
    func hash(_ request: MediaRequest, _ show: (HashedFile) throws -> Void) async throws {
        guard let worker = MediaWorkerPool.locate() else { throw ValidationError("haechi-media-worker is not beside haechi") }
        let jobs = jobs ?? ProcessInfo.processInfo.activeProcessorCount
        // A line of each lost worker would mix with the progress; that it was lost is in the file's error.
        let pool = MediaWorkerPool(
            executable: worker, options: workerOptions(jobs: jobs),
            logger: Logger(label: "haechi") { _ in SwiftLogNoOpLogHandler() })
        let names = FileNames(files, readsStandardInput: readsStandardInput, isNullTerminated: isNullTerminated)
        var progress = HashProgress(isWanted: progress, isLong: files.count > 20 || readsList)
        let (exact, maxBytes) = (exact, maxBytes)
        try await inOrder(atMost: jobs * 3, next: { await names.next() }) { name in
            await HashedFile(name, request: request, isExact: exact, largest: maxBytes, inspector: pool)
        } result: { file in
            try show(file)
            progress.count(failed: file.hasFailed)
        }
        progress.finish()
        await pool.shutdown()
        if progress.failed > 0 { throw ExitCode(1) }
    }

    private func workerOptions(jobs: Int) -> MediaWorkerOptions {
        var options = MediaWorkerOptions()
        options.workers = jobs
        options.largestFile = maxBytes
        options.largestVideo = maxBytes
        options.largestPicture = maxPixels
        options.deadline = .seconds(maxSeconds)
        options.videoDeadline = .seconds(maxSeconds)
        options.processorSeconds = 1 << 30
        // The file itself, the decoded picture, and room to filter it.
        options.memory = max(1 << 30, maxBytes + 20 * maxPixels)
        return options
    }
}

/// One file and what became of it.
struct HashedFile: Sendable {
    struct Problem: Error {
        var message: String
    }

    var name: FileName
    var outcome: Result<MediaFacts, Problem>
    /// SHA-256 and MD5 in hexadecimal digits, when asked for.
    var exact: (sha256: String, md5: String)?

    var hasFailed: Bool {
        if case .failure = outcome { true } else { false }
    }

    init(_ name: FileName, request: MediaRequest, isExact: Bool, largest: Int, inspector: any MediaInspector) async {
        self.name = name
        do {
            let bytes = try name.read(atMost: largest)
            if isExact { exact = (Self.hex(SHA256.hash(data: bytes)), Self.hex(Insecure.MD5.hash(data: bytes))) }
            outcome = .success(try await Self.facts(of: bytes, request, inspector))
        } catch let problem as Problem {
            outcome = .failure(problem)
        } catch {
            outcome = .failure(Problem(message: "\(error)"))
        }
    }

    private static func facts(
        of bytes: [UInt8], _ request: MediaRequest, _ inspector: any MediaInspector
    ) async throws -> MediaFacts {
        let facts: MediaFacts
        do {
            facts = try await inspector.inspect(bytes, request)
        } catch {
            throw Problem(message: error.message)
        }
        if request.video != nil, facts.duration == nil { throw Problem(message: "a \(facts.format) picture, not a video") }
        if request.video == nil, facts.pdq.isEmpty {
            throw Problem(message: "too small for a hash: \(facts.width) x \(facts.height) pixels, at least 5 x 5 are needed")
        }
        return facts
    }

    private static func hex(_ bytes: some Sequence<UInt8>) -> String {
        let digits = Array("0123456789abcdef".utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }
}
