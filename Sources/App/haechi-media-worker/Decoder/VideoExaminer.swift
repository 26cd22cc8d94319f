// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CAV
import PerceptualHashing

/// Decodes the wanted frames of one video and hashes each at full size, as vPDQ does.
struct VideoExaminer {
    let bytes: UnsafeBufferPointer<UInt8>
    let format: VideoFormat
    let request: WorkerRequest
    let pixelLimit: UInt64
    let seconds: Double
    let workspace: PDQWorkspace

    /// When key frames are too rare, all frames are decoded as far as this goes: about twelve seconds of 1920 x 1080 at 30 a second.
    private static let pixelsInstead = 800e6
    /// A second between two key frames at most, on average, before they count as too rare.
    private static let rarestKeyFrame = 12.0
    /// Where the frames between them are too many to be decoded: key frames no rarer, or so many of them, are a look at the whole.
    private static let rarestOfMany = 30.0
    /// And in no place longer apart: 250 frames, which encoders take where nobody says otherwise, at eight a second.
    private static let longestOfMany = 32.0
    private static let fewest = 4.0
    private static let enough = 60.0
    /// Whatever its times say, a video shows no more frames than this in a second.
    private static let fastestRate = 60.0
    private static let mostDecodedFrames: Int64 = 1_000_000

    private enum Failure: Error {
        case status(cav_status)
        case tooSmall
    }

    /// A video as far as it was looked at.
    private struct Look {
        var video: WorkerAnswer.Video
        var rasters: FrameRasters
        var clock = StepClock()
        /// When the last frame shows, in the stream's own units.
        var until = Int64.min
        /// Frames that the file calls key frames are none, so what they were to stand for was not seen.
        var hasFalseKeys = false
    }

    func answer() -> WorkerAnswer {
        do throws(Failure) {
            switch request.video {
            case .keyFrames: return .video(finish(try sampled()))
            case .seconds(let every): return .video(finish(try examine(.seconds(every), within: seconds)))
            case .everyFrame, nil: return .video(finish(try examine(.all, within: seconds)))
            }
        } catch {
            return answer(to: error)
        }
    }

    private func finish(_ look: Look) -> WorkerAnswer.Video {
        var (video, clock) = (look.video, look.clock)
        (video.extras.rasters, video.extras.preview) = look.rasters.finish()
        clock.book(.shrink)
        if request.wishesMore { video.extras.times = clock.lines }
        return video
    }

    // MARK: - From end to end

    /// Key frames, spread over the whole video; where they are too rare, one frame a second among all.
    private func sampled() throws(Failure) -> Look {
        let end = ContinuousClock.now + .seconds(seconds)
        func left() -> Double { max(0, Self.seconds(ContinuousClock.now.duration(to: end))) }
        var (outline, limits) = (cav_outline(), limits(within: seconds / 2))
        let status = cav_outline_of(bytes.baseAddress, bytes.count, format.demuxer, &limits, &outline)
        // Too long to be gone through twice: its key frames as they come.
        if status == CAV_STOPPED { return try cut(examine(.keys(cav_outline(), request.frameLimit), within: left())) }
        guard status == CAV_OK else { throw .status(status) }
        func keyFrames() throws(Failure) -> Look { try examine(.keys(outline, request.frameLimit), within: left()) }
        let isTooDear = Self.areEnough(outline) && Self.pixels(outline) > Self.pixelsInstead
        var keys: Look?
        if isTooDear || !Self.areTooRare(outline) {
            let found = try keyFrames()
            guard found.hasFalseKeys else { return found }
            keys = found
        }
        guard let all = try? examine(.among(outline), within: left()) else {
            if let keys { return cut(keys) }
            return try cut(keyFrames())
        }
        let room = request.frameLimit - all.video.frames.count
        guard all.video.isCut, room > 0 else { return all }
        // Behind the place where this was too much there may still be key frames.
        return (try? examine(.keys(outline, room), within: left(), behind: all)) ?? all
    }

    private func cut(_ look: Look) -> Look {
        var look = look
        look.video.isCut = true
        return look
    }

    private static func seconds(_ outline: cav_outline) -> Double { max(outline.seconds, Double(outline.frames) / fastestRate) }

    /// The longest that one key frame stands for.
    private static func stretch(_ outline: cav_outline) -> Double {
        max(outline.stretch_seconds, Double(outline.stretch_frames) / fastestRate)
    }

    /// As far as the container tells; what is decoded is counted as well.
    private static func pixels(_ outline: cav_outline) -> Double {
        Double(max(1, outline.width)) * Double(max(1, outline.height)) * Double(outline.frames)
    }

    /// On average or in one place: many key frames in a moment say nothing of the rest.
    private static func areTooRare(_ outline: cav_outline) -> Bool {
        let (keys, seconds) = (Double(outline.keys), seconds(outline))
        return keys < 1 || keys < 2 && seconds > 2 || keys < enough && keys * rarestKeyFrame < seconds
            || stretch(outline) > rarestKeyFrame
    }

    private static func areEnough(_ outline: cav_outline) -> Bool {
        let keys = Double(outline.keys)
        return keys >= fewest && (keys >= enough || keys * rarestOfMany >= seconds(outline))
            && stretch(outline) <= longestOfMany
    }

    private func answer(to failure: Failure) -> WorkerAnswer {
        switch failure {
        case .tooSmall: .undecodable("its frames are smaller than 5 x 5 pixels")
        case .status(CAV_ONLY_SOUND) where format == .matroska || ISOBoxes(bytes).mayBeOnlySound:
            .nothingToSee("no moving pictures, only sound")
        case .status(CAV_ONLY_SOUND), .status(CAV_NO_VIDEO):
            .unsupported("no video stream in H.264, HEVC, VP8, VP9, AV1 or MPEG-4")
        case .status(CAV_TOO_LARGE): .tooLarge("a frame has more than the \(pixelLimit) pixels allowed")
        case .status(CAV_STOPPED): .undecodable("decoding the first frame takes longer than \(Int(seconds)) seconds")
        case .status(CAV_END): .undecodable("no frame of the video can be decoded")
        case .status: .undecodable("the \(format.rawValue) header can't be read")
        }
    }

    private static func seconds(_ duration: Duration) -> Double {
        Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
    }

    /// Times that a file claims and nobody believes are as if it said nothing, and what is read here must be readable by the parent.
    private static func believable(_ seconds: Double) -> Double { (0...1e9).contains(seconds) ? seconds : 0 }

    private func limits(within seconds: Double) -> cav_limits {
        cav_limits(
            pixels: pixelLimit, decoded_frames: Self.mostDecodedFrames, decoded_pixels: .max,
            seconds: seconds)
    }

    /// Which frames are decoded, and which of those are hashed.
    private enum Choice {
        case all
        case seconds(Double)
        /// At most so many, spread over the video.
        case keys(cav_outline, Int)
        /// One a second, or fewer of a long video.
        case among(cav_outline)

        var mode: cav_mode {
            switch self {
            case .all, .seconds: CAV_ALL_FRAMES
            case .keys: CAV_KEY_FRAMES
            case .among: CAV_REFERENCE_FRAMES
            }
        }

        /// Of what numbers one is wanted, and after how many others one is wanted all the same; 0 for never.
        func step(rate: Double, limit: Int) -> (numbers: Int64, others: Int64) {
            switch self {
            case .all, .keys: return (1, 0)
            case .seconds(let seconds): return (max(1, Int64(min(seconds * rate, 1e15))), 0)
            case .among(let outline):
                // Numbers come from times. Where these are not those of the rate, half of the frames are taken by the one and half by
                // the other: neither a long rest nor a false time may hide what is shown.
                let (second, span) = (Int64(min(rate, 1_000)), min(max(0, outline.seconds) * rate, 1e15))
                let isEven = span <= 1.25 * Double(outline.frames)
                // With some room, since rates vary.
                let most = Int64(max(1, isEven ? limit * 3 / 4 : limit * 3 / 8))
                let others = max(second, outline.frames / most + 1)
                return isEven ? (others, 0) : (max(second, Int64(span) / most + 1), others)
            }
        }
    }

    /// - Parameter earlier: what was looked at before; only what shows later is added to it.
    private func examine(_ choice: Choice, within time: Double, behind earlier: Look? = nil) throws(Failure) -> Look {
        var limits = limits(within: time)
        if case .among = choice { limits.decoded_pixels = UInt64(Self.pixelsInstead) }
        var info = cav_info()
        var opened: OpaquePointer?
        var clock = StepClock()
        let status = cav_open(bytes.baseAddress, bytes.count, format.demuxer, &limits, choice.mode, &info, &opened)
        guard status == CAV_OK, let video = opened else { throw .status(status) }
        defer { cav_close(video) }
        if case .keys(var outline, let most) = choice { cav_spread(video, &outline, Int64(most)) }
        let rate = info.frames_per_second
        let step = choice.step(rate: rate, limit: request.frameLimit)
        if step.others > 0 { cav_hand_out_after(video, step.others) }
        if let earlier { clock = earlier.clock }
        var look =
            earlier
            ?? Look(
                video: WorkerAnswer.Video(
                    format: format, width: Int(info.width), height: Int(info.height), isCut: false,
                    duration: Self.believable(info.seconds), frames: []),
                rasters: FrameRasters(request))
        var frame = cav_frame()
        var unhashed: Failure?
        while true {
            let status = cav_next(video, step.numbers, &frame)
            clock.book(.decode)
            if status != CAV_OK {
                guard !look.video.frames.isEmpty else { throw unhashed ?? .status(status) }
                look.video.isCut = look.video.isCut || status != CAV_END || cav_has_gaps(video) == 1
                look.hasFalseKeys = status == CAV_END && cav_has_false_keys(video) == 1
                break
            }
            if let earlier, !Self.shows(frame, behind: earlier) { continue }
            guard look.video.frames.count < request.frameLimit else {
                look.video.isCut = true
                break
            }
            do throws(Failure) {
                try add(frame, rate: rate, to: &look, &clock)
            } catch {
                // Videos may change their size on the way: a frame that cannot be hashed takes nothing from the others.
                (unhashed, look.video.isCut) = (error, true)
            }
        }
        look.clock = clock
        return look
    }

    /// By the one clock that all frames of a stream have: their numbers are counted in different ways.
    private static func shows(_ frame: cav_frame, behind look: Look) -> Bool {
        guard frame.time != .min, look.until != .min else { return frame.number > look.video.frames.last?.number ?? -1 }
        return frame.time > look.until
    }

    private func add(
        _ frame: cav_frame, rate: Double, to look: inout Look, _ clock: inout StepClock
    ) throws(Failure) {
        // A header that came too late for the prober says nothing of the sides.
        if look.video.width <= 0 || look.video.height <= 0 {
            (look.video.width, look.video.height) = (Int(frame.width), Int(frame.height))
        }
        let hashed = try hash(frame)
        let number = max(frame.number, (look.video.frames.last?.number ?? -1) + 1)
        let seconds = rate > 0 ? Self.believable(Double(number) / rate) : 0
        look.video.frames.append(.init(number: number, seconds: seconds, hash: hashed.hash, quality: hashed.quality))
        look.until = frame.time
        clock.book(.hash)
        guard look.rasters.wantsNext() else { return }
        look.rasters.add(shrink(frame), seconds: seconds, quality: hashed.quality)
        clock.book(.shrink)
    }

    private func hash(_ frame: cav_frame) throws(Failure) -> PDQResult {
        let (width, height, stride) = (Int(frame.width), Int(frame.height), Int(frame.bytes_per_row))
        guard width >= PDQHasher.smallestSide, height >= PDQHasher.smallestSide, let start = frame.pixels else { throw .tooSmall }
        // The decoder keeps the frame until the next one is asked for, which happens after this.
        let pixels = UnsafeBufferPointer(start: start, count: stride * (height - 1) + 3 * width)
        do throws(PDQHashError) {
            return try workspace.hash(
                pixels.span, width: width, height: height, bytesPerRow: stride, layout: .rgb, method: .videoFrame)
        } catch {
            throw .status(CAV_TOO_LARGE)
        }
    }

    private func shrink(_ frame: cav_frame) -> RasterMaker.Made {
        let maker = RasterMaker(request, width: Int(frame.width), height: Int(frame.height), channels: 3)
        // The decoder keeps the frame until the next one is asked for, which happens after this.
        for row in 0..<Int(frame.height) { maker.add(frame.pixels + row * Int(frame.bytes_per_row)) }
        return maker.finish()
    }
}
