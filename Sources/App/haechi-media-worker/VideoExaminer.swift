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
                let found = try examine(keyFramesOnly: true, every: 0, decoded: Self.mostDecodedFrames)
                guard areTooRare(found) else { return .video(found) }
                return .video(try examine(keyFramesOnly: false, every: 1, decoded: Self.framesInstead))
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

    private func examine(keyFramesOnly: Bool, every: Double, decoded: Int64) throws(Failure) -> WorkerAnswer.Video {
        var limits = cav_limits(pixels: pixelLimit, decoded_frames: decoded, seconds: seconds)
        var info = cav_info()
        var opened: OpaquePointer?
        let status = cav_open(
            bytes.baseAddress, bytes.count, format.demuxer, &limits, keyFramesOnly ? 1 : 0, &info, &opened)
        guard status == CAV_OK, let video = opened else { throw .status(status) }
        defer { cav_close(video) }
        let rate = info.frames_per_second
        let step = max(1, Int64(min(every * rate, 1e15)))
        var result = WorkerAnswer.Video(
            format: format, width: Int(info.width), height: Int(info.height), isCut: false, duration: info.seconds, frames: [])
        var frame = cav_frame()
        while true {
            let status = cav_next(video, step, &frame)
            if status != CAV_OK {
                guard !result.frames.isEmpty else { throw .status(status) }
                result.isCut = status != CAV_END || cav_has_gaps(video) == 1
                break
            }
            guard result.frames.count < request.frameLimit else {
                result.isCut = true
                break
            }
            let hashed = try hash(frame)
            result.frames.append(
                .init(
                    number: frame.number, seconds: rate > 0 ? Double(frame.number) / rate : 0, hash: hashed.hash,
                    quality: hashed.quality))
        }
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
}
