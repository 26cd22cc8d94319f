// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CBox
import ModelInputs

/// What the command line asks for.
struct WorkerArguments {
    enum Mode { case serve, checkSandbox, help }

    struct Problem: Error { var message: String }

    var mode = Mode.serve
    /// The thinker's role; else the decoder's.
    var thinks = false
    /// Folder of native parts, absolute.
    var native: String?
    /// Path of certificates in PEM.
    var trustAnchors: String?
    var models: [ModelLoad] = []
    var largestFile = 20 << 20
    var largestVideo = 100 << 20
    var pixelLimit: UInt64 = 50_000_000
    var videoMilliseconds = 48_000
    var limits = cbox_limits(memory_bytes: 1 << 30, cpu_seconds: 600, may_start_threads: 1)

    static let help = """
        Decodes pictures and videos, or runs models over what was decoded, for haechi and in a sandbox. Started by haechi; not
        meant to be used by hand.

        Reads messages from standard input and answers on standard output, each a 32-bit little-endian length and that many bytes.

          --file-bytes N           largest picture file (default 20971520)
          --video-bytes N          largest video file (default 104857600)
          --pixels N               largest picture or frame, width times height (default 50000000)
          --video-milliseconds N   time for one video, after which what was found is the answer (default 48000)
          --native FOLDER          where the optional native parts lie, an absolute path
          --trust-anchors FILE     certificates (PEM) whose signatures on provenance are trusted
          --think                  run models instead of decoding
          --model LINE             a model to load, any number of times: name|version|precision|sha256|recipe|file
          --memory-bytes N         memory on top of what is mapped at the start (default 1073741824)
          --cpu-seconds N          processor time of the process (default 600)
          --check-sandbox          load everything, try what the sandbox must deny, and tell the outcome
          --help                   this text
        """

    init(_ arguments: some Sequence<String>) throws(Problem) {
        var rest = arguments.makeIterator()
        while let argument = rest.next() {
            switch argument {
            case "--help": mode = .help
            case "--check-sandbox": mode = .checkSandbox
            case "--think": thinks = true
            case "--native": native = try Self.path(rest.next(), for: argument)
            case "--trust-anchors": trustAnchors = try Self.path(rest.next(), for: argument)
            case "--model":
                guard let load = rest.next().flatMap({ ModelLoad(text: $0) }), models.count < 64 else {
                    throw Problem(message: "--model needs name|version|precision|sha256|recipe|file")
                }
                models.append(load)
            case "--file-bytes": largestFile = try Self.number(rest.next(), for: argument, upTo: 1 << 30)
            case "--video-bytes": largestVideo = try Self.number(rest.next(), for: argument, upTo: 1 << 30)
            case "--pixels": pixelLimit = UInt64(try Self.number(rest.next(), for: argument, upTo: 1 << 32))
            case "--video-milliseconds": videoMilliseconds = try Self.number(rest.next(), for: argument, upTo: 1 << 40)
            case "--memory-bytes": limits.memory_bytes = UInt64(try Self.number(rest.next(), for: argument, upTo: 1 << 40))
            case "--cpu-seconds": limits.cpu_seconds = UInt32(try Self.number(rest.next(), for: argument, upTo: 1 << 30))
            default: throw Problem(message: "unknown argument \(argument)")
            }
        }
        // One picture format is decoded by two threads; models run on the one that there is.
        if thinks { limits.may_start_threads = 0 }
    }

    /// A file after its line of wishes; a raster or text after its line.
    var largestMessage: Int {
        Self.longestLine + (thinks ? 3 * Self.largestSide * Self.largestSide : max(largestFile, largestVideo))
    }

    /// Longest line of a message, with its end.
    static let longestLine = 1_024
    /// Of a raster.
    static let largestSide = 1_600

    private static func path(_ text: String?, for argument: String) throws(Problem) -> String {
        guard var text, text.hasPrefix("/") else { throw Problem(message: "\(argument) needs an absolute path") }
        while text.count > 1, text.hasSuffix("/") { text.removeLast() }
        return text
    }

    private static func number(_ text: String?, for argument: String, upTo largest: Int) throws(Problem) -> Int {
        guard let text, let value = Int(text), (1...largest).contains(value) else {
            throw Problem(message: "\(argument) needs a number from 1 to \(largest)")
        }
        return value
    }
}
