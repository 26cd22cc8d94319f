// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CRaster
import CTurboJPEG

/// Makes the sizes that were wished for from the rows of one picture or frame, while they are decoded and hashed.
///
/// A size for which there is no memory is left out: the hash counts more.
final class RasterMaker {
    /// The rasters of one picture or frame, and what its preview is made from.
    struct Made {
        var rasters: [WorkerRaster]
        fileprivate var small: WorkerRaster?

        /// A JPEG of at most 96 KiB; nil when none is wanted.
        func preview() -> [UInt8]? { small.flatMap(JPEGPreview.encode) }

        /// The same at a time in a video.
        func at(_ seconds: Double?) -> Made {
            var made = self
            for index in made.rasters.indices { made.rasters[index].seconds = seconds }
            return made
        }
    }

    private struct Product {
        var wish: RasterWish
        /// Of `shrinkers`; two wishes for one size share it.
        var shrinker: Int
    }

    private struct Shrinker {
        var width: Int
        var height: Int
        var isGrey: Bool
        var state: OpaquePointer
    }

    /// Each size takes memory for some rows of the picture in full width.
    private static let widest = 1_000_000

    private let channels: Int
    private let width: Int
    private let orientation: Int
    private var shrinkers: [Shrinker] = []
    private var products: [Product] = []
    private var preview: Product?
    private var luminance: [UInt8]

    /// - Parameters:
    ///   - channels: of the rows that will come: 1 or 3.
    ///   - orientation: how they lie by EXIF; the rasters will be upright.
    init(
        _ request: WorkerRequest, width: Int, height: Int, channels: Int, orientation: Int = 1
    ) {
        self.channels = channels
        self.width = width
        self.orientation = orientation
        let needsLuminance = channels == 3 && request.rasters.contains { $0.kind == .grey }
        luminance = needsLuminance ? [UInt8](repeating: 0, count: width) : []
        products = request.rasters.compactMap { product($0, width, height) }
        if request.preview {
            preview = product(
                RasterWish(kind: .fit, width: JPEGPreview.longestSide, height: JPEGPreview.longestSide), width, height)
        }
    }

    deinit {
        for shrinker in shrinkers { craster_free(shrinker.state) }
    }

    /// Nil when there is no memory for it, or it would take too much from what else is to be done.
    private func product(_ wish: RasterWish, _ width: Int, _ height: Int) -> Product? {
        guard width <= Self.widest else { return nil }
        let lies = orientation >= 5
        // Turned at the end, when it is small.
        let upright = wish.size(ofWidth: lies ? height : width, height: lies ? width : height)
        let size = lies ? (width: upright.height, height: upright.width) : upright
        let isGrey = wish.kind == .grey
        if let index = shrinkers.firstIndex(where: { ($0.width, $0.height, $0.isGrey) == (size.width, size.height, isGrey) }) {
            return Product(wish: wish, shrinker: index)
        }
        guard
            let state = craster_new(
                Int32(width), Int32(height), isGrey ? 1 : Int32(channels), Int32(size.width), Int32(size.height))
        else { return nil }
        shrinkers.append(Shrinker(width: size.width, height: size.height, isGrey: isGrey, state: state))
        return Product(wish: wish, shrinker: shrinkers.count - 1)
    }

    /// Adds the next row, from top to bottom; it has the width and channels that were announced.
    func add(_ row: UnsafePointer<UInt8>) {
        if !luminance.isEmpty { craster_luminance(row, Int32(width), &luminance) }
        for shrinker in shrinkers {
            if shrinker.isGrey, !luminance.isEmpty {
                craster_add_row(shrinker.state, luminance)
            } else {
                craster_add_row(shrinker.state, row)
            }
        }
    }

    /// When all rows have been added.
    func finish() -> Made {
        Made(rasters: products.map(raster), small: preview.map(raster))
    }

    private func raster(_ product: Product) -> WorkerRaster {
        let shrinker = shrinkers[product.shrinker]
        let (width, height, lies) = (shrinker.width, shrinker.height, orientation >= 5)
        let channels = shrinker.isGrey ? 1 : self.channels
        let count = width * height
        var pixels = [UInt8](unsafeUninitializedCapacity: count * channels) { buffer, filled in
            // As many bytes as the shrinker was made for.
            craster_turn(
                craster_pixels(shrinker.state), Int32(width), Int32(height), Int32(channels), Int32(orientation),
                buffer.baseAddress)
            filled = count * channels
        }
        if product.wish.channels == 3, channels == 1 { pixels = Self.colour(pixels) }
        return WorkerRaster(
            wish: product.wish, width: lies ? height : width, height: lies ? width : height, channels: product.wish.channels,
            pixels: pixels)
    }

    private static func colour(_ grey: [UInt8]) -> [UInt8] {
        [UInt8](unsafeUninitializedCapacity: 3 * grey.count) { buffer, filled in
            for level in grey {
                for channel in 0..<3 { buffer[filled + channel] = level }
                filled += 3
            }
        }
    }
}

/// A small picture to show to people: nothing but pixels that we have decoded ourselves.
enum JPEGPreview {
    static let longestSide = 512
    static let mostBytes = 96 << 10

    /// At the best of a few qualities that fits.
    static func encode(_ raster: WorkerRaster) -> [UInt8]? {
        let bound = cturbojpeg_bound(Int32(raster.width), Int32(raster.height))
        for quality: Int32 in [82, 70, 55, 40, 25, 10] {
            let bytes = [UInt8](unsafeUninitializedCapacity: bound) { buffer, filled in
                filled = cturbojpeg_encode(
                    raster.pixels, Int32(raster.width), Int32(raster.height), quality, buffer.baseAddress, bound)
            }
            if !bytes.isEmpty, bytes.count <= mostBytes { return bytes }
        }
        return nil
    }
}
