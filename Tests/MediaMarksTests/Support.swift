// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaMarks

/// What a file says, in words: `generator:a1111`, `iptc:trainedAlgorithmicMedia`, `c2pa:present`, `c2pa:elsewhere`.
func said(_ file: [UInt8], _ container: MediaMarks.Container) -> [String] {
    let found = MediaMarks.read(file[...], as: container)
    return found.marks.map { ($0.kind == .generator ? "generator:" : "iptc:") + $0.value }
        + (found.hasManifest ? ["c2pa:present"] : []) + (found.namesRemoteManifest ? ["c2pa:elsewhere"] : [])
}

func places(_ file: [UInt8], _ container: MediaMarks.Container) -> [String] {
    MediaMarks.read(file[...], as: container).marks.map(\.place.rawValue)
}

/// The settings that one much used generator writes.
let settings = "a harbour in the morning\nNegative prompt: fog\nSteps: 20, Sampler: Euler a, CFG scale: 7, Seed: 1"
/// The graph that another writes.
let graph = #"{"3":{"class_type":"KSampler","inputs":{}}}"#
