// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The text form of a vPDQ video hash, as the published tools write it: a line a frame,
/// `frameNumber,quality,hash,seconds`, seconds with three decimals.
public enum VPDQText {
    /// Reads the text form; empty lines and carriage returns are passed over.
    public static func read(_ text: some StringProtocol) throws(VPDQFormatError) -> [VPDQFrame] {
        var frames: [VPDQFrame] = []
        var number = 0
        for line in Array(text.utf8).split(separator: UInt8(ascii: "\n"), omittingEmptySubsequences: false) {
            number += 1
            let trimmed = trim(line)
            if trimmed.isEmpty { continue }
            let fields = VPDQFields(trimmed, line: number)
            try fields.require(count: 4)
            frames.append(
                VPDQFrame(
                    number: try fields.frameNumber(0), quality: try fields.quality(1), hash: try fields.hash(2),
                    seconds: try fields.seconds(3)))
        }
        return frames
    }

    /// The text form, with a line end after each frame.
    public static func write(_ frames: some Sequence<VPDQFrame>) -> String {
        frames.map { "\($0.number),\($0.quality),\($0.hash.hex),\(decimals($0.seconds))\n" }.joined()
    }

    /// Seconds with three decimals. What no reader would take (negative, not finite, beyond 31 years) is written as 0.000.
    static func decimals(_ seconds: Double) -> String {
        guard seconds >= 0, seconds <= VPDQFields.latest else { return "0.000" }
        let thousandths = Int((seconds * 1000).rounded())
        let fraction = String(thousandths % 1000)
        return "\(thousandths / 1000)." + String(repeating: "0", count: 3 - fraction.count) + fraction
    }

    private static func trim(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8> {
        func blank(_ byte: UInt8) -> Bool { byte == 0x20 || byte == 0x09 || byte == 0x0D }
        var rest = line.drop(while: blank)
        while rest.last.map(blank) == true { rest.removeLast() }
        return rest
    }
}

/// The values of one frame, between commas. Reading one says which was expected where it is wrong.
struct VPDQFields {
    /// No video is longer than this, and the milliseconds of it still are an exact whole number.
    static let latest = 1e9
    private static let digits = Array("0123456789.eE+-".utf8)

    private let fields: [String]
    private let line: Int

    init(_ text: some Collection<UInt8>, line: Int) {
        fields = text.split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
            .map { String(decoding: $0, as: UTF8.self) }
        self.line = line
    }

    func require(count: Int) throws(VPDQFormatError) {
        guard fields.count == count else { throw error(.fields(count, found: fields.count)) }
    }

    func frameNumber(_ field: Int) throws(VPDQFormatError) -> Int {
        guard let number = Int(fields[field]), number >= 0 else { throw error(.frameNumber) }
        return number
    }

    func quality(_ field: Int) throws(VPDQFormatError) -> Int {
        guard let quality = Int(fields[field]), 0...100 ~= quality else { throw error(.quality) }
        return quality
    }

    func hash(_ field: Int) throws(VPDQFormatError) -> PDQHash {
        do throws(PDQHashError) {
            return try PDQHash(hex: fields[field])
        } catch {
            throw self.error(.hash(error))
        }
    }

    /// Decimal digits with an optional exponent: what Swift reads beside that (`nan`, `0x1p3`) is no time.
    func seconds(_ field: Int) throws(VPDQFormatError) -> Double {
        guard fields[field].utf8.allSatisfy(Self.digits.contains), let seconds = Double(fields[field]),
            0...Self.latest ~= seconds
        else { throw error(.seconds) }
        return seconds
    }

    private func error(_ expected: VPDQFormatError.Expectation) -> VPDQFormatError {
        VPDQFormatError(line: line, expected: expected)
    }
}
