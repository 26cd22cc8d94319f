// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

@testable import Inference
@testable import MediaDecoding

/// Answers of a process that may have been taken over: what is accepted is within what was asked.
func checkDecoderReply(_ bytes: [UInt8]) {
    var request = MediaRequest()
    request.video = .keyFrames
    request.preview = true
    request.provenance = true
    request.rasters = [.stretch(width: 8, height: 8), .fit(longest: 16), .grey(longest: 16)]
    guard case .success(let facts)? = MediaWorkerReply.parse(bytes, to: request) else { return }
    precondition(facts.width > 0 && facts.height > 0 && (0...100).contains(facts.quality))
    for raster in facts.rasters {
        precondition(request.rasters.contains(raster.wish))
        precondition(raster.pixels.count == raster.width * raster.height * raster.channels)
    }
    precondition(facts.preview.map { $0.count <= 98_304 } ?? true)
    precondition((facts.provenance?.codes.count ?? 0) <= 16)
    precondition((facts.provenance?.marks.count ?? 0) <= 32)
    precondition(facts.frames.allSatisfy { $0.seconds.isFinite })
}

func checkThinkerReply(_ bytes: [UInt8]) {
    let raster = Raster(wish: .fit(longest: 8), width: 8, height: 8, channels: 3, pixels: [UInt8](repeating: 0, count: 192))
    for verb in [ThinkerQuestion.Verb.run, .prepare] {
        guard let reply = ThinkerReply.parse(bytes, to: ThinkerQuestion(verb, "model", .raster(raster))) else { continue }
        switch reply.answer {
        case .output(.scores(let scores)): precondition(scores.allSatisfy { (0...1).contains($0) })
        case .output(.vector(let values)), .tensor(_, let values): precondition(values.allSatisfy(\.isFinite))
        case .output, .unknown: break
        }
    }
}

func checkGreeting(_ bytes: [UInt8]) { _ = WorkerGreeting(bytes) }

/// Answers of a model server.
func checkInferenceJSON(_ bytes: [UInt8]) {
    _ = InferenceJSON.read(InferenceJSON.Server.self, bytes)
    _ = InferenceJSON.read(InferenceJSON.Model.self, bytes)
    _ = InferenceJSON.read(InferenceJSON.Reply.self, bytes)
}
