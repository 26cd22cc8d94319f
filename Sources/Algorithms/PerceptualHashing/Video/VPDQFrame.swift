// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One hashed frame of a video: a vPDQ video hash is a list of these.
public struct VPDQFrame: Sendable, Hashable, Codable {
    /// The frame's place in the video, from 0. Where only every n-th frame was hashed the numbers have gaps.
    public var number: Int
    /// How much structure the frame has, 0 to 100.
    public var quality: Int
    public var hash: PDQHash
    /// When the frame is shown, counted from the begin of the video.
    public var seconds: Double

    public init(number: Int, quality: Int, hash: PDQHash, seconds: Double) {
        self.number = number
        self.quality = quality
        self.hash = hash
        self.seconds = seconds
    }
}

/// Why text is no list of vPDQ frames: where, and what was expected there.
public struct VPDQFormatError: Error, Equatable, Sendable, CustomStringConvertible {
    public enum Expectation: Sendable, Equatable {
        /// As many values between commas as the form has; there are `found`.
        case fields(Int, found: Int)
        /// A whole number from 0.
        case frameNumber
        /// A whole number from 0 to 100.
        case quality
        /// 64 hexadecimal digits.
        case hash(PDQHashError)
        /// A decimal number from 0 to a thousand million.
        case seconds
        /// A JSON array of strings without escapes.
        case arrayOfStrings
    }

    /// The line of the text form, or the entry of the signal string; from 1.
    public var line: Int
    public var expected: Expectation

    public init(line: Int, expected: Expectation) {
        self.line = line
        self.expected = expected
    }

    public var description: String {
        let what =
            switch expected {
            case .fields(let count, let found): "\(count) values between commas, found \(found)"
            case .frameNumber: "a frame number, 0 or more"
            case .quality: "a quality from 0 to 100"
            case .hash(.wrongLength(let length)): "a hash of 64 hexadecimal digits, found \(length) characters"
            case .hash(.notHexadecimal(let place)): "a hexadecimal digit at character \(place + 1) of the hash"
            case .hash(.invalidRaster), .hash(.tooLarge): "a hash of 64 hexadecimal digits"
            case .seconds: "a time in seconds, 0 or more"
            case .arrayOfStrings: "a JSON array of strings"
            }
        return "line \(line): expected \(what)"
    }
}
