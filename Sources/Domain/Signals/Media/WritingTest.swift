// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Whether a picture may show writing, told from its edges in some milliseconds: reading it takes a hundred times as long.
///
/// Along a line of writing, bright and dark take turns within a few pixels, for a while. Where that is nowhere so (sky, skin, walls,
/// soft backgrounds) there is nothing to read. Foliage and fabric look the same to it, and are read in vain.
package enum WritingTest {
    /// Pixels of a cell.
    private static let (cellWidth, cellHeight) = (64, 16)
    /// Brightness changes by so much over two pixels: a step.
    private static let step = 24
    /// A step up and a step down belong together when they are no further apart, in pixels.
    private static let stroke = 48
    /// A row of a cell is written when it has so many turns; a cell, when so many of its eight rows are; a picture, when so many cells
    /// side by side are.
    private static let (turns, rows, cells) = (2, 2, 3)

    /// - Parameter raster: of one channel; others may show anything.
    package static func mayShowWriting(_ raster: Raster) -> Bool {
        let (columns, lines) = (raster.width / cellWidth, raster.height / cellHeight)
        guard raster.channels == 1, raster.pixels.count == raster.width * raster.height, columns > 0, lines > 0 else {
            return true
        }
        let wanted = min(cells, columns)
        return raster.pixels.withUnsafeBufferPointer { pixels in
            for line in 0..<lines {
                var written = [Int](repeating: 0, count: columns)
                // Every second row is enough.
                for y in stride(from: line * cellHeight, to: (line + 1) * cellHeight, by: 2) {
                    // In bounds: whole rows of whole cells, and the picture has width times height bytes.
                    count(UnsafeBufferPointer(rebasing: pixels[y * raster.width..<(y + 1) * raster.width]), into: &written)
                }
                var run = 0
                for rows in written {
                    run = rows >= Self.rows ? run + 1 : 0
                    if run >= wanted { return true }
                }
            }
            return false
        }
    }

    /// Counts, for each cell, whether this row of it is written.
    private static func count(_ row: UnsafeBufferPointer<UInt8>, into written: inout [Int]) {
        var (last, wasUp) = (-stroke - 1, false)
        for cell in written.indices {
            var found = 0
            for x in max(1, cell * cellWidth)..<min(row.count - 1, (cell + 1) * cellWidth) {
                let change = Int(row[x + 1]) - Int(row[x - 1])
                guard change.magnitude >= step else { continue }
                let isUp = change > 0
                if isUp != wasUp, x - last <= stroke { found += 1 }
                (last, wasUp) = (x, isUp)
            }
            if found >= turns { written[cell] += 1 }
        }
    }
}
