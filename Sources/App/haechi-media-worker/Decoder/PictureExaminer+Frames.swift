// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CVips
import PerceptualHashing

extension PictureExaminer {
    /// Frames of one picture that are hashed, spread over it.
    private static let mostFrames = 16
    /// Of one frame: several of its size are in memory at once.
    private static let largestFrame = 16_000_000
    /// Pixels of all the frames that are drawn on the way to those, so that a small file does not take minutes.
    private static let mostPixels = 200_000_000
    /// Rows that libvips can put below one another.
    private static let mostRows = 9_000_000
    /// What browsers make of frames that do not say how long they show.
    private static let usualMilliseconds = 100

    /// The frames of a GIF or WebP that moves: each hashed as a video's frame. What cannot be decoded ends them; the first one is there.
    func examineFrames(_ header: cvips_header, into answer: inout WorkerAnswer.Picture, _ clock: inout StepClock) {
        let end = StepClock.now + UInt64(max(0, seconds) * 1e9)
        let affordable = min(Self.mostPixels / max(1, answer.width * answer.height), Self.mostRows / max(1, answer.height))
        let considered = min(Int(header.frames), affordable)
        let count = min(considered, Self.mostFrames, request.frameLimit)
        guard count > 1, min(answer.width, answer.height) >= PDQHasher.smallestSide,
            answer.width * answer.height <= Self.largestFrame,
            // Browsers do not agree on which way one lies that also says that it is to be turned.
            header.orientation <= 1, let opened = try? open(wholeOnly: false, frames: considered)
        else {
            (answer.isCut, answer.hasMore) = (true, true)
            return
        }
        defer { cvips_close(opened.picture) }
        guard opened.header.height == answer.height, cvips_prepare(opened.picture) == CVIPS_OK else {
            (answer.isCut, answer.hasMore) = (true, true)
            return
        }
        var rasters = FrameRasters(request)
        var (next, milliseconds) = (0, 0)
        for frame in 0..<considered where answer.frames.count < count {
            if frame == next {
                let hashed = try? hash(
                    frame, of: opened.picture, answer, seconds: Double(milliseconds) / 1_000, into: &rasters, &clock)
                guard let hashed, StepClock.now < end else {
                    (answer.isCut, answer.hasMore) = (true, true)
                    break
                }
                answer.frames.append(hashed)
                next = answer.frames.count * considered / count
            }
            let delay = Int(cvips_delay(opened.picture, Int32(frame)))
            milliseconds += delay > 10 ? delay : Self.usualMilliseconds
        }
        if considered < Int(header.frames) { (answer.isCut, answer.hasMore) = (true, true) }
        let (found, _) = rasters.finish()
        if !found.isEmpty { answer.extras.rasters = found }
        clock.book(.shrink)
    }

    private func hash(
        _ frame: Int, of picture: OpaquePointer, _ answer: WorkerAnswer.Picture, seconds: Double,
        into rasters: inout FrameRasters, _ clock: inout StepClock
    ) throws -> WorkerAnswer.Frame {
        guard let layout = PDQHasher.Layout(rawValue: Int(cvips_bands(picture))) else { throw Failure.shape }
        var hasher = try PDQHasher(
            width: answer.width, height: answer.height, layout: layout, method: .videoFrame, workspace: workspace)
        let maker =
            rasters.wantsNext()
            ? rasterMaker(width: answer.width, height: answer.height, channels: layout.rawValue) : nil
        var row = [UInt8](repeating: 0, count: answer.width * layout.rawValue)
        while let wanted = hasher.wantedRow {
            guard cvips_read_row(picture, Int32(frame * answer.height + wanted), &row) == CVIPS_OK else { throw Failure.pixels }
            clock.book(.decode)
            hasher.add(row.span)
            clock.book(.hash)
            guard let maker else { continue }
            maker.add(row)
            clock.book(.shrink)
        }
        let result = hasher.finish()
        if let maker { rasters.add(maker.finish(), seconds: seconds, quality: result.quality) }
        return WorkerAnswer.Frame(number: Int64(frame), seconds: seconds, hash: result.hash, quality: result.quality)
    }
}
