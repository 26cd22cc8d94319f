// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import PerceptualHashing

/// The hash alone: pixels are in memory, nothing is read or decoded.
struct PixelsCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "pixels", abstract: "Measure hashing gray pixels, given as a file of one byte a pixel.")

    @Argument(help: "The pixels, row by row.") var file: String
    @Argument(help: "Pixels a row.") var width: Int

    @Option(help: "nearest-512, full-size or video-frame.")
    var method = "nearest-512"

    @Option(help: "How often; the median counts.")
    var repeats = 501

    @Flag(help: "Print one JSON object.")
    var json = false

    func validate() throws {
        guard width > 0, repeats > 0 else { throw ValidationError("width and repeats are 1 or more") }
        guard PDQMethod(rawValue: method) != nil else { throw ValidationError("there is no method \(method)") }
    }

    func run() throws {
        let pixels = [UInt8](try Data(contentsOf: URL(fileURLWithPath: file)))
        let method = PDQMethod(rawValue: method) ?? .nearest512
        let workspace = PDQWorkspace()
        var times: [Double] = []
        var hash = PDQHash.zero
        for _ in 0..<repeats {
            let begin = threadSeconds()
            hash = try workspace.hash(pixels, width: width, height: pixels.count / width, layout: .luminance, method: method).hash
            times.append((threadSeconds() - begin) * 1e6)
        }
        report([("microseconds", median(times)), ("hash", hash.hex)], json: json)
    }
}
