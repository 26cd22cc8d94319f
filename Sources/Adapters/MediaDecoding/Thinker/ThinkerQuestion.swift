// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

/// What a thinker is asked.
package struct ThinkerQuestion: Sendable, Hashable {
    package enum Verb: String, Sendable, Hashable {
        case run
        /// What the model would be given, for a model on a server.
        case prepare
    }

    package var verb: Verb
    package var model: String
    package var input: ModelInput

    package init(_ verb: Verb, _ model: String, _ input: ModelInput) {
        self.verb = verb
        self.model = model
        self.input = input
    }

    /// The longest text that is sent, in bytes.
    static let largestText = 65_536

    /// Why it cannot be asked; nil when it can.
    var problem: String? {
        switch input {
        case .text(let text):
            text.utf8.count > Self.largestText ? "the text is longer than \(Self.largestText) bytes" : nil
        case .raster(let raster):
            (1...Raster.largestSide).contains(raster.width) && (1...Raster.largestSide).contains(raster.height)
                && [1, 3].contains(raster.channels)
                && raster.pixels.count == raster.width * raster.height * raster.channels
                ? nil : "the raster's sides and pixels do not fit"
        }
    }

    /// Its line, an empty one, and its bytes.
    var message: [[UInt8]] {
        switch input {
        case .raster(let raster):
            let line = "\(verb.rawValue) \(model) raster \(raster.width) \(raster.height) \(raster.channels)\n\n"
            return [Array(line.utf8), raster.pixels]
        case .text(let text): return [Array("\(verb.rawValue) \(model) text\n\n".utf8), Array(text.utf8)]
        }
    }

    var largestAnswer: Int {
        switch verb {
        case .run: ThinkerReply.largestHeader + 65_536
        case .prepare: ThinkerReply.largestHeader + 4 * ThinkerReply.largestTensor
        }
    }
}
