// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// The picture as 64 x 64 luminances, row by row.
package struct PDQBlock: Sendable {
    package static let side = 64
    package var values: [Float]

    package init(values: [Float]) {
        precondition(values.count == Self.side * Self.side)
        self.values = values
    }

    /// Takes one value of each of the 64 x 64 fields; a smaller picture is enlarged by it.
    package init(decimating luma: [Float], rows: Int, columns: Int) {
        func source(_ target: Int, _ length: Int) -> Int { Int((Double(target) + 0.5) * Double(length) / 64) }
        let sourceColumns = (0..<Self.side).map { source($0, columns) }
        values = []
        values.reserveCapacity(Self.side * Self.side)
        for row in 0..<Self.side {
            let start = source(row, rows) * columns
            for column in sourceColumns { values.append(luma[start + column]) }
        }
    }

    /// The sum of differences between neighbours, scaled to 0...100.
    package var quality: Int {
        func step(_ one: Float, _ other: Float) -> Int { abs(Int(((one - other) * 100) / 255)) }
        var sum = 0
        for row in 0..<Self.side {
            for column in 0..<Self.side {
                let here = values[row * Self.side + column]
                if row + 1 < Self.side { sum += step(here, values[(row + 1) * Self.side + column]) }
                if column + 1 < Self.side { sum += step(here, values[row * Self.side + column + 1]) }
            }
        }
        return min(100, sum / 90)
    }
}

/// The 16 x 16 lowest frequencies of a block, without the constant ones, row by row: the plain form of what the kernel does.
package struct PDQTransform: Sendable {
    package static let side = 16
    package var coefficients: [Float]

    package init(coefficients: [Float]) {
        precondition(coefficients.count == Self.side * Self.side)
        self.coefficients = coefficients
    }

    /// `D A Dᵗ` with 32-bit sums, each in the order of its summation index.
    package init(of block: PDQBlock) {
        let (side, blockSide) = (Self.side, PDQBlock.side)
        var half = [Float](repeating: 0, count: side * blockSide)
        for row in 0..<side {
            for inner in 0..<blockSide {
                let factor = Self.matrix[row * blockSide + inner]
                for column in 0..<blockSide {
                    half[row * blockSide + column] += factor * block.values[inner * blockSide + column]
                }
            }
        }
        coefficients = [Float](repeating: 0, count: side * side)
        for row in 0..<side {
            for column in 0..<side {
                var sum: Float = 0
                for inner in 0..<blockSide {
                    sum += half[row * blockSide + inner] * Self.matrix[column * blockSide + inner]
                }
                coefficients[row * side + column] = sum
            }
        }
    }

    /// The cosines, 16 rows of 64; the row of the constant frequency is left out.
    static let matrix: [Float] = {
        let scale = Double(Float((2.0 / 64.0).squareRoot()))
        return (0..<side).flatMap { row in
            (0..<PDQBlock.side).map { column in
                Float(scale * cos((Double.pi / 2 / 64) * Double(row + 1) * Double(2 * column + 1)))
            }
        }
    }()

    /// A bit for each coefficient above the median.
    package var hash: PDQHash {
        let median = torbenMedian(coefficients)
        var words: [UInt64] = [0, 0, 0, 0]
        for (bit, value) in coefficients.enumerated() where value > median { words[bit / 64] |= 1 << UInt64(bit % 64) }
        return PDQHash(words: words[0], words[1], words[2], words[3])
    }

    /// Turning or mirroring a picture transposes its transform and changes signs.
    package var dihedrals: PDQDihedrals {
        func variant(transposed: Bool, negated: (_ row: Int, _ column: Int) -> Bool) -> PDQHash {
            var other = self
            for row in 0..<Self.side {
                for column in 0..<Self.side {
                    let value = coefficients[row * Self.side + column]
                    let target = transposed ? column * Self.side + row : row * Self.side + column
                    other.coefficients[target] = negated(row, column) ? -value : value
                }
            }
            return other.hash
        }
        return PDQDihedrals(
            rotate90: variant(transposed: true) { _, column in column % 2 == 0 },
            rotate180: variant(transposed: false) { row, column in (row + column) % 2 == 1 },
            rotate270: variant(transposed: true) { row, _ in row % 2 == 0 },
            flipX: variant(transposed: false) { row, _ in row % 2 == 0 },
            flipY: variant(transposed: false) { _, column in column % 2 == 0 },
            flipPlus1: variant(transposed: true) { _, _ in false },
            flipMinus1: variant(transposed: true) { row, column in (row + column) % 2 == 1 })
    }
}

/// The lower median by bisection between the extremes (Torben Mogensen's method).
///
/// A sort would give another value where the bisection ends between two equal halves, so this loop is part of the hash.
func torbenMedian(_ values: [Float]) -> Float {
    let half = (values.count + 1) / 2
    var (lowest, highest) = (values[0], values[0])
    for value in values {
        lowest = min(lowest, value)
        highest = max(highest, value)
    }
    while true {
        let guess = (lowest + highest) / 2
        var (less, greater, equal) = (0, 0, 0)
        var (below, above) = (lowest, highest)
        for value in values {
            if value < guess {
                less += 1
                if value > below { below = value }
            } else if value > guess {
                greater += 1
                if value < above { above = value }
            } else {
                equal += 1
            }
        }
        if less <= half && greater <= half {
            if less >= half { return below }
            return less + equal >= half ? guess : above
        }
        if less > greater { highest = below } else { lowest = above }
    }
}
