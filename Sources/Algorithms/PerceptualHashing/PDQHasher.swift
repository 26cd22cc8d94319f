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
/// By `PDQMethod.nearest512`, a picture with a side above 512 is first reduced to 512 x 512 by taking the nearest pixel, hence
/// only some of its rows are wanted. Orientation tags, colour profiles and alpha are the decoder's business.
public struct PDQHasher: ~Copyable {
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

    private let workspace: PDQWorkspace
    /// Which picture of the workspace this is, 0 for one that is too small to need it.
    private let picture: Int
    private let rowLength: Int
    private let height: Int
    private let rows: Int
    private var rowsRead = 0

    /// Whether the picture is too small to have a hash.
    public let isTooSmall: Bool

    /// Starts a picture.
    ///
    /// - Parameter workspace: gives its buffers until this picture is finished; pass the same one for every picture.
    /// - Throws: `PDQHashError.invalidRaster` without pixels, `.tooLarge` when the filter would need more than 1 GiB.
    public init(
        width: Int, height: Int, layout: Layout, method: PDQMethod = .nearest512, workspace: PDQWorkspace = PDQWorkspace()
    ) throws(PDQHashError) {
        guard width > 0, height > 0, let columns32 = Int32(exactly: width), let rows32 = Int32(exactly: height) else {
            throw .invalidRaster
        }
        let reduce = method == .nearest512 && max(width, height) > Self.largestSide
        let tooSmall = !reduce && min(width, height) < Self.smallestSide
        let begun = tooSmall ? 0 : try workspace.begin(width: columns32, height: rows32, layout: layout, method: method)
        self.workspace = workspace
        self.height = height
        picture = begun
        isTooSmall = tooSmall
        rowLength = width * layout.rawValue
        rows = reduce ? Self.largestSide : height
    }

    /// The row of the picture to add next (the same one may be wanted again), nil when all are there.
    public var wantedRow: Int? { rowsRead < rows ? rowsRead * height / rows : nil }

    /// Adds the row that was wanted; at least `width` pixels.
    public mutating func add(_ row: Span<UInt8>) {
        precondition(rowsRead < rows && row.count >= rowLength, "a row that is not wanted, or too short")
        rowsRead += 1
        guard !isTooSmall else { return }
        precondition(workspace.pictures == picture, "another picture has taken the workspace")
        workspace.add(row)
    }

    /// The result, when every wanted row has been added.
    public consuming func finish() -> PDQResult {
        precondition(rowsRead == rows, "rows are missing")
        guard !isTooSmall else { return .tooSmall }
        precondition(workspace.pictures == picture, "another picture has taken the workspace")
        return workspace.finish()
    }
}

extension PDQHasher {
    /// Hashes a whole raster, with buffers of its own: for many pictures, `PDQWorkspace.hash` is faster.
    ///
    /// - Parameters:
    ///   - bytesPerRow: distance between the starts of two rows; nil when rows follow each other without a gap.
    /// - Throws: `PDQHashError.invalidRaster` when the bytes are fewer than the shape needs.
    public static func hash(
        _ pixels: Span<UInt8>, width: Int, height: Int, bytesPerRow: Int? = nil, layout: Layout,
        method: PDQMethod = .nearest512
    ) throws(PDQHashError) -> PDQResult {
        try PDQWorkspace().hash(
            pixels, width: width, height: height, bytesPerRow: bytesPerRow, layout: layout, method: method)
    }

    /// Hashes a whole raster.
    public static func hash(
        _ pixels: [UInt8], width: Int, height: Int, bytesPerRow: Int? = nil, layout: Layout,
        method: PDQMethod = .nearest512
    ) throws(PDQHashError) -> PDQResult {
        try hash(
            pixels.span, width: width, height: height, bytesPerRow: bytesPerRow, layout: layout, method: method)
    }
}
