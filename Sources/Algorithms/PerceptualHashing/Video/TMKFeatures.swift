// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a .tmk file holds: the TMK+PDQF features of one video, by which whole videos are compared whatever their length.
///
/// Values are little endian: the marks `TMK1`, `FVEC`, `PDQF`; five 32-bit whole numbers (frames a second, periods P,
/// coefficients m, dimension d, frames); P periods; m coefficients, d averages, P·m·d cosine and P·m·d sine features as 32-bit
/// floats. With the published parameters a file has 263,344 bytes. Files are read, not written.
public struct TMKFeatures: Sendable, Hashable {
    public let framesPerSecond: Int
    /// Frames after resampling in time.
    public let frameCount: Int
    /// In frames: two videos are aligned modulo each of these.
    public let periods: [Int]
    /// Weights of the frequencies. The features hold their square roots already.
    public let coefficients: [Float]
    /// The mean frame feature, d values.
    public let average: [Float]
    /// P·m·d values: period by period, coefficient by coefficient.
    public let cosines: [Float]
    /// As `cosines`.
    public let sines: [Float]

    public var dimension: Int { average.count }

    /// Reads a whole file.
    public init(bytes: [UInt8]) throws(TMKError) {
        var reader = TMKReader(bytes: bytes)
        for mark in ["TMK1", "FVEC", "PDQF"] { try reader.expect(mark) }
        framesPerSecond = try reader.number(.framesPerSecond, in: 1...1000)
        let periodCount = try reader.number(.periodCount, in: 1...64)
        let coefficientCount = try reader.number(.coefficientCount, in: 1...256)
        let dimension = try reader.number(.dimension, in: 1...4096)
        frameCount = try reader.number(.frameCount, in: 0...Int(Int32.max))

        // Before anything is set aside for what the header claims. At most 64 · 256 · 4096: no overflow.
        let features = periodCount * coefficientCount * dimension
        let size = TMKReader.headerSize + 4 * (periodCount + coefficientCount + dimension + 2 * features)
        guard bytes.count == size else { throw .wrongSize(bytes.count, expected: size) }

        var periods: [Int] = []
        for _ in 0..<periodCount { periods.append(try reader.number(.period, in: 1...Self.longestPeriod)) }
        self.periods = periods
        coefficients = try reader.floats(coefficientCount)
        guard coefficients.allSatisfy({ $0 >= 0 }) else { throw .negativeCoefficient }
        average = try reader.floats(dimension)
        cosines = try reader.floats(features)
        sines = try reader.floats(features)
    }

    /// Comparing takes time in proportion to the periods; the published ones are below 15,000 frames.
    static let longestPeriod = 100_000
}

/// Why bytes are no TMK file, or two of them cannot be compared.
public enum TMKError: Error, Equatable, Sendable {
    public enum Field: String, Sendable {
        case framesPerSecond, periodCount, coefficientCount, dimension, frameCount, period, coefficients
    }

    /// The file ends before this byte.
    case truncated(at: Int)
    /// Another mark stands where this one belongs: not a TMK file, or made by an algorithm that is not known.
    case wrongMark(expected: String)
    /// A number of the header that cannot be.
    case outOfRange(Field, Int)
    /// The header asks for another number of bytes.
    case wrongSize(Int, expected: Int)
    /// A value, counted in bytes from the begin, is infinite or no number.
    case notFinite(at: Int)
    case negativeCoefficient
    /// The two were made with different parameters, of which this is the first.
    case incompatible(Field)
}

extension TMKError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .truncated(let place): "the file ends before byte \(place)"
        case .wrongMark(let expected): "not a TMK file of a known kind: expected the mark \(expected)"
        case .outOfRange(let field, let value): "\(field.rawValue) of \(value) is out of range"
        case .wrongSize(let size, let expected): "the file has \(size) bytes where its header asks for \(expected)"
        case .notFinite(let place): "the value at byte \(place) is not finite"
        case .negativeCoefficient: "a coefficient is negative"
        case .incompatible(let field): "the two files were made with different parameters: \(field.rawValue)"
        }
    }
}

private struct TMKReader {
    static let headerSize = 32

    let bytes: [UInt8]
    private var place = 0

    init(bytes: [UInt8]) {
        self.bytes = bytes
    }

    mutating func expect(_ mark: String) throws(TMKError) {
        guard place + 4 <= bytes.count else { throw .truncated(at: place + 4) }
        guard bytes[place..<place + 4].elementsEqual(mark.utf8) else { throw .wrongMark(expected: mark) }
        place += 4
    }

    mutating func number(_ field: TMKError.Field, in range: ClosedRange<Int>) throws(TMKError) -> Int {
        let value = Int(Int32(bitPattern: try word()))
        guard range ~= value else { throw .outOfRange(field, value) }
        return value
    }

    mutating func floats(_ count: Int) throws(TMKError) -> [Float] {
        var values: [Float] = []
        values.reserveCapacity(count)
        for _ in 0..<count {
            let value = Float(bitPattern: try word())
            guard value.isFinite else { throw .notFinite(at: place - 4) }
            values.append(value)
        }
        return values
    }

    private mutating func word() throws(TMKError) -> UInt32 {
        guard place + 4 <= bytes.count else { throw .truncated(at: place + 4) }
        defer { place += 4 }
        return UInt32(bytes[place]) | UInt32(bytes[place + 1]) << 8 | UInt32(bytes[place + 2]) << 16
            | UInt32(bytes[place + 3]) << 24
    }
}
