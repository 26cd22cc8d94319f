// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Logging
import MediaDecoding
import PerceptualHashing
import Signals

/// Fingerprints of files, without a server or a database.
struct HashCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "hash", abstract: "Fingerprints of picture and video files.", subcommands: [Image.self, Video.self])

    struct Image: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the PDQ hash of each picture, one JSON line a file, in the order given.",
            discussion: """
                {"file":"cat.jpg","pdq":"64 hex","quality":100,"width":640,"height":480}, or {"file":"cat.jpg","error":"…"}.
                The exit status is 1 when a file failed.
                """)

        @OptionGroup var files: FileOptions

        @Option(
            help: ArgumentHelp(
                "nearest512 (as the published tool), full-size (as the Python packages), or fast (scaled JPEG; not for banks).",
                valueName: "name"))
        var method: Method = .nearest512

        @Flag(help: "Add the hashes of the picture turned and mirrored.") var dihedral = false

        @Option(
            help: ArgumentHelp(
                "Add hashes of the picture changed: border (without a plain border), crops (of its parts), or both: border,crops.",
                valueName: "names"))
        var variants: Variants = Variants(names: [])

        @Option(
            help: ArgumentHelp(
                "What shows through where a picture is transparent: a grey from 0 to 255, or none for the colours underneath.",
                valueName: "grey"))
        var background: Background = Background(value: .grey(255))

        func run() async throws {
            var request = MediaRequest()
            request.method = method.value
            request.dihedrals = dihedral
            request.borders = variants.names.contains("border")
            request.crops = variants.names.contains("crops")
            request.background = background.value
            let writer = HashLine(isExact: files.exact, showsDihedrals: dihedral, showsMethod: method != .nearest512)
            try await files.hash(request) { line in try HashCommand.write(writer.picture(line)) }
        }
    }

    struct Video: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints the vPDQ hash of each video, one JSON line a file, in the order given.",
            discussion: """
                {"file":"cat.mp4","duration":4.331,"frames":[{"frame":0,"seconds":0.000,"pdq":"64 hex","quality":100},…]},
                or {"file":"cat.mp4","error":"…"}. The exit status is 1 when a file failed.
                """)

        @OptionGroup var files: FileOptions

        @Option(
            help: ArgumentHelp(
                "Hash a frame in so many seconds, all frames, or key frames (fast).", valueName: "seconds|all|key"))
        var every: Sampling = Sampling(value: .seconds(1))

        @Option(help: "json, or vpdq: the published tool's text lines, of one file.") var format: Format = .json

        @Option(help: ArgumentHelp("Most frames hashed in a video.", valueName: "n")) var maxFrames = 36_000

        enum Format: String, ExpressibleByArgument { case json, vpdq }

        func validate() throws {
            guard (1...1_000_000).contains(maxFrames) else { throw ValidationError("--max-frames is 1 to 1000000") }
            guard format == .json || files.files.count == 1 && !files.readsList else {
                throw ValidationError("--format vpdq has no place for names: one file at a time")
            }
        }

        func run() async throws {
            var request = MediaRequest()
            request.dihedrals = false
            request.video = every.value
            request.frameLimit = maxFrames
            let writer = HashLine(isExact: files.exact)
            try await files.hash(request) { line in
                switch format {
                case .json: try HashCommand.write(writer.video(line))
                case .vpdq: try HashCommand.writeText(line)
                }
            }
        }
    }
}

// MARK: - Output

extension HashCommand {
    fileprivate static func write(_ line: String) throws {
        try FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
    }

    fileprivate static func writeText(_ line: HashedFile) throws {
        switch line.outcome {
        case .failure(let problem): Terminal.complain(["\(line.name.text): \(problem.message)"])
        case .success(let facts):
            let frames = facts.frames.compactMap { frame in
                (try? PDQHash(hex: frame.pdq)).map {
                    VPDQFrame(number: frame.frame, quality: frame.quality, hash: $0, seconds: frame.seconds)
                }
            }
            try FileHandle.standardOutput.write(contentsOf: Data(VPDQText.write(frames).utf8))
        }
    }
}

// MARK: - Values of options

extension HashCommand {
    enum Method: String, ExpressibleByArgument, CaseIterable {
        case nearest512
        case fullSize = "full-size"
        case fast

        var value: MediaRequest.Method {
            switch self {
            case .nearest512: .nearest512
            case .fullSize: .fullSize
            case .fast: .fast
            }
        }
    }

    struct Variants: ExpressibleByArgument {
        var names: Set<String>

        init(names: Set<String>) { self.names = names }

        init?(argument: String) {
            names = Set(argument.split(separator: ",").map(String.init))
            guard names.isSubset(of: ["border", "crops"]) else { return nil }
        }
    }

    struct Background: ExpressibleByArgument {
        var value: MediaRequest.Background

        init(value: MediaRequest.Background) { self.value = value }

        init?(argument: String) {
            if argument == "none" {
                value = .none
            } else if let grey = UInt8(argument) {
                value = .grey(grey)
            } else {
                return nil
            }
        }

        var defaultValueDescription: String { "255" }
    }

    struct Sampling: ExpressibleByArgument {
        var value: MediaRequest.Sampling

        init(value: MediaRequest.Sampling) { self.value = value }

        init?(argument: String) {
            switch argument {
            case "all": value = .everyFrame
            case "key": value = .keyFrames
            default:
                guard let seconds = Double(argument), seconds > 0, seconds <= 86_400 else { return nil }
                value = .seconds(seconds)
            }
        }

        var defaultValueDescription: String { "1" }
    }
}
