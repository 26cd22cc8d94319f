// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Testing

/// A generator that gives the same numbers for the same seed (SplitMix64).
struct SeededGenerator: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var z = state
        z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
        z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
        return z ^ (z >> 31)
    }
}

/// A picture made by chance, of any shape, with noise between its rows.
struct RandomRaster: CustomTestStringConvertible {
    var width: Int
    var height: Int
    var layout: PDQHasher.Layout
    var bytesPerRow: Int
    var pixels: [UInt8]
    var seed: UInt64

    var testDescription: String { "seed \(seed): \(width) x \(height), \(layout), \(bytesPerRow) bytes a row" }

    init(seed: UInt64, width: Int? = nil, height: Int? = nil) {
        var random = SeededGenerator(seed: seed)
        self.seed = seed
        let (someWidth, someHeight) = (Int.random(in: 1...700, using: &random), Int.random(in: 1...700, using: &random))
        (self.width, self.height) = (width ?? someWidth, height ?? someHeight)
        let (width, height) = (self.width, self.height)
        layout = Bool.random(using: &random) ? .rgb : .luminance
        bytesPerRow = width * layout.rawValue + Int.random(in: 0...40, using: &random)
        pixels = [UInt8](repeating: 0, count: bytesPerRow * (height - 1) + width * layout.rawValue)
        let noise = UInt64.random(in: 1...255, using: &random)
        let (right, down) = (Int.random(in: 0...9, using: &random), Int.random(in: 0...9, using: &random))
        // Grey down to some row, perhaps to the last: there luminance is taken as it is.
        let colourFrom = Bool.random(using: &random) ? 0 : Int.random(in: 0...height, using: &random)
        for y in 0..<height {
            for x in 0..<width {
                let place = y * bytesPerRow + x * layout.rawValue
                for channel in 0..<layout.rawValue {
                    let value = (x * right + y * down) / 7 + Int(random.next() % noise)
                    pixels[place + channel] =
                        channel == 0 || y >= colourFrom ? UInt8(truncatingIfNeeded: value) : pixels[place]
                }
            }
        }
    }

    /// The luminances that the method's reference filters, row by row, and their shape.
    private func luma(_ method: PDQMethod) -> (values: [Float], rows: Int, columns: Int) {
        let reduce = method == .nearest512 && max(width, height) > 512
        let (rows, columns) = reduce ? (512, 512) : (height, width)
        var values: [Float] = []
        var isGray = true
        for row in 0..<rows {
            for column in 0..<columns {
                let place = row * height / rows * bytesPerRow + column * width / columns * layout.rawValue
                guard layout == .rgb else {
                    values.append(Float(pixels[place]))
                    continue
                }
                let (red, green, blue) = (pixels[place], pixels[place + 1], pixels[place + 2])
                isGray = isGray && red == green && green == blue
                if method == .fullSize {
                    values.append(Float(0.299 * Double(red) + 0.587 * Double(green) + 0.114 * Double(blue)))
                } else {
                    values.append(0.299 * Float(red) + 0.587 * Float(green) + 0.114 * Float(blue))
                }
            }
        }
        if isGray && method == .nearest512 { values = values.map { $0.rounded() } }
        return (values, rows, columns)
    }

    /// The hash by the plain form of the steps, one after the other over the whole picture.
    func plainResult(_ method: PDQMethod) -> PDQResult {
        var (values, rows, columns) = luma(method)
        guard min(rows, columns) >= 5 else {
            return PDQResult(
                hash: .zero, quality: 0,
                dihedrals: PDQDihedrals(
                    rotate90: .zero, rotate180: .zero, rotate270: .zero, flipX: .zero, flipY: .zero, flipPlus1: .zero,
                    flipMinus1: .zero))
        }
        let unfiltered = method != .nearest512 && rows == 64 && columns == 64 ? PDQBlock(values: values) : nil
        JaroszFilter(rows: rows, columns: columns).apply(to: &values)
        let block = PDQBlock(decimating: values, rows: rows, columns: columns)
        let transform = PDQTransform(of: block)
        return PDQResult(
            hash: unfiltered.map { PDQTransform(of: $0).hash } ?? transform.hash,
            quality: unfiltered?.quality ?? block.quality, dihedrals: transform.dihedrals)
    }

    func result(_ method: PDQMethod, with workspace: PDQWorkspace) throws -> PDQResult {
        try workspace.hash(
            pixels, width: width, height: height, bytesPerRow: bytesPerRow, layout: layout, method: method)
    }
}
