// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CTurboJPEG
import CVips
import PerceptualHashing

extension PictureExaminer {
    /// Refuses files that are made to keep a decoder busy.
    func checkScans() throws(Failure) {
        switch JPEGSegments.excess(in: bytes) {
        case .scans: throw .scans
        case .segments: throw .segments
        case nil: break
        }
    }

    /// By the `fast` method: decoded at a fraction of its size. False when it is small anyway or in other colours.
    func examineFast(
        _ header: cvips_header, into answer: inout WorkerAnswer.Picture, _ clock: inout StepClock
    ) throws(Failure) -> Bool {
        guard let size = fastSize(header) else { return false }
        if request.wishesPixels { return try examineFastInColour(header, size, into: &answer, &clock) }
        // Measured on photographs: at 512 pixels such hashes are about 2 bits from those of the whole picture, at 256 pixels 6.
        let eighths = eighths(of: size, leaving: PDQHasher.largestSide)
        let (columns, rows) = (Int(cturbojpeg_scaled(size.width, eighths)), Int(cturbojpeg_scaled(size.height, eighths)))
        let pixels = decode(count: columns * rows, isCut: &answer.isCut) {
            cturbojpeg_luminance(bytes.baseAddress, bytes.count, size.width, size.height, eighths, $0)
        }
        guard let pixels else { return false }
        clock.book(.decode)
        let raster = Luminance(width: columns, height: rows, pixels: pixels).upright(orientation: Int(header.orientation))
        try hash(raster, into: &answer)
        clock.book(.hash)
        return true
    }

    /// The hash and the rasters from one decode, which leaves both sides enough pixels for what models look at.
    private func examineFastInColour(
        _ header: cvips_header, _ size: (width: Int32, height: Int32), into answer: inout WorkerAnswer.Picture,
        _ clock: inout StepClock
    ) throws(Failure) -> Bool {
        let eighths = eighths(of: size, leaving: 1_024)
        let (columns, rows) = (Int(cturbojpeg_scaled(size.width, eighths)), Int(cturbojpeg_scaled(size.height, eighths)))
        let pixels = decode(count: 3 * columns * rows, isCut: &answer.isCut) {
            cturbojpeg_rgb(bytes.baseAddress, bytes.count, size.width, size.height, eighths, $0)
        }
        guard let pixels else { return false }
        clock.book(.decode)
        let orientation = Int(header.orientation)
        var luminance = Luminance(width: columns, height: rows)
        for row in 0..<rows { luminance.add(pixels.span.extracting(3 * columns * row..<3 * columns * (row + 1)), .rgb) }
        try hash(luminance.upright(orientation: orientation), into: &answer)
        clock.book(.hash)
        guard let maker = rasterMaker(width: columns, height: rows, channels: 3, orientation: orientation) else {
            return true
        }
        pixels.withUnsafeBufferPointer { buffer in
            guard let start = buffer.baseAddress else { return }
            // As many rows as were decoded.
            for row in 0..<rows { maker.add(start + 3 * columns * row) }
        }
        take(maker, into: &answer, &clock)
        return true
    }

    private func fastSize(_ header: cvips_header) -> (width: Int32, height: Int32)? {
        var (width, height, hasLuminance): (Int32, Int32, Int32) = (0, 0, 0)
        guard cturbojpeg_header(bytes.baseAddress, bytes.count, &width, &height, &hasLuminance) == CTURBOJPEG_OK,
            hasLuminance == 1,
            // The other decoder's opinion: whoever disagrees is not trusted.
            UInt64(width) * UInt64(height) == UInt64(header.width) * UInt64(header.height),
            max(width, height) > PDQHasher.largestSide
        else { return nil }
        return (width, height)
    }

    /// The smallest of the fast fractions that leaves the shorter side that many pixels, or all of it.
    private func eighths(of size: (width: Int32, height: Int32), leaving side: Int) -> Int32 {
        [1, 2, 4].first { cturbojpeg_scaled(min(size.width, size.height), $0) >= side } ?? 8
    }

    private func decode(
        count: Int, isCut: inout Bool, _ decode: (UnsafeMutablePointer<UInt8>?) -> cturbojpeg_status
    ) -> [UInt8]? {
        var status = CTURBOJPEG_DAMAGED
        let pixels = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
            status = decode(buffer.baseAddress)
            filled = status == CTURBOJPEG_OK || status == CTURBOJPEG_CUT_SHORT ? count : 0
        }
        if status == CTURBOJPEG_CUT_SHORT { isCut = true }
        return pixels.isEmpty ? nil : pixels
    }
}
