// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// What models and marks say, in sentences.
enum SignalSentences {
    /// Of a video, the frames that count, or one sentence for all that do not.
    static func all(_ signal: Signal, _ language: ConsoleLanguage) -> [String] {
        let measurements = signal.measurements
        let frames = measurements.filter { $0.seconds != nil }
        guard frames.count > 1, let best = frames.max(by: { $0.value < $1.value }) else {
            return measurements.prefix(8).map { sentence($0, signal.kind, language) }
        }
        let counting = frames.filter(\.counts)
        let looked = ConsoleStrings.text("signals.frames", language).replacing("%@", with: String(frames.count))
        return [looked] + (counting.isEmpty ? [best] : counting).prefix(8).map { sentence($0, signal.kind, language) }
    }

    static func sentence(_ one: SignalMeasurement, _ kind: SignalKind, _ language: ConsoleLanguage) -> String {
        var parts = [finding(one, kind, language)].compactMap { $0 }
        if let seconds = one.seconds {
            parts.append(ConsoleStrings.text("signals.frame", language).replacing("%@", with: Shown.seconds(seconds)))
        }
        parts += [worth(of: one, kind, language)].compactMap { $0 }
        // What is counted or named says itself whether it was found.
        if kind == .model, one.label == nil, !one.isCount {
            parts.append(ConsoleStrings.text(one.counts ? "signals.counts" : "signals.below", language))
        }
        return parts.joined(separator: " ")
    }

    /// Each output that counts or is worth something here; those that are neither, together.
    static func intent(_ measurements: [SignalMeasurement], _ language: ConsoleLanguage) -> [String] {
        var outputs: [String: SignalMeasurement] = [:]
        for one in measurements where outputs[one.output]?.counts != true { outputs[one.output] = one }
        let all = measurements.map(\.output).reduce(into: [String]()) { if !$0.contains($1) { $0.append($1) } }
            .compactMap { outputs[$0] }
        func name(_ one: SignalMeasurement) -> String { CaseSignals.word("label", one.output, language) }
        let told = all.filter { $0.counts || $0.meaning != nil }
        let left = all.filter { !$0.counts && $0.meaning == nil }
        var sentences = told.map { "\(name($0)): \(sentence($0, .model, language))" }
        if !left.isEmpty {
            sentences.append(
                ConsoleStrings.text("signals.notReached", language)
                    .replacing("%@", with: left.map(name).joined(separator: ", ")))
        }
        return sentences
    }

    private static func finding(_ one: SignalMeasurement, _ kind: SignalKind, _ language: ConsoleLanguage) -> String? {
        if let label = one.label {
            if kind == .provenance { return origin(label, one.output, language) }
            guard one.output == "language" else { return CaseSignals.word("label", label, language) + "." }
            let name = ConsoleStrings.name(ofLanguage: label, language)
            let key = one.counts || label == "und" ? "signals.language" : "signals.perhaps"
            return ConsoleStrings.text(key, language).replacing("%@", with: name)
        }
        if one.isCount {
            let key = "signals.\(one.output)\(one.regions.isEmpty ? ".none" : "")"
            return ConsoleStrings.text(key, language).replacing("%@", with: String(one.regions.count))
        }
        if !one.regions.isEmpty {
            return ConsoleStrings.text("signals.regions", language).replacing("%@", with: String(one.regions.count))
        }
        return one.score == nil && one.value == 0 ? ConsoleStrings.text("signals.none", language) : nil
    }

    private static func worth(of one: SignalMeasurement, _ kind: SignalKind, _ language: ConsoleLanguage) -> String? {
        if let meaning = one.meaning {
            return ConsoleStrings.text("signals.meaning", language).replacing("{low}", with: percent(meaning.low))
                .replacing("{high}", with: percent(meaning.high)).replacing("{cases}", with: Shown.count(meaning.cases))
                .replacing("{day}", with: meaning.day)
        }
        guard kind == .model, one.score != nil, one.label == nil, !one.isCount else { return nil }
        return ConsoleStrings.text("signals.uncalibrated", language)
    }

    private static func origin(_ label: String, _ output: String, _ language: ConsoleLanguage) -> String {
        switch output {
        case "c2pa": CaseSignals.word("manifest", label, language)
        case "generator": ConsoleStrings.generators[label] ?? label
        default: CaseSignals.word("source", label, language)
        }
    }

    static func percent(_ share: Double) -> String { String(Int((share * 100).rounded())) }
}

extension SignalMeasurement {
    /// A number of things that anybody can see for themselves: no probability is left to be explained.
    fileprivate var isCount: Bool { ConsoleStrings.has("signals.\(output).none") }
}
