// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CHashKernels

/// The buffers for hashing one picture after another without an allocation.
///
/// They grow to what the largest picture needs, which is proportional to its width (some 0.3 MB at 512 x 512, 1 MB at
/// 2048 pixels) and, for the methods over all pixels, to the height of the filter. One workspace serves one picture at a time.
public final class PDQWorkspace {
    // The only owner of what it points to, which ends with it; never handed out.
    let kernel: OpaquePointer
    let path: pdq_path
    /// Counts the pictures begun, so that a hasher notices when another one has taken its buffers.
    private(set) var pictures = 0

    public convenience init() {
        self.init(path: PDQ_PATH_BEST)
    }

    /// A workspace that hashes without the vector instructions of this processor: slower, the same bits.
    package static func portable() -> PDQWorkspace { PDQWorkspace(path: PDQ_PATH_PORTABLE) }

    private init(path: pdq_path) {
        // Swift's own allocations end the program as well when there is no memory.
        guard let kernel = PDQTransform.matrix.withUnsafeBufferPointer({ pdq_workspace_new($0.baseAddress) }) else {
            preconditionFailure("no memory for a workspace of 64 KiB")
        }
        self.kernel = kernel
        self.path = path
    }

    deinit { pdq_workspace_free(kernel) }

    /// How many bytes the buffers take now.
    public var byteCount: Int { pdq_workspace_bytes(kernel) }

    /// Hashes a whole raster.
    ///
    /// - Parameters:
    ///   - bytesPerRow: distance between the starts of two rows; nil when rows follow each other without a gap.
    ///   - part: what of the raster is the picture; nil for all of it.
    /// - Throws: `PDQHashError.invalidRaster` when the bytes are fewer than the shape needs or the part is not inside,
    ///   `.tooLarge` when the filter would need more than 1 GiB.
    public func hash(
        _ pixels: Span<UInt8>, width: Int, height: Int, bytesPerRow: Int? = nil, layout: PDQHasher.Layout,
        method: PDQMethod = .nearest512, part: PDQRectangle? = nil
    ) throws(PDQHashError) -> PDQResult {
        let part = part ?? PDQRectangle(x: 0, y: 0, width: width, height: height)
        let (rowLength, overflow) = width.multipliedReportingOverflow(by: layout.rawValue)
        let stride = bytesPerRow ?? rowLength
        let (lastStart, strideOverflow) = stride.multipliedReportingOverflow(by: max(0, height - 1))
        guard !overflow, !strideOverflow, part.isInside(width: width, height: height), stride >= rowLength,
            pixels.count >= rowLength, lastStart <= pixels.count - rowLength
        else { throw .invalidRaster }
        var hasher = try PDQHasher(
            width: part.width, height: part.height, layout: layout, method: method, workspace: self)
        let (left, length) = (part.x * layout.rawValue, part.width * layout.rawValue)
        while let row = hasher.wantedRow {
            let start = (part.y + row) * stride + left
            hasher.add(pixels.extracting(start..<start + length))
        }
        return hasher.finish()
    }

    /// Hashes a whole raster.
    public func hash(
        _ pixels: [UInt8], width: Int, height: Int, bytesPerRow: Int? = nil, layout: PDQHasher.Layout,
        method: PDQMethod = .nearest512, part: PDQRectangle? = nil
    ) throws(PDQHashError) -> PDQResult {
        try hash(
            pixels.span, width: width, height: height, bytesPerRow: bytesPerRow, layout: layout, method: method, part: part)
    }

    /// The 64 x 64 luminances of the picture hashed last, which the transform was made of; tests look at them.
    package var block: PDQBlock {
        // The kernel owns 64 x 64 floats for as long as it lives.
        PDQBlock(values: Array(UnsafeBufferPointer(start: pdq_block(kernel), count: PDQBlock.side * PDQBlock.side)))
    }
}

// MARK: - For the hasher

extension PDQWorkspace {
    func begin(width: Int32, height: Int32, layout: PDQHasher.Layout, method: PDQMethod) throws(PDQHashError) -> Int {
        let kernelMethod =
            switch method {
            case .nearest512: PDQ_NEAREST_512
            case .fullSize: PDQ_FULL_SIZE
            case .videoFrame: PDQ_VIDEO_FRAME
            }
        pictures += 1
        switch pdq_begin(kernel, width, height, CInt(layout.rawValue), kernelMethod, path) {
        case PDQ_OK: return pictures
        default: throw .tooLarge
        }
    }

    func add(_ row: Span<UInt8>) {
        // The kernel reads `width` pixels, which the hasher has checked to be there, and keeps no pointer.
        row.withUnsafeBufferPointer { pdq_add_row(kernel, $0.baseAddress) }
    }

    func finish() -> PDQResult {
        var result = pdq_result()
        pdq_finish(kernel, &result)
        func hash(_ words: (UInt64, UInt64, UInt64, UInt64)) -> PDQHash {
            PDQHash(words: words.0, words.1, words.2, words.3)
        }
        let words = result.words
        return PDQResult(
            hash: hash(words.0), quality: Int(result.quality),
            dihedrals: PDQDihedrals(
                rotate90: hash(words.1), rotate180: hash(words.2), rotate270: hash(words.3), flipX: hash(words.4),
                flipY: hash(words.5), flipPlus1: hash(words.6), flipMinus1: hash(words.7)))
    }
}
