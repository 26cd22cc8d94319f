// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CTurboJPEG
import CVips
import PerceptualHashing

/// Decodes one picture: upright, without transparency, in luminance or RGB; and hashes it.
struct PictureExaminer {
    let bytes: UnsafeBufferPointer<UInt8>
    let format: PictureFormat
    let request: WorkerRequest
    let pixelLimit: UInt64
    let workspace: PDQWorkspace

    private enum Failure: Error {
        case header, pixels, shape, memory
        case tooLarge(Int, Int)
    }

    func answer() -> WorkerAnswer {
        do throws(Failure) {
            do throws(Failure) {
                return .picture(try examine(wholeOnly: true))
            } catch {
                // The answer to a broken file is what is there of it; that it is broken shows in the answer.
                switch error {
                case .tooLarge, .memory: throw error
                default: break
                }
                return .picture(try examine(wholeOnly: false))
            }
        } catch {
            switch error {
            case .header: return .undecodable("the \(format.rawValue) header can't be read")
            case .pixels: return .undecodable("the \(format.rawValue) pixels can't be decoded")
            case .shape: return .undecodable("the \(format.rawValue) file has an unusual shape")
            case .memory: return .tooLarge("hashing it takes more memory than allowed")
            case .tooLarge(let width, let height):
                return .tooLarge("\(width) x \(height) pixels, more than the \(pixelLimit) allowed")
            }
        }
    }

    private func examine(wholeOnly: Bool) throws(Failure) -> WorkerAnswer.Picture {
        var options = cvips_options(
            pixel_limit: pixelLimit, background: request.background, whole_only: wholeOnly ? 1 : 0)
        var header = cvips_header()
        var opened: OpaquePointer?
        let status = cvips_open(bytes.baseAddress, bytes.count, format.loader, &options, &header, &opened)
        if status == CVIPS_TOO_LARGE { throw .tooLarge(Int(header.width), Int(header.height)) }
        guard status == CVIPS_OK, let picture = opened else { throw .header }
        defer { cvips_close(picture) }
        var answer = WorkerAnswer.Picture(
            format: format, width: Int(header.width), height: Int(header.height), isCut: !wholeOnly, method: request.method,
            showsDihedrals: request.dihedrals)
        if request.method == .fast, format == .jpeg, let raster = scaled(header, isCut: &answer.isCut) {
            try hash(raster, into: &answer)
            return answer
        }
        // What can't be had fast is made as published, and says so.
        if request.method == .fast { answer.method = .nearest512 }
        guard cvips_prepare(picture) == CVIPS_OK else { throw .pixels }
        try hash(picture, into: &answer)
        return answer
    }

    /// Hashes what the method needs of the picture; all of it is in memory only when its parts are hashed too.
    private func hash(_ picture: OpaquePointer, into answer: inout WorkerAnswer.Picture) throws(Failure) {
        guard let layout = PDQHasher.Layout(rawValue: Int(cvips_bands(picture))) else { throw .shape }
        var hasher = try begin(answer, layout)
        var luminance = needsParts ? Luminance(width: answer.width, height: answer.height) : nil
        var row = [UInt8](repeating: 0, count: answer.width * layout.rawValue)
        var rowInMemory = -1
        func read(_ wanted: Int) throws(Failure) {
            guard cvips_read_row(picture, Int32(wanted), &row) == CVIPS_OK else { throw .pixels }
            rowInMemory = wanted
            luminance?.add(row.span, layout)
        }
        while let wanted = hasher.wantedRow {
            while luminance != nil ? rowInMemory < wanted : rowInMemory != wanted {
                try read(luminance != nil ? rowInMemory + 1 : wanted)
            }
            hasher.add(row.span)
        }
        guard !hasher.isTooSmall else { return }
        answer.result = hasher.finish()
        guard luminance != nil else { return }
        while rowInMemory < answer.height - 1 { try read(rowInMemory + 1) }
        if let luminance { try hashParts(of: luminance, into: &answer) }
    }

    private func begin(_ answer: WorkerAnswer.Picture, _ layout: PDQHasher.Layout) throws(Failure) -> PDQHasher {
        do throws(PDQHashError) {
            return try PDQHasher(
                width: answer.width, height: answer.height, layout: layout, method: answer.method.pdq, workspace: workspace)
        } catch {
            throw error == .tooLarge ? .memory : .shape
        }
    }

    private func hash(_ raster: Luminance, into answer: inout WorkerAnswer.Picture) throws(Failure) {
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
}

extension PictureExaminer {
    /// The luminance of a JPEG at the smallest of the fast fractions that leaves both sides 512 pixels, or all of it; nil when
    /// it is small anyway or in other colours. Measured on photographs: at 512 pixels such hashes are about 2 bits from those of
    /// the whole picture, at 256 pixels 6.
    private func scaled(_ header: cvips_header, isCut: inout Bool) -> Luminance? {
        var (width, height, hasLuminance): (Int32, Int32, Int32) = (0, 0, 0)
        guard cturbojpeg_header(bytes.baseAddress, bytes.count, &width, &height, &hasLuminance) == CTURBOJPEG_OK,
            hasLuminance == 1,
            // The other decoder's opinion: whoever disagrees is not trusted.
            UInt64(width) * UInt64(height) == UInt64(header.width) * UInt64(header.height),
            max(width, height) > PDQHasher.largestSide
        else { return nil }
        let eighths = [1, 2, 4].first { cturbojpeg_scaled(min(width, height), $0) >= PDQHasher.largestSide } ?? 8
        let (columns, rows) = (Int(cturbojpeg_scaled(width, eighths)), Int(cturbojpeg_scaled(height, eighths)))
        var status = CTURBOJPEG_DAMAGED
        let pixels = [UInt8](unsafeUninitializedCapacity: columns * rows) { buffer, filled in
            status = cturbojpeg_luminance(bytes.baseAddress, bytes.count, width, height, eighths, buffer.baseAddress)
            filled = status == CTURBOJPEG_DAMAGED ? 0 : columns * rows
        }
        guard status != CTURBOJPEG_DAMAGED else { return nil }
        if status == CTURBOJPEG_CUT_SHORT { isCut = true }
        return Luminance(width: columns, height: rows, pixels: pixels).upright(orientation: Int(header.orientation))
    }
}
