// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What is wanted of every file beside its hashes: what the live rules' models look at, or what a reviewer is shown.
package struct MediaWishes: Sendable, Hashable {
    /// At most four; more are not made.
    package var rasters: [RasterWish]
    /// Of a video, rasters of so many frames; 0 looks into no video.
    package var frames: Int
    package var preview: Bool
    package var provenance: Bool

    package static let mostRasters = 4

    /// Key frames of a video that are hashed, at most: comparing them costs microseconds, finding them tens of milliseconds.
    package static let hashedFrames = 120

    package init(rasters: [RasterWish] = [], frames: Int = 0, preview: Bool = false, provenance: Bool = false) {
        self.rasters = Array(rasters.prefix(Self.mostRasters))
        self.frames = frames
        self.preview = preview
        self.provenance = provenance
    }

    /// Each size once, and no more than can be made.
    ///
    /// - Returns: whether this size is made.
    package mutating func add(_ wish: RasterWish) -> Bool {
        if rasters.contains(wish) { return true }
        guard rasters.count < Self.mostRasters else { return false }
        rasters.append(wish)
        return true
    }

    /// What a decoder is asked for one file. Also without a border of one colour, which is what screenshots and frames add; it costs
    /// next to nothing.
    package func request(for bytes: [UInt8]) -> MediaRequest {
        var request = MediaRequest()
        request.borders = true
        request.rasters = rasters
        request.preview = preview
        request.provenance = provenance
        // A video has other limits of size and time, so only what begins like one, or like a GIF, gets them.
        if frames > 0, MediaKind(beginningOf: bytes)?.mayMove == true {
            request.video = .keyFrames
            request.frameLimit = Self.hashedFrames
            request.rasterFrames = frames
        }
        return request
    }
}
