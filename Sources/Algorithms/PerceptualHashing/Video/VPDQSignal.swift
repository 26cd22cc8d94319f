// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The signal string in which ThreatExchange's Python package passes a vPDQ video hash: a JSON array of
/// `"hash,quality,seconds"`.
///
/// That package writes the seconds with three significant digits instead of three decimals, so 123.456 becomes `1.23e+02`.
/// Such strings are read (their times are as coarse as that, and equal times may follow each other); written are always
/// three decimals, which the package reads too.
public enum VPDQSignal {
    /// Reads a signal string. It has no frame numbers: a frame's number is its place in the array. An empty text is an empty
    /// list, as in the Python package.
    public static func read(_ text: some StringProtocol) throws(VPDQFormatError) -> [VPDQFrame] {
        var frames: [VPDQFrame] = []
        for (place, entry) in try entries(of: Array(text.utf8)).enumerated() {
            let fields = VPDQFields(entry, line: place + 1)
            try fields.require(count: 3)
            frames.append(
                VPDQFrame(
                    number: place, quality: try fields.quality(1), hash: try fields.hash(0), seconds: try fields.seconds(2)))
        }
        return frames
    }

    /// The signal string of these frames.
    public static func write(_ frames: some Sequence<VPDQFrame>) -> String {
        "[" + frames.map { "\"\($0.hash.hex),\($0.quality),\(VPDQText.decimals($0.seconds))\"" }.joined(separator: ", ") + "]"
    }

    /// The strings of a JSON array. No frame needs an escape, so a string with one is none of ours.
    private static func entries(of text: [UInt8]) throws(VPDQFormatError) -> [ArraySlice<UInt8>] {
        var found: [ArraySlice<UInt8>] = []
        var rest = text[...]
        func next() -> UInt8? {
            rest = rest.drop { $0 == 0x20 || 0x09...0x0A ~= $0 || $0 == 0x0D }
            return rest.popFirst()
        }
        func malformed() -> VPDQFormatError { VPDQFormatError(line: found.count + 1, expected: .arrayOfStrings) }

        guard let first = next() else { return [] }
        guard first == UInt8(ascii: "[") else { throw malformed() }
        var token = next()
        while token != UInt8(ascii: "]") || !found.isEmpty {
            guard token == UInt8(ascii: "\""), let end = rest.firstIndex(of: UInt8(ascii: "\"")),
                !rest[..<end].contains(UInt8(ascii: "\\"))
            else { throw malformed() }
            found.append(rest[..<end])
            rest = rest[(end + 1)...]
            token = next()
            if token == UInt8(ascii: "]") { break }
            guard token == UInt8(ascii: ",") else { throw malformed() }
            token = next()
        }
        guard next() == nil else { throw malformed() }
        return found
    }
}
