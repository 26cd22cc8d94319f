// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A part of a picture that is hashed besides the whole, so that a cropped copy is found.
///
/// A PDQ hash follows a crop of about one per cent and no more: a copy with less around it looks like one of these parts of the
/// original, so they are made when a fingerprint is banked. Any other crop (10 % at the left and 3 % at the top) is still missed;
/// to find those is beyond a hash of this kind. A copy with something added around it is found by trimming borders.
public struct PDQCrop: Sendable, Hashable, Codable {
    /// Where the part lies: which sides it has in common with the picture.
    public enum Place: String, Sendable, Hashable, Codable, CaseIterable {
        case centre
        case top, bottom, left, right
        case topLeft = "top-left"
        case topRight = "top-right"
        case bottomLeft = "bottom-left"
        case bottomRight = "bottom-right"
    }

    public var place: Place
    /// How much is kept of a side that loses something, in thousandths.
    public var kept: Int

    public init(_ place: Place, kept: Int) {
        self.place = place
        self.kept = kept
    }

    /// Such as `centre-975` or `bottom-left-900`.
    public var name: String { "\(place.rawValue)-\(kept)" }

    /// Twenty-four parts: the middle in steps of 2.5 % down to 80 %, and without 5 and 10 % at each side and from each corner.
    public static let standard: [PDQCrop] =
        stride(from: 975, through: 800, by: -25).map { PDQCrop(.centre, kept: $0) }
        + [950, 900].flatMap { kept in Place.allCases.dropFirst().map { PDQCrop($0, kept: kept) } }

    /// Eleven parts: the middle at 95, 90 and 80 %, and without 10 % at each side and from each corner.
    public static let few: [PDQCrop] =
        [950, 900, 800].map { PDQCrop(.centre, kept: $0) } + Place.allCases.dropFirst().map { PDQCrop($0, kept: 900) }

    /// Where the part lies in `whole`.
    public func rectangle(in whole: PDQRectangle) -> PDQRectangle {
        let keepsWidth = place == .top || place == .bottom, keepsHeight = place == .left || place == .right
        let width = keepsWidth ? whole.width : max(1, whole.width * kept / 1000)
        let height = keepsHeight ? whole.height : max(1, whole.height * kept / 1000)
        let (spareWidth, spareHeight) = (whole.width - width, whole.height - height)
        let (x, y) =
            switch place {
            case .centre: (spareWidth / 2, spareHeight / 2)
            case .top, .left, .topLeft: (0, 0)
            case .right, .topRight: (spareWidth, 0)
            case .bottom, .bottomLeft: (0, spareHeight)
            case .bottomRight: (spareWidth, spareHeight)
            }
        return PDQRectangle(x: whole.x + x, y: whole.y + y, width: width, height: height)
    }
}

/// One of the hashes of a picture's parts.
public struct PDQVariant: Sendable, Hashable, Codable {
    /// `trimmed` for the picture without its border, else the crop's name, with `trimmed-` before it for a crop of that.
    public var name: String
    public var part: PDQRectangle
    public var result: PDQResult

    public init(name: String, part: PDQRectangle, result: PDQResult) {
        self.name = name
        self.part = part
        self.result = result
    }
}

extension PDQWorkspace {
    /// Hashes a luminance raster's parts: the picture without its border, when it has one, and the crops of what is then left.
    ///
    /// Parts too small for a hash are left out. Quality is each part's own: a part without structure is not worth banking.
    /// - Throws: as `hash`.
    public func variants(
        of luminance: Span<UInt8>, width: Int, height: Int, bytesPerRow: Int? = nil, method: PDQMethod = .nearest512,
        crops: [PDQCrop] = PDQCrop.standard, borders: BorderFinder? = BorderFinder()
    ) throws(PDQHashError) -> [PDQVariant] {
        var whole = PDQRectangle(x: 0, y: 0, width: width, height: height)
        var parts: [(name: String, part: PDQRectangle)] = []
        var prefix = ""
        let inner = try borders?.innerRectangle(of: luminance, width: width, height: height, bytesPerRow: bytesPerRow)
        if let inner {
            parts.append(("trimmed", inner))
            (whole, prefix) = (inner, "trimmed-")
        }
        parts += crops.map { (prefix + $0.name, $0.rectangle(in: whole)) }
        var variants: [PDQVariant] = []
        for (name, part) in parts where min(part.width, part.height) >= PDQHasher.smallestSide {
            let result = try hash(
                luminance, width: width, height: height, bytesPerRow: bytesPerRow, layout: .luminance, method: method,
                part: part)
            variants.append(PDQVariant(name: name, part: part, result: result))
        }
        return variants
    }

    /// Hashes a luminance raster's parts.
    public func variants(
        of luminance: [UInt8], width: Int, height: Int, bytesPerRow: Int? = nil, method: PDQMethod = .nearest512,
        crops: [PDQCrop] = PDQCrop.standard, borders: BorderFinder? = BorderFinder()
    ) throws(PDQHashError) -> [PDQVariant] {
        try variants(
            of: luminance.span, width: width, height: height, bytesPerRow: bytesPerRow, method: method, crops: crops,
            borders: borders)
    }
}
