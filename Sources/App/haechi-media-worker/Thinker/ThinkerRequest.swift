// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A question, from a message:
///
///     run NAME raster WIDTH HEIGHT CHANNELS       run NAME text       prepare NAME raster WIDTH HEIGHT CHANNELS
///
/// then an empty line, then pixels or text.
struct ThinkerRequest {
    enum Verb: String {
        case run
        /// What the model would be given.
        case prepare
    }

    var verb: Verb
    var model: String
    var input: ThinkerInput

    /// Nil when it makes no sense.
    init?(_ message: [UInt8]) {
        let end = UInt8(ascii: "\n")
        guard let line = message.prefix(WorkerArguments.longestLine).firstIndex(of: end), line + 1 < message.count,
            message[line + 1] == end
        else { return nil }
        let words = String(decoding: message[..<line], as: UTF8.self).split(separator: " ").map { String($0) }
        guard words.count >= 3, let verb = Verb(rawValue: words[0]) else { return nil }
        (self.verb, model) = (verb, words[1])
        let rest = message[(line + 2)...]
        switch (words[2], words.count) {
        case ("text", 3):
            guard let text = String(validating: rest, as: UTF8.self) else { return nil }
            input = .text(text)
        case ("raster", 6):
            guard let width = Int(words[3]), let height = Int(words[4]), let channels = Int(words[5]),
                (1...WorkerArguments.largestSide).contains(width), (1...WorkerArguments.largestSide).contains(height),
                channels == 1 || channels == 3, rest.count == width * height * channels
            else { return nil }
            input = .raster(ThinkerRaster(width: width, height: height, channels: channels, pixels: Array(rest)))
        default: return nil
        }
    }
}
