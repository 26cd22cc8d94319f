// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Computes the PDQ hash of a picture, bit for bit as the reference implementation does.
///
/// Pixels come row by row, top to bottom, so a decoder never needs the whole picture in memory:
///
///     var hasher = try PDQHasher(width: 4000, height: 3000, layout: .rgb)
///     while let row = hasher.wantedRow { hasher.add(decoder.row(row).span) }
///     let result = hasher.finish()
///
/// A picture with a side above 512 is first reduced to 512 x 512 by taking the nearest pixel, as the reference tool does;
/// hence only some of its rows are wanted. Orientation tags, colour profiles and alpha are the decoder's business.
public struct PDQHasher: Sendable {
    /// How the bytes of a row lie.
    public enum Layout: Int, Sendable, Hashable {
        /// One byte a pixel.
        case luminance = 1
        /// Red, green, blue: three bytes a pixel.
        case rgb = 3
    }

    /// A side above this is reduced to it, and then the other side is set to it as well.
    public static let largestSide = 512
    /// A picture with a side below this has the zero hash and quality 0.
    public static let smallestSide = 5

    private let layout: Layout
    private let width: Int
    private let height: Int
    private let columns: Int
    private let rows: Int
    private var rowsRead = 0
    private var luma: [Float]
    private var isGray = true

    public init(width: Int, height: Int, layout: Layout) throws(PDQHashError) {
        guard width > 0, height > 0, width <= Int(Int32.max), height <= Int(Int32.max) else { throw .invalidRaster }
        let reduce = width > Self.largestSide || height > Self.largestSide
        self.layout = layout
        self.width = width
        self.height = height
        columns = reduce ? Self.largestSide : width
        rows = reduce ? Self.largestSide : height
        luma = []
        luma.reserveCapacity(columns * rows)
    }

    /// Whether the picture is too small to have a hash.
    public var isTooSmall: Bool { columns < Self.smallestSide || rows < Self.smallestSide }

    /// The row of the picture to add next (the same one may be wanted again), nil when all are there.
    public var wantedRow: Int? { rowsRead < rows ? rowsRead * height / rows : nil }

    /// Adds the row that was wanted; at least `width` pixels.
    public mutating func add(_ row: Span<UInt8>) {
        precondition(rowsRead < rows && row.count >= width * layout.rawValue, "a row that is not wanted, or too short")
        rowsRead += 1
        switch layout {
        case .luminance:
            for column in 0..<columns { luma.append(Float(row[column * width / columns])) }
        case .rgb:
            for column in 0..<columns {
                let pixel = 3 * (column * width / columns)
                let (red, green, blue) = (row[pixel], row[pixel + 1], row[pixel + 2])
                isGray = isGray && red == green && green == blue
                luma.append(0.299 * Float(red) + 0.587 * Float(green) + 0.114 * Float(blue))
            }
        }
    }

    /// The result, when every wanted row has been added.
    public consuming func finish() -> PDQResult {
        precondition(rowsRead == rows, "rows are missing")
        guard !isTooSmall else {
            let zero = PDQHash.zero
            return PDQResult(
                hash: zero, quality: 0,
                dihedrals: PDQDihedrals(
                    rotate90: zero, rotate180: zero, rotate270: zero, flipX: zero, flipY: zero, flipPlus1: zero,
                    flipMinus1: zero))
        }
        // The reference's decoder hands over a picture without colours as one channel; 0.299 + 0.587 + 0.114 of a value is
        // not always that value.
        if isGray { for index in luma.indices { luma[index].round() } }
        JaroszFilter(rows: rows, columns: columns).apply(to: &luma)
        let block = PDQBlock(decimating: luma, rows: rows, columns: columns)
        let transform = PDQTransform(of: block)
        return PDQResult(hash: transform.hash, quality: block.quality, dihedrals: transform.dihedrals)
    }
}

extension PDQHasher {
    /// Hashes a whole raster.
    ///
    /// - Parameters:
    ///   - bytesPerRow: distance between the starts of two rows; nil when rows follow each other without a gap.
    /// - Throws: `PDQHashError.invalidRaster` when the bytes are fewer than the shape needs.
    public static func hash(
        _ pixels: Span<UInt8>, width: Int, height: Int, bytesPerRow: Int? = nil, layout: Layout
    ) throws(PDQHashError) -> PDQResult {
        var hasher = try PDQHasher(width: width, height: height, layout: layout)
        let rowLength = width * layout.rawValue
        let stride = bytesPerRow ?? rowLength
        let (start, overflow) = stride.multipliedReportingOverflow(by: height - 1)
        guard !overflow, stride >= rowLength, pixels.count >= rowLength, start <= pixels.count - rowLength else {
            throw .invalidRaster
        }
        while let row = hasher.wantedRow {
            hasher.add(pixels.extracting(row * stride..<row * stride + rowLength))
        }
        return hasher.finish()
    }

    /// Hashes a whole raster.
    public static func hash(
        _ pixels: [UInt8], width: Int, height: Int, bytesPerRow: Int? = nil, layout: Layout
    ) throws(PDQHashError) -> PDQResult {
        try hash(pixels.span, width: width, height: height, bytesPerRow: bytesPerRow, layout: layout)
    }
}
