// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import PerceptualHashing
import Testing

@Suite("The PDQ kernel")
struct PDQKernelTests {
    private static let seeds = (0..<16).map { _ in UInt64.random(in: 0 ... .max) }

    @Test("gives the bits of the plain steps on any raster, with and without vector instructions", arguments: seeds)
    func anyRaster(seed: UInt64) throws {
        let raster = RandomRaster(seed: seed)
        let (fast, portable) = (PDQWorkspace(), PDQWorkspace.portable())
        for method in PDQMethod.allCases {
            let plain = raster.plainResult(method)
            #expect(try raster.result(method, with: fast) == plain, "\(method), \(raster.testDescription)")
            #expect(try raster.result(method, with: portable) == plain, "\(method), \(raster.testDescription), portable")
        }
    }

    @Test(
        "gives the bits of the plain steps where the filter's window changes, and at 64 x 64",
        arguments: [5, 63, 64, 65, 127, 128, 129, 255, 256, 257, 384, 385, 511, 512, 513, 640, 641])
    func windows(side: Int) throws {
        let workspace = PDQWorkspace()
        for (width, height) in [(side, 64), (64, side)] {
            let raster = RandomRaster(seed: UInt64(side), width: width, height: height)
            for method in PDQMethod.allCases {
                #expect(try raster.result(method, with: workspace) == raster.plainResult(method), "\(raster.testDescription)")
            }
        }
    }

    @Test("gives the bits of the plain steps for wide windows, whatever they are divided by", arguments: seeds.prefix(6))
    func wideWindows(seed: UInt64) throws {
        var random = SeededGenerator(seed: seed)
        let (fast, portable) = (PDQWorkspace(), PDQWorkspace.portable())
        let (long, short) = (Int.random(in: 701...12_000, using: &random), Int.random(in: 5...9, using: &random))
        for (width, height) in [(long, short), (short, long)] {
            let raster = RandomRaster(seed: seed, width: width, height: height)
            for method in [PDQMethod.fullSize, .videoFrame] {
                let plain = raster.plainResult(method)
                #expect(try raster.result(method, with: fast) == plain, "\(method), \(raster.testDescription)")
                #expect(try raster.result(method, with: portable) == plain, "\(method), \(raster.testDescription), portable")
            }
        }
    }

    @Test("gives the same row by row as for the whole raster", arguments: seeds.prefix(8))
    func rowByRow(seed: UInt64) throws {
        let raster = RandomRaster(seed: seed)
        let workspace = PDQWorkspace()
        for method in PDQMethod.allCases {
            let whole = try raster.result(method, with: workspace)
            var hasher = try PDQHasher(
                width: raster.width, height: raster.height, layout: raster.layout, method: method, workspace: workspace)
            while let row = hasher.wantedRow {
                let start = row * raster.bytesPerRow
                hasher.add(Array(raster.pixels[start..<start + raster.width * raster.layout.rawValue]).span)
            }
            #expect(hasher.finish() == whole, "\(raster.testDescription)")
        }
    }

    @Test("does not depend on the pictures before", arguments: seeds.prefix(4))
    func reuse(seed: UInt64) throws {
        let used = PDQWorkspace()
        for step in 0..<10 {
            let raster = RandomRaster(seed: seed &+ UInt64(step))
            for method in PDQMethod.allCases {
                #expect(
                    try raster.result(method, with: used) == raster.result(method, with: PDQWorkspace()),
                    "\(raster.testDescription)")
            }
        }
    }

    @Test("takes no more memory from picture to picture")
    func memory() throws {
        let workspace = PDQWorkspace()
        let (small, large) = (RandomRaster(seed: 1, width: 100, height: 90), RandomRaster(seed: 2, width: 700, height: 600))
        for method in PDQMethod.allCases { _ = try large.result(method, with: workspace) }
        let bytes = workspace.byteCount
        #expect(bytes < 2 << 20)
        for _ in 0..<50 {
            for method in PDQMethod.allCases {
                _ = try small.result(method, with: workspace)
                _ = try large.result(method, with: workspace)
            }
        }
        #expect(workspace.byteCount == bytes)
    }

    @Test("hashes a part as if it were the picture")
    func part() throws {
        let raster = RandomRaster(seed: 3, width: 310, height: 340)
        let workspace = PDQWorkspace()
        let part = PDQRectangle(x: 17, y: 29, width: 211, height: 190)
        let channels = raster.layout.rawValue
        let cut = (part.y..<part.y + part.height).flatMap { y in
            raster.pixels[(y * raster.bytesPerRow + part.x * channels)...].prefix(part.width * channels)
        }
        #expect(
            try workspace.hash(
                raster.pixels, width: raster.width, height: raster.height, bytesPerRow: raster.bytesPerRow,
                layout: raster.layout, part: part)
                == workspace.hash(cut, width: part.width, height: part.height, layout: raster.layout))
    }

    @Test("refuses parts outside of the raster, rows that overlap and filters of more than a gibibyte")
    func refuses() throws {
        let workspace = PDQWorkspace()
        let pixels = [UInt8](repeating: 0, count: 100 * 100)
        for part in [
            PDQRectangle(x: 1, y: 0, width: 100, height: 100), PDQRectangle(x: 0, y: 90, width: 10, height: 11),
            PDQRectangle(x: -1, y: 0, width: 10, height: 10), PDQRectangle(x: 0, y: 0, width: 0, height: 10),
            PDQRectangle(x: .max, y: 0, width: 10, height: 10),
        ] {
            #expect(throws: PDQHashError.invalidRaster) {
                try workspace.hash(pixels, width: 100, height: 100, layout: .luminance, part: part)
            }
        }
        #expect(throws: PDQHashError.invalidRaster) {
            try workspace.hash(pixels, width: 100, height: 100, bytesPerRow: 99, layout: .luminance)
        }
        #expect(throws: PDQHashError.invalidRaster) {
            try workspace.hash(pixels, width: .max, height: 2, layout: .rgb)
        }
        for method in [PDQMethod.fullSize, .videoFrame] {
            #expect(throws: PDQHashError.tooLarge) {
                _ = try PDQHasher(width: Int(Int32.max), height: 5, layout: .rgb, method: method).isTooSmall
            }
        }
        // The reduction needs no more for such a picture than for any other.
        #expect(try !PDQHasher(width: Int(Int32.max), height: 5, layout: .rgb).isTooSmall)
    }
}
