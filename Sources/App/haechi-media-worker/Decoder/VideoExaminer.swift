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

    /// When key frames are too rare, this many frames are decoded to take one a second.
    private static let framesInstead: Int64 = 3_000
    /// A second between two key frames at most, on average, before they count as too rare.
    private static let rarestKeyFrame = 12.0
    private static let mostDecodedFrames: Int64 = 1_000_000

    private enum Failure: Error {
        case status(cav_status)
        case tooSmall
    }

    func answer() -> WorkerAnswer {
        do throws(Failure) {
            switch request.video {
            case .keyFrames:
                let start = ContinuousClock.now
                let found = try examine(keyFramesOnly: true, every: 0, decoded: Self.mostDecodedFrames)
                let left = seconds - Self.seconds(start.duration(to: .now))
                // Both share the time of one video, and what was found is not given up for what may not be.
                guard areTooRare(found), left > seconds / 4 else { return .video(found) }
                let more = try? examine(keyFramesOnly: false, every: 1, decoded: Self.framesInstead, within: left)
                return .video(more ?? found)
            case .seconds(let every):
                return .video(try examine(keyFramesOnly: false, every: every, decoded: Self.mostDecodedFrames))
            case .everyFrame, nil:
                return .video(try examine(keyFramesOnly: false, every: 0, decoded: Self.mostDecodedFrames))
            }
        } catch {
            return answer(to: error)
        }
    }

    private func areTooRare(_ video: WorkerAnswer.Video) -> Bool {
        guard !video.isCut else { return false }
        let count = Double(video.frames.count)
        return count < 2 && video.duration > 2 || count * Self.rarestKeyFrame < video.duration
    }

    private func answer(to failure: Failure) -> WorkerAnswer {
        switch failure {
        case .tooSmall: .undecodable("its frames are smaller than 5 x 5 pixels")
        case .status(CAV_NO_VIDEO): .unsupported("no video stream in H.264, HEVC, VP8, VP9, AV1 or MPEG-4")
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

    private func examine(
        keyFramesOnly: Bool, every: Double, decoded: Int64, within time: Double? = nil
    ) throws(Failure) -> WorkerAnswer.Video {
        var clock = StepClock()
        var limits = cav_limits(pixels: pixelLimit, decoded_frames: decoded, seconds: time ?? seconds)
        var info = cav_info()
        var opened: OpaquePointer?
        let status = cav_open(
            bytes.baseAddress, bytes.count, format.demuxer, &limits, keyFramesOnly ? 1 : 0, &info, &opened)
        guard status == CAV_OK, let video = opened else { throw .status(status) }
        defer { cav_close(video) }
        let rate = info.frames_per_second
        let step = max(1, Int64(min(every * rate, 1e15)))
        var result = WorkerAnswer.Video(
            format: format, width: Int(info.width), height: Int(info.height), isCut: false,
            duration: Self.believable(info.seconds), frames: [])
        var frame = cav_frame()
        var rasters = FrameRasters(request)
        var unhashed: Failure?
        while true {
            let status = cav_next(video, step, &frame)
            clock.book(.decode)
            if status != CAV_OK {
                guard !result.frames.isEmpty else { throw unhashed ?? .status(status) }
                result.isCut = result.isCut || status != CAV_END || cav_has_gaps(video) == 1
                break
            }
            guard result.frames.count < request.frameLimit else {
                result.isCut = true
                break
            }
            // A header that came too late for the prober says nothing of the sides.
            if result.width <= 0 || result.height <= 0 { (result.width, result.height) = (Int(frame.width), Int(frame.height)) }
            let hashed: PDQResult
            do throws(Failure) {
                hashed = try hash(frame)
            } catch {
                // Videos may change their size on the way: a frame that cannot be hashed takes nothing from the others.
                (unhashed, result.isCut) = (error, true)
                continue
            }
            let seconds = rate > 0 ? Self.believable(Double(frame.number) / rate) : 0
            result.frames.append(
                .init(number: frame.number, seconds: seconds, hash: hashed.hash, quality: hashed.quality))
            clock.book(.hash)
            guard rasters.wantsNext() else { continue }
            if let made = shrink(frame) { rasters.add(made, seconds: seconds, quality: hashed.quality) }
            clock.book(.shrink)
        }
        (result.extras.rasters, result.extras.preview) = rasters.finish()
        clock.book(.shrink)
        if request.wishesMore { result.extras.times = clock.lines }
        return result
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

    /// Nil when there is no memory for it: the hash counts more.
    private func shrink(_ frame: cav_frame) -> RasterMaker.Made? {
        guard
            let maker = try? RasterMaker(request, width: Int(frame.width), height: Int(frame.height), channels: 3)
        else { return nil }
        // The decoder keeps the frame until the next one is asked for, which happens after this.
        for row in 0..<Int(frame.height) { maker.add(frame.pixels + row * Int(frame.bytes_per_row)) }
        return maker.finish()
    }
}
