// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ModelPicture {
    /// In another size, whatever the proportions, by a triangle filter that is as wide as the reduction: first along the rows, then
    /// across (the other way round where that is less work), each rounded to 8 bits, which is what Pillow's bilinear filter does, bit
    /// by bit.
    func resized(width newWidth: Int, height newHeight: Int) -> ModelPicture {
        var picture = self
        let acrossFirst = newWidth > width && newHeight < height
        if acrossFirst { picture = picture.resizedAcross(to: newHeight) }
        if newWidth != width { picture = picture.resizedAlong(to: newWidth) }
        if newHeight != height, !acrossFirst { picture = picture.resizedAcross(to: newHeight) }
        return picture
    }

    private func resizedAlong(to newWidth: Int) -> ModelPicture {
        let filter = TriangleFilter(from: width, to: newWidth)
        let made = [UInt8](unsafeUninitializedCapacity: newWidth * height * channels) { target, filled in
            // Inside the arrays by construction of the filter: starts[x] + counts[x] <= width. Checked subscripts double the time.
            pixels.withUnsafeBufferPointer { source in
                filter.withBuffers { starts, counts, weights in
                    for row in 0..<height {
                        let line = row * width * channels
                        var place = row * newWidth * channels
                        for x in 0..<newWidth {
                            let (first, weight) = (line + starts[x] * channels, x * filter.longest)
                            if channels == 3 {
                                var (red, green, blue) = (TriangleFilter.half, TriangleFilter.half, TriangleFilter.half)
                                for tap in 0..<counts[x] {
                                    let (pixel, factor) = (first &+ 3 &* tap, weights[weight &+ tap])
                                    red &+= factor &* Int32(source[pixel])
                                    green &+= factor &* Int32(source[pixel &+ 1])
                                    blue &+= factor &* Int32(source[pixel &+ 2])
                                }
                                target[place] = TriangleFilter.byte(red)
                                target[place &+ 1] = TriangleFilter.byte(green)
                                target[place &+ 2] = TriangleFilter.byte(blue)
                            } else {
                                var sum = TriangleFilter.half
                                for tap in 0..<counts[x] { sum &+= weights[weight &+ tap] &* Int32(source[first &+ tap]) }
                                target[place] = TriangleFilter.byte(sum)
                            }
                            place += channels
                        }
                    }
                }
            }
            filled = newWidth * height * channels
        }
        return ModelPicture(unchecked: made, width: newWidth, height: height, channels: channels)
    }

    private func resizedAcross(to newHeight: Int) -> ModelPicture {
        let filter = TriangleFilter(from: height, to: newHeight)
        let length = width * channels
        var sums = [Int32](repeating: 0, count: length)
        let made = [UInt8](unsafeUninitializedCapacity: newHeight * length) { target, filled in
            // Inside the arrays by construction of the filter: starts[y] + counts[y] <= height. The loops over a row become vectors.
            pixels.withUnsafeBufferPointer { source in
                sums.withUnsafeMutableBufferPointer { sums in
                    filter.withBuffers { starts, counts, weights in
                        for y in 0..<newHeight {
                            sums.update(repeating: TriangleFilter.half)
                            for tap in 0..<counts[y] {
                                let (first, factor) = ((starts[y] + tap) * length, weights[y * filter.longest + tap])
                                for x in 0..<length { sums[x] &+= factor &* Int32(source[first &+ x]) }
                            }
                            for x in 0..<length { target[y &* length &+ x] = TriangleFilter.byte(sums[x]) }
                        }
                    }
                }
            }
            filled = newHeight * length
        }
        return ModelPicture(unchecked: made, width: width, height: newHeight, channels: channels)
    }
}

/// Which pixels of a line make one pixel of a shorter or longer line, and with which weights, in 22 bits after the point.
struct TriangleFilter {
    private(set) var starts: [Int] = []
    private(set) var counts: [Int] = []
    /// `longest` for each pixel, of which the first `counts` are used.
    private(set) var weights: [Int32]
    let longest: Int

    static let bits: Int32 = 22
    /// Rounds.
    static let half: Int32 = 1 << (bits - 1)

    static func byte(_ sum: Int32) -> UInt8 { UInt8(truncatingIfNeeded: max(0, min(255, sum >> bits))) }

    init(from length: Int, to newLength: Int) {
        let scale = Double(length) / Double(newLength)
        // A line that gets longer is interpolated between neighbours.
        let reach = max(scale, 1)
        longest = Int(reach.rounded(.up)) * 2 + 1
        weights = [Int32](repeating: 0, count: longest * newLength)
        for place in 0..<newLength {
            let center = (Double(place) + 0.5) * scale
            let first = max(0, Int(center - reach + 0.5))
            let end = min(length, Int(center + reach + 0.5))
            let parts = (first..<end).map { max(0, 1 - abs((Double($0) - center + 0.5) / reach)) }
            let sum = parts.reduce(0, +)
            for (tap, part) in parts.enumerated() {
                weights[place * longest + tap] = Int32(0.5 + part / sum * Double(1 << Self.bits))
            }
            starts.append(first)
            counts.append(parts.count)
        }
    }

    func withBuffers(
        _ body: (UnsafeBufferPointer<Int>, UnsafeBufferPointer<Int>, UnsafeBufferPointer<Int32>) -> Void
    ) {
        starts.withUnsafeBufferPointer { starts in
            counts.withUnsafeBufferPointer { counts in weights.withUnsafeBufferPointer { body(starts, counts, $0) } }
        }
    }
}
