// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs

@testable import LookAlikeFiles
@testable import Signals
@testable import Worker

/// Networks of an operator, who may have them from anywhere.
func checkONNX(_ bytes: [UInt8]) { _ = ONNXFile.problem(bytes) }

/// The server and the decoder know the same beginnings.
func checkFormat(_ bytes: [UInt8]) {
    let server = MediaKind(beginningOf: bytes)
    switch MediaFormat(magicOf: bytes.prefix(MediaFormat.magicLength)) {
    case nil: precondition(server == nil)
    case .picture(.gif): precondition(server == .movingPicture)
    case .picture(.webp): precondition(server == .picture || server == .movingPicture)
    case .picture: precondition(server == .picture)
    case .video: precondition(server == .video)
    }
    bytes.withUnsafeBufferPointer { _ = (ISOBoxes($0).mayBeOnlySound, PNGChunks.move($0)) }
}

func checkSegments(_ bytes: [UInt8]) {
    guard bytes.starts(with: [0xff, 0xd8, 0xff]) else { return }
    bytes.withUnsafeBufferPointer { _ = JPEGSegments.excess(in: $0) }
}

/// What a process is asked comes from the server, which makes it from what others wrote.
func checkDecoderRequest(_ bytes: [UInt8]) {
    guard let request = WorkerRequest(bytes) else { return }
    precondition(request.rasters.count <= 4 && (1...16).contains(request.rasterFrames))
    for wish in request.rasters {
        precondition(Worker.RasterWish(wish.text[...]) == wish)
        for (width, height) in [(1, 1), (4_000, 3), (3, 50_000_000)] {
            let size = wish.size(ofWidth: width, height: height)
            precondition((1...1_600).contains(size.width) && (1...1_600).contains(size.height))
        }
    }
}

func checkThinkerRequest(_ bytes: [UInt8]) {
    guard case .raster(let raster)? = ThinkerRequest(bytes)?.input else { return }
    precondition(raster.pixels.count == raster.width * raster.height * raster.channels)
}

/// A record on the disk: what is read is written the same.
func checkLookAlike(_ bytes: [UInt8]) {
    for dimension in [0, 3, 512] {
        guard let record = Record(bytes[...], dimension: dimension) else { continue }
        precondition(record.vector.numbers.count == dimension)
        precondition(bytes.starts(with: record.bytes) && Record(record.bytes[...], dimension: dimension)?.bytes == record.bytes)
        _ = (record.keys, record.picture)
    }
}
