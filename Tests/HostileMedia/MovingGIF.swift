// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A GIF of several grey frames, each of which covers the one before.
package enum MovingGIF {
    /// - Parameters:
    ///   - delay: how long each frame shows, in hundredths of a second.
    ///   - level: the grey of a pixel of a frame; its lowest bit is lost.
    package static func bytes(
        width: Int, height: Int, frames: Int, delay: Int = 10, _ level: (_ x: Int, _ y: Int, _ frame: Int) -> UInt8
    ) -> [UInt8] {
        let size = Bytes.little(width, 2) + Bytes.little(height, 2)
        var file = Array("GIF89a".utf8) + size + [0xf6, 0, 0]
        for grey in 0..<128 { file += [UInt8](repeating: UInt8(grey * 2), count: 3) }
        for frame in 0..<frames {
            file += [0x21, 0xf9, 4, 4] + Bytes.little(delay, 2) + [0, 0, 0x2c, 0, 0, 0, 0] + size + [0, 7]
            file += blocks(codes((0..<height).flatMap { y in (0..<width).map { x in level(x, y, frame) / 2 } }))
        }
        return file + [0x3b]
    }

    /// Every pixel is a code of its own of eight bits; the table is cleared before it grows.
    private static func codes(_ indices: [UInt8]) -> [UInt8] {
        var codes: [UInt8] = []
        for (number, index) in indices.enumerated() {
            if number % 100 == 0 { codes.append(128) }
            codes.append(index)
        }
        return codes + [129]
    }

    private static func blocks(_ data: [UInt8]) -> [UInt8] {
        var blocks: [UInt8] = []
        for start in stride(from: 0, to: data.count, by: 255) {
            let block = data[start..<min(data.count, start + 255)]
            blocks += [UInt8(block.count)] + block
        }
        return blocks + [0]
    }
}
