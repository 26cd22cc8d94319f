// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Logging
import MediaDecoding
import Signals

extension MediaCommand {
    struct Examine: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says what a file is, where it says that it comes from, and how long looking took.",
            discussion: """
                The file is decoded in the sandbox, as any file from outside. That a file says nothing of its origin means nothing:
                most platforms strip such marks. The exit status is 1 when a file could not be decoded.
                """)

        @OptionGroup var options: SettingsOptions
        @Flag(help: "One JSON object for each file.") var json = false
        @Argument(help: "Picture and video files.") var files: [String]

        func run() async throws {
            let settings = try await options.settings()
            var workerOptions = MediaWorkerOptions(settings)
            workerOptions.workers = 1
            let pool = MediaWorkerPool(
                executable: try MediaCommand.worker(), options: workerOptions, logger: Logger(label: "haechi"))
            var failed = false
            for file in files {
                let report = await examine(file, with: pool, atMost: max(workerOptions.largestFile, workerOptions.largestVideo))
                failed = failed || report.error != nil
                Terminal.say(json ? try MediaCommand.json(report) : report.text)
            }
            await pool.shutdown()
            if failed { throw ExitCode(1) }
        }

        private func examine(_ file: String, with pool: MediaWorkerPool, atMost largest: Int) async -> Report {
            let expected = "expected a picture or video file"
            let bytes: [UInt8]
            do {
                bytes = try FileName(file.utf8).read(atMost: largest)
            } catch {
                let why = (error as? HashedFile.Problem)?.message ?? "can't be read"
                return Report(file: file, error: "\(why); \(expected)")
            }
            guard !bytes.isEmpty else { return Report(file: file, bytes: 0, error: "an empty file; \(expected)") }
            var request = MediaRequest()
            request.video = .keyFrames
            request.provenance = true
            do {
                let begin = ContinuousClock.now
                let facts = try await pool.inspect(bytes, request)
                let seconds = begin.duration(to: .now) / .seconds(1)
                return Report(file: file, bytes: bytes.count, facts: facts, times: facts.times, seconds: seconds)
            } catch .undecodable(let why) {
                let whole = "it is damaged or ends early; expected a whole picture or video"
                return Report(file: file, bytes: bytes.count, error: "\(MediaError.undecodable(why).message): \(whole)")
            } catch {
                return Report(file: file, bytes: bytes.count, error: error.message)
            }
        }
    }
}

extension MediaCommand.Examine {
    fileprivate struct Report: Encodable {
        var file: String
        var bytes: Int?
        var error: String?
        var facts: MediaFacts?
        /// Microseconds by step.
        var times: [String: Int]?
        /// From the question to the answer.
        var seconds: Double?

        init(
            file: String, bytes: Int? = nil, error: String? = nil, facts: MediaFacts? = nil, times: [String: Int]? = nil,
            seconds: Double? = nil
        ) {
            self.file = file
            self.bytes = bytes
            self.error = error
            self.facts = facts
            self.times = times
            self.seconds = seconds
        }

        var text: String {
            guard let facts else { return "\(file)\n  \(error ?? "nothing is known")" }
            var lines = [file, "  \(facts.format), \(facts.width) x \(facts.height), \(bytes ?? 0) bytes\(facts.moving)"]
            if !facts.pdq.isEmpty { lines.append("  PDQ \(facts.pdq), quality \(facts.quality)") }
            if facts.isIncomplete {
                let why = facts.duration == nil ? "is damaged or ends early" : "is damaged, ends early or takes too long"
                lines.append("  the file \(why): what could be decoded was hashed; expected a whole one")
            }
            lines += (facts.provenance?.lines ?? []).map { "  \($0)" }
            let steps = facts.times.sorted { $0.value > $1.value }.map { "\($0.key) \(Self.milliseconds($0.value)) ms" }
            if !steps.isEmpty { lines.append("  times: " + steps.joined(separator: ", ")) }
            return lines.joined(separator: "\n")
        }

        private static func milliseconds(_ microseconds: Int) -> String {
            (Double(microseconds) / 1_000).formatted(.number.precision(.fractionLength(1)).locale(Locale(identifier: "en")))
        }
    }
}

extension MediaFacts {
    fileprivate var moving: String {
        let hashed = "\(Terminal.some(frames.count, "frame")) hashed"
        guard let duration else { return frames.isEmpty ? "" : ", \(hashed)" }
        let seconds = duration.formatted(.number.precision(.fractionLength(1)).locale(Locale(identifier: "en")))
        return ", \(seconds) seconds, \(hashed)"
    }
}

extension ProvenanceFacts {
    /// For whoever reads a terminal.
    fileprivate var lines: [String] {
        var lines = ["origin: \(words)"]
        if !codes.isEmpty { lines.append("manifest: " + codes.joined(separator: ", ")) }
        if let signer {
            lines.append("signed by: \(signer)" + (manifest == .trusted ? "" : " (the name is whatever the signer wrote)"))
        }
        if let claimGenerator { lines.append("the program calls itself: \(claimGenerator)") }
        lines += marks.map { mark in
            switch mark.kind {
            case .digitalSourceType: "digital source type (\(mark.place)): \(mark.value)"
            case .generator: "generator (\(mark.place)): \(mark.value)"
            }
        }
        return lines
    }

    private var words: String {
        switch manifest {
        case .none: "no signed manifest, which means nothing"
        case .trusted: "signed by somebody on your trust list, and whole"
        case .untrusted: "signed by somebody who is not on your trust list, and whole"
        case .invalid: "the signed manifest does not fit the file, or is broken"
        case .unverified: "there is a manifest, and nothing here to verify it with"
        case .elsewhere: "the manifest lies elsewhere and is not fetched"
        }
    }
}
