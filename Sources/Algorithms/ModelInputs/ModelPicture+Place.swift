// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension ModelPicture {
    /// The part from `x` and `y` on; it must be inside.
    package func part(x: Int, y: Int, width newWidth: Int, height newHeight: Int) -> ModelPicture? {
        guard x >= 0, y >= 0, newWidth > 0, newHeight > 0, newWidth <= width - x, newHeight <= height - y else { return nil }
        var made: [UInt8] = []
        made.reserveCapacity(newWidth * newHeight * channels)
        for row in y..<y + newHeight {
            let start = (row * width + x) * channels
            made += pixels[start..<start + newWidth * channels]
        }
        return ModelPicture(unchecked: made, width: newWidth, height: newHeight, channels: channels)
    }

    /// This picture on a larger one of one grey.
    func placed(x: Int, y: Int, on newWidth: Int, by newHeight: Int, grey: UInt8) -> ModelPicture {
        let (before, after) = (x * channels, (newWidth - x - width) * channels)
        let line = width * channels
        var made: [UInt8] = []
        made.reserveCapacity(newWidth * newHeight * channels)
        made += repeatElement(grey, count: y * newWidth * channels)
        for row in 0..<height {
            made += repeatElement(grey, count: before)
            made += pixels[row * line..<(row + 1) * line]
            made += repeatElement(grey, count: after)
        }
        made += repeatElement(grey, count: (newHeight - y - height) * newWidth * channels)
        return ModelPicture(unchecked: made, width: newWidth, height: newHeight, channels: channels)
    }
}

/// Where in a picture the model's view of it lies, both with sides of 1: what it takes to draw its boxes on the picture.
struct Placement: Hashable, Sendable {
    var x = 0.0
    var y = 0.0
    var width = 1.0
    var height = 1.0

    /// The view was narrowed to a part of itself, or, with sides above 1, widened.
    mutating func narrow(x: Double, y: Double, width: Double, height: Double) {
        self.x += x * self.width
        self.y += y * self.height
        self.width *= width
        self.height *= height
    }
}
