// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Tells what the media of an event say of their own origin: signed manifests, marks of the IPTC, traces of generators.
///
/// What counts is that a file says that a machine made it or a part of it. A signature alone does not count, nor that there is no
/// mark: most platforms strip them, and anybody can strip or forge what is unsigned.
package struct ProvenanceDetector: Detector {
    /// Terms of the IPTC's DigitalSourceType by which a machine made the picture or a part of it.
    package static let madeByMachine: Set<String> = [
        "trainedAlgorithmicMedia", "compositeWithTrainedAlgorithmicMedia", "algorithmicMedia", "compositeSynthetic",
        "trainedAlgorithmicData",
    ]

    private let declarations: [SignalDeclaration]

    package init(_ declarations: [SignalDeclaration]) {
        self.declarations = declarations.filter { $0.kind == .provenance }
    }

    package func detect(in event: PublicEvent, media: [ExaminedMedia]) -> [Signal] {
        guard !declarations.isEmpty else { return [] }
        let (said, took) = measured { Self.read(media) }
        return declarations.map {
            Signal(
                name: $0.name, kind: .provenance, state: Self.state(of: said, output: $0.output), version: "marks@1",
                microseconds: took)
        }
    }

    /// What was found, and why something could not be read.
    private static func read(_ media: [ExaminedMedia]) -> (measurements: [SignalMeasurement], unknown: String?) {
        var measurements: [SignalMeasurement] = []
        var unknown: String?
        for file in media {
            if let facts = file.facts?.provenance {
                measurements += facts.measurements(of: file.media.id)
            } else if case .unreadable(let why)? = file.problem {
                unknown = why
            } else if file.facts != nil {
                unknown = "its marks of origin were not read"
            }
        }
        return (measurements, unknown)
    }

    /// That one file says nothing that counts does not tell what an unreadable one would have said.
    ///
    /// - Parameter output: `c2pa`, `digital-source-type` or `generator`; nil for all.
    private static func state(of said: (measurements: [SignalMeasurement], unknown: String?), output: String?) -> SignalState {
        let chosen = said.measurements.filter { output == nil || $0.output == output }
        if let why = said.unknown, !chosen.contains(where: \.counts) { return .unknown(why) }
        return chosen.isEmpty ? .absent : .measured(chosen)
    }
}

extension ProvenanceFacts {
    /// What is there, as measurements of value 1.
    fileprivate func measurements(of media: MediaID) -> [SignalMeasurement] {
        var measurements: [SignalMeasurement] = []
        func add(_ output: String, _ label: String, counts: Bool) {
            if measurements.contains(where: { $0.output == output && $0.label == label }) { return }
            measurements.append(SignalMeasurement(output: output, value: 1, counts: counts, label: label, media: media))
        }
        if manifest != .none { add("c2pa", manifest.rawValue, counts: false) }
        for mark in marks {
            switch mark.kind {
            case .digitalSourceType:
                add(mark.kind.rawValue, mark.value, counts: ProvenanceDetector.madeByMachine.contains(mark.value))
            case .generator: add(mark.kind.rawValue, mark.value, counts: true)
            }
        }
        return measurements
    }
}
