// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Finds what is left of a picture without bars or a frame of one colour around it.
///
/// A letterbox of an eighth moves a PDQ hash by a hundred bits, so a picture with a border is hashed without it as well.
/// Conservative: a line belongs to a border only when nearly all its pixels are alike, and what is left must be most of the
/// picture and must not be of one colour itself.
public struct BorderFinder: Sendable {
    /// How far a pixel of a border may be from the border's luminance; recompressed bars waver by a few steps.
    public var tolerance = 12
    /// How many of a line's pixels may be farther: one in this many.
    public var oneStrayIn = 100
    /// At least one side must lose one in this many of its lines; thinner borders do not move a hash.
    public var thinnest = 64
    /// The rest must be at least one in this many of the width and of the height.
    public var smallestRest = 4

    public init() {}

    /// The picture inside its border, or nil when it has none.
    ///
    /// - Parameters:
    ///   - luminance: one byte a pixel.
    ///   - bytesPerRow: distance between the starts of two rows; nil when rows follow each other without a gap.
    /// - Throws: `PDQHashError.invalidRaster` when the bytes are fewer than the shape needs.
    public func innerRectangle(
        of luminance: Span<UInt8>, width: Int, height: Int, bytesPerRow: Int? = nil
    ) throws(PDQHashError) -> PDQRectangle? {
        let stride = bytesPerRow ?? width
        let (lastStart, overflow) = stride.multipliedReportingOverflow(by: max(0, height - 1))
        guard width > 0, height > 0, !overflow, stride >= width, luminance.count >= width,
            lastStart <= luminance.count - width
        else { throw .invalidRaster }
        var inner = PDQRectangle(x: 0, y: 0, width: width, height: height)
        // Twice, because bars at the sides hide bars above and below from the first look, and the other way round.
        for _ in 0..<2 {
            trim(&inner, luminance, stride, rows: true)
            trim(&inner, luminance, stride, rows: false)
        }
        let cut = (width - inner.width) * thinnest >= width || (height - inner.height) * thinnest >= height
        guard cut, inner.width * smallestRest >= width, inner.height * smallestRest >= height else { return nil }
        return inner
    }

    /// The picture inside its border, or nil when it has none.
    public func innerRectangle(
        of luminance: [UInt8], width: Int, height: Int, bytesPerRow: Int? = nil
    ) throws(PDQHashError) -> PDQRectangle? {
        try innerRectangle(of: luminance.span, width: width, height: height, bytesPerRow: bytesPerRow)
    }

    /// Takes uniform rows off the top and the bottom, or uniform columns off the sides.
    private func trim(_ inner: inout PDQRectangle, _ luminance: Span<UInt8>, _ stride: Int, rows: Bool) {
        let (count, length) = rows ? (inner.height, inner.width) : (inner.width, inner.height)
        let (across, along) = rows ? (stride, 1) : (1, stride)
        let start = inner.y * stride + inner.x
        func lines(from first: Int, step: Int, atMost limit: Int) -> Int {
            let origin = start + first * across
            let level = level(luminance, at: origin, along: along, length: length)
            var lines = 0
            while lines < limit,
                isUniform(luminance, at: origin + lines * step * across, along: along, length: length, level: level)
            {
                lines += 1
            }
            return lines
        }
        let before = lines(from: 0, step: 1, atMost: count)
        // All alike: that is no border but an empty picture.
        guard before < count else { return }
        let after = lines(from: count - 1, step: -1, atMost: count - before)
        if rows {
            inner.y += before
            inner.height -= before + after
        } else {
            inner.x += before
            inner.width -= before + after
        }
    }

    /// The mean of a line.
    private func level(_ luminance: Span<UInt8>, at start: Int, along step: Int, length: Int) -> Int {
        var sum = 0
        for place in 0..<length { sum += Int(luminance[start + place * step]) }
        return (sum + length / 2) / length
    }

    private func isUniform(_ luminance: Span<UInt8>, at start: Int, along step: Int, length: Int, level: Int) -> Bool {
        var strays = length / oneStrayIn
        for place in 0..<length where abs(Int(luminance[start + place * step]) - level) > tolerance {
            strays -= 1
            if strays < 0 { return false }
        }
        return true
    }
}
