// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The rasters of a few frames, spread over a video whose length is not known before its end: every frame at first; when there are
/// too many, every second one is dropped and only every second one is taken from then on.
struct FrameRasters {
    /// All rasters of an answer together.
    static let mostBytes = 64 << 20

    private struct Frame {
        var seconds: Double
        var quality: Int
        var made: RasterMaker.Made
    }

    private let request: WorkerRequest
    private var frames: [Frame] = []
    private var step = 1
    private var number = 0

    init(_ request: WorkerRequest) { self.request = request }

    /// Whether rasters of the next frame are wanted; to be asked once for each frame.
    mutating func wantsNext() -> Bool {
        defer { number += 1 }
        return request.wishesPixels && number % step == 0
    }

    mutating func add(_ made: RasterMaker.Made, seconds: Double, quality: Int) {
        frames.append(Frame(seconds: seconds, quality: quality, made: made))
        let bytes = made.rasters.reduce(1) { $0 + $1.pixels.count }
        guard frames.count > max(1, min(2 * request.rasterFrames, 2 * Self.mostBytes / bytes)) else { return }
        frames = frames.enumerated().filter { $0.offset % 2 == 0 }.map(\.element)
        step *= 2
    }

    /// The rasters frame by frame, and the preview of the frame that shows most.
    func finish() -> (rasters: [WorkerRaster], preview: [UInt8]?) {
        guard let first = frames.first else { return ([], nil) }
        let bytes = first.made.rasters.reduce(1) { $0 + $1.pixels.count }
        let count = max(1, min(request.rasterFrames, frames.count, Self.mostBytes / bytes))
        // The middles of as many equal parts.
        let chosen = (0..<count).map { frames[(2 * $0 + 1) * frames.count / (2 * count)] }
        let best = frames.reduce(first) { $1.quality > $0.quality ? $1 : $0 }
        return (chosen.flatMap { $0.made.at($0.seconds).rasters }, best.made.preview())
    }
}
