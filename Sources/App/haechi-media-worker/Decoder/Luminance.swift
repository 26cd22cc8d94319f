// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CRaster
import PerceptualHashing

/// A picture's luminance in memory, one byte a pixel, rows without gaps.
struct Luminance {
    var width: Int
    var height: Int
    var pixels: [UInt8]
    /// How many have been added.
    private var rows = 0

    init(width: Int, height: Int, pixels: [UInt8]) {
        self.width = width
        self.height = height
        self.pixels = pixels
    }

    /// Without its rows: black.
    init(width: Int, height: Int) {
        self.init(width: width, height: height, pixels: [UInt8](repeating: 0, count: width * height))
    }

    /// The next row, from top to bottom; rows beyond the last are ignored.
    mutating func add(_ row: Span<UInt8>, _ layout: PDQHasher.Layout) {
        guard rows < height, row.count >= width * layout.rawValue else { return }
        let start = rows * width
        rows += 1
        pixels.withUnsafeMutableBufferPointer { pixels in
            row.withUnsafeBufferPointer { row in
                // Both have at least one row, as was just asked.
                guard let to = pixels.baseAddress, let from = row.baseAddress else { return }
                switch layout {
                case .luminance: (to + start).update(from: from, count: width)
                case .rgb: craster_pdq_luminance(from, Int32(width), to + start)
                }
            }
        }
    }

    /// The picture as it is meant to be seen, by its EXIF orientation (1 to 8).
    func upright(orientation: Int) -> Luminance {
        guard (2...8).contains(orientation) else { return self }
        let lies = orientation >= 5
        let (columns, rows) = lies ? (height, width) : (width, height)
        // Where the pixel at (x, y) of the upright picture is stored: at start + x * right + y * down.
        let (last, lastRow) = (width - 1, (height - 1) * width)
        let (start, right, down) =
            switch orientation {
            case 2: (last, -1, width)
            case 3: (last + lastRow, -1, -width)
            case 4: (lastRow, 1, -width)
            case 5: (0, width, 1)
            case 6: (lastRow, -width, 1)
            case 7: (last + lastRow, -width, -1)
            default: (last, width, -1)
            }
        let turned = [UInt8](unsafeUninitializedCapacity: columns * rows) { buffer, filled in
            for y in 0..<rows {
                var place = start + y * down
                for _ in 0..<columns {
                    buffer[filled] = pixels[place]
                    filled += 1
                    place += right
                }
            }
        }
        return Luminance(width: columns, height: rows, pixels: turned)
    }
}
