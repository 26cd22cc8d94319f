// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CVips
import PerceptualHashing

/// Decodes one picture once: upright, without transparency, in luminance or RGB; hashes it, and makes the sizes wished for.
struct PictureExaminer {
    let bytes: UnsafeBufferPointer<UInt8>
    let format: PictureFormat
    let request: WorkerRequest
    let pixelLimit: UInt64
    /// For the frames of one that moves.
    let seconds: Double
    let workspace: PDQWorkspace

    enum Failure: Error {
        case header, pixels, shape, memory, scans, segments
        case tooLarge(Int, Int)
    }

    func answer() -> WorkerAnswer {
        do throws(Failure) {
            if format == .jpeg { try checkScans() }
            do throws(Failure) {
                return .picture(try examine(wholeOnly: true))
            } catch {
                // The answer to a broken file is what is there of it; that it is broken shows in the answer.
                switch error {
                case .tooLarge, .memory, .scans, .segments: throw error
                default: break
                }
                do throws(Failure) {
                    return .picture(try examine(wholeOnly: false))
                } catch {
                    guard case .pixels = error, let shortened = withoutLeftovers() else { throw error }
                    return try shortened.withUnsafeBufferPointer { bytes throws(Failure) in
                        .picture(try with(bytes).examine(wholeOnly: false))
                    }
                }
            }
        } catch {
            switch error {
            case .header: return .undecodable("the \(format.rawValue) header can't be read")
            case .pixels: return .undecodable("the \(format.rawValue) pixels can't be decoded")
            case .shape: return .undecodable("the \(format.rawValue) file has an unusual shape")
            case .scans: return .undecodable("the \(format.rawValue) file has more scans than pictures have")
            case .segments: return .undecodable("the \(format.rawValue) file has more segments than pictures have")
            case .memory: return .tooLarge("hashing it takes more memory than allowed")
            case .tooLarge(let width, let height):
                return .tooLarge("\(width) x \(height) pixels, more than the \(pixelLimit) allowed")
            }
        }
    }

    /// A JPEG file up to what breaks its decoder behind the scans; nil when that is not what breaks it.
    private func withoutLeftovers() -> [UInt8]? {
        guard format == .jpeg, let end = JPEGSegments.endOfScans(in: bytes) else { return nil }
        return bytes[..<end] + [0xff, 0xd9]
    }

    private func with(_ bytes: UnsafeBufferPointer<UInt8>) -> PictureExaminer {
        PictureExaminer(
            bytes: bytes, format: format, request: request, pixelLimit: pixelLimit, seconds: seconds, workspace: workspace)
    }

    private func examine(wholeOnly: Bool) throws(Failure) -> WorkerAnswer.Picture {
        var clock = StepClock()
        let (picture, header) = try open(wholeOnly: wholeOnly, frames: 1)
        defer { cvips_close(picture) }
        var answer = WorkerAnswer.Picture(
            format: format, width: Int(header.width), height: Int(header.height), isCut: !wholeOnly, method: request.method,
            showsDihedrals: request.dihedrals)
        if request.method == .fast, format == .jpeg, try examineFast(header, into: &answer, &clock) {
            if request.wishesMore { answer.extras.times = clock.lines }
            return answer
        }
        // What can't be had fast is made as published, and says so.
        if request.method == .fast { answer.method = .nearest512 }
        guard cvips_prepare(picture) == CVIPS_OK else { throw .pixels }
        try hash(picture, into: &answer, &clock)
        if request.video != nil, [.gif, .webp].contains(format), header.frames > 1 {
            examineFrames(header, into: &answer, &clock)
        } else {
            answer.hasMore = header.frames > 1 || hasMoreThanDecoders
        }
        if request.wishesMore { answer.extras.times = clock.lines }
        return answer
    }

    /// Whether it is of a kind that moves and of which only the first picture can be decoded.
    private var hasMoreThanDecoders: Bool {
        switch format {
        case .png: PNGChunks.move(bytes)
        // A sequence lies in a film's box, whatever the brands say.
        case .heic, .avif: ISOBoxes(bytes).films > 0
        case .jpeg, .webp, .gif: false
        }
    }

    func open(wholeOnly: Bool, frames: Int) throws(Failure) -> (picture: OpaquePointer, header: cvips_header) {
        var options = cvips_options(
            pixel_limit: pixelLimit, background: request.background, whole_only: wholeOnly ? 1 : 0, frames: Int32(frames))
        var header = cvips_header()
        var opened: OpaquePointer?
        let status = cvips_open(bytes.baseAddress, bytes.count, format.loader, &options, &header, &opened)
        if status == CVIPS_TOO_LARGE { throw .tooLarge(Int(header.width), Int(header.height)) }
        guard status == CVIPS_OK, let opened else { throw .header }
        return (opened, header)
    }

    /// Reads the rows that the method needs, or all of them when other sizes or parts are wanted too; the picture is in memory as a
    /// whole only for its parts.
    private func hash(
        _ picture: OpaquePointer, into answer: inout WorkerAnswer.Picture, _ clock: inout StepClock
    ) throws(Failure) {
        guard let layout = PDQHasher.Layout(rawValue: Int(cvips_bands(picture))) else { throw .shape }
        var hasher = try begin(answer, layout)
        var luminance = needsParts && !hasher.isTooSmall ? Luminance(width: answer.width, height: answer.height) : nil
        let maker = rasterMaker(width: answer.width, height: answer.height, channels: layout.rawValue)
        let needsAll = luminance != nil || maker != nil
        var row = [UInt8](repeating: 0, count: answer.width * layout.rawValue)
        var rowInMemory = -1
        func read(_ wanted: Int) throws(Failure) {
            guard cvips_read_row(picture, Int32(wanted), &row) == CVIPS_OK else { throw .pixels }
            rowInMemory = wanted
            clock.book(.decode)
            luminance?.add(row.span, layout)
            guard let maker else { return }
            maker.add(row)
            clock.book(.shrink)
        }
        while let wanted = hasher.wantedRow {
            while needsAll ? rowInMemory < wanted : rowInMemory != wanted { try read(needsAll ? rowInMemory + 1 : wanted) }
            hasher.add(row.span)
            clock.book(.hash)
        }
        if needsAll {
            while rowInMemory < answer.height - 1 { try read(rowInMemory + 1) }
        }
        if let maker { take(maker, into: &answer, &clock) }
        guard !hasher.isTooSmall else { return }
        answer.result = hasher.finish()
        if let luminance { try hashParts(of: luminance, into: &answer) }
        clock.book(.hash)
    }

    private func begin(_ answer: WorkerAnswer.Picture, _ layout: PDQHasher.Layout) throws(Failure) -> PDQHasher {
        do throws(PDQHashError) {
            return try PDQHasher(
                width: answer.width, height: answer.height, layout: layout, method: answer.method.pdq, workspace: workspace)
        } catch {
            throw error == .tooLarge ? .memory : .shape
        }
    }

    func hash(_ raster: Luminance, into answer: inout WorkerAnswer.Picture) throws(Failure) {
        do throws(PDQHashError) {
            answer.result = try workspace.hash(
                raster.pixels, width: raster.width, height: raster.height, layout: .luminance, method: answer.method.pdq)
        } catch {
            throw .memory
        }
        if needsParts { try hashParts(of: raster, into: &answer) }
    }

    private var needsParts: Bool { request.borders || request.crops }

    private func hashParts(of raster: Luminance, into answer: inout WorkerAnswer.Picture) throws(Failure) {
        do throws(PDQHashError) {
            answer.variants = try workspace.variants(
                of: raster.pixels, width: raster.width, height: raster.height, method: answer.method.pdq,
                crops: request.crops ? PDQCrop.standard : [], borders: request.borders ? BorderFinder() : nil)
        } catch {
            throw .memory
        }
    }

    // MARK: - Other sizes

    /// Nil when none is wished for.
    func rasterMaker(width: Int, height: Int, channels: Int, orientation: Int = 1) -> RasterMaker? {
        guard request.wishesPixels else { return nil }
        return RasterMaker(request, width: width, height: height, channels: channels, orientation: orientation)
    }

    func take(_ maker: RasterMaker, into answer: inout WorkerAnswer.Picture, _ clock: inout StepClock) {
        let made = maker.finish()
        answer.extras.rasters = made.rasters
        answer.extras.preview = made.preview()
        clock.book(.shrink)
    }
}
