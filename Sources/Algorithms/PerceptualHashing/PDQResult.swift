// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What hashing one picture gave.
public struct PDQResult: Sendable, Hashable, Codable {
    public var hash: PDQHash
    /// How much structure the picture has, 0 to 100; hashes below 50 are commonly discarded.
    public var quality: Int
    /// The hashes of the picture turned and mirrored.
    public var dihedrals: PDQDihedrals

    public init(hash: PDQHash, quality: Int, dihedrals: PDQDihedrals) {
        self.hash = hash
        self.quality = quality
        self.dihedrals = dihedrals
    }

    /// What a picture with a side below 5 pixels gets.
    static let tooSmall = PDQResult(
        hash: .zero, quality: 0,
        dihedrals: PDQDihedrals(
            rotate90: .zero, rotate180: .zero, rotate270: .zero, flipX: .zero, flipY: .zero, flipPlus1: .zero,
            flipMinus1: .zero))
}

/// The hashes of one picture turned and mirrored, all computed from one transform.
///
/// They differ by a few bits from the hashes of the turned pixels, so a search probes with all of them.
public struct PDQDihedrals: Sendable, Hashable, Codable {
    public var rotate90: PDQHash
    public var rotate180: PDQHash
    public var rotate270: PDQHash
    public var flipX: PDQHash
    public var flipY: PDQHash
    /// Mirrored at the main diagonal.
    public var flipPlus1: PDQHash
    /// Mirrored at the other diagonal.
    public var flipMinus1: PDQHash

    public init(
        rotate90: PDQHash, rotate180: PDQHash, rotate270: PDQHash, flipX: PDQHash, flipY: PDQHash, flipPlus1: PDQHash,
        flipMinus1: PDQHash
    ) {
        self.rotate90 = rotate90
        self.rotate180 = rotate180
        self.rotate270 = rotate270
        self.flipX = flipX
        self.flipY = flipY
        self.flipPlus1 = flipPlus1
        self.flipMinus1 = flipMinus1
    }

    /// The seven hashes in the order of the properties.
    public var all: [PDQHash] { [rotate90, rotate180, rotate270, flipX, flipY, flipPlus1, flipMinus1] }
}
