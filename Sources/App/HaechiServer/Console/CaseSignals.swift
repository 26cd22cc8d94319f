// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Signals

/// What was found in a case, in sentences for whoever reviews it: what a value was worth here, never a bare score.
enum CaseSignals {
    /// The lines about text and files together.
    static func values(_ examination: CaseExamination?, _ language: ConsoleLanguage) -> [String: Any] {
        guard let examination else { return ["isWaiting": true, "lines": [], "withheld": false] }
        let lines = examination.signals.filter(\.saysSomething).map { line($0, language) }
        var values: [String: Any] = ["isWaiting": false, "lines": lines, "hasLines": !lines.isEmpty, "withheld": false]
        if let withheld = examination.withheld {
            values["withheld"] = ConsoleStrings.text("signals.\(withheld.rawValue)", language)
        }
        return values
    }

    /// What is known of one file: its size and boxes, where it says it comes from, and what took how long.
    static func file(
        _ reference: EvidenceReference, in examination: CaseExamination?, _ language: ConsoleLanguage
    ) -> [String: Any] {
        guard let examination, let file = examination.files.first(where: { $0.isOf(reference) }) else {
            return ["hasPlan": false, "facts": false, "origin": [], "hasOrigin": false]
        }
        let boxes = boxes(of: file, in: examination, language)
        let said = file.provenance.map { origin($0, language) } ?? []
        var values: [String: Any] = [
            "facts": facts(file, in: examination, language), "origin": said.map { ["text": $0] }, "hasOrigin": !said.isEmpty,
            "boxes": boxes, "hasBoxes": !boxes.isEmpty, "hasPlan": false,
        ]
        if file.width > 0, file.height > 0 {
            // Small pictures are shown larger, so that boxes can be told apart, and none higher than the window.
            let (width, height) = (Double(file.width), Double(file.height))
            let scale = min(640 / width, 440 / height, max(1, 480 / max(width, height)))
            values["hasPlan"] = true
            values["planWidth"] = String(max(1, Int((width * scale).rounded())))
            values["planHeight"] = String(max(1, Int((height * scale).rounded())))
            values["planText"] = boxes.compactMap { $0["text"] as? String }.joined(separator: "; ")
        }
        return values
    }

    // MARK: - Signals

    private static func line(_ signal: Signal, _ language: ConsoleLanguage) -> [String: Any] {
        var sentences: [String] = []
        var entries: [[String: Any]] = []
        switch signal.state {
        case .unknown(let why): sentences.append("\(ConsoleStrings.text("why.unknown", language)): \(why)")
        case .absent: break
        case .matched(let matches):
            entries = matches.prefix(20).map {
                ["bank": $0.bank, "trust": $0.trust.rawValue, "entry": Shown.short($0.entry), "variant": $0.variant]
            }
        case .measured(let measurements): sentences = self.sentences(measurements, signal, language)
        }
        return [
            "name": name(of: signal, language), "sentences": sentences.map { ["text": $0] }, "entries": entries,
            "counts": signal.measurements.contains(where: \.counts) || !signal.matches.isEmpty,
            "version": signal.version, "took": took(signal.microseconds),
        ]
    }

    /// Of a video, the frames that count, or one sentence for all that do not.
    private static func sentences(
        _ measurements: [SignalMeasurement], _ signal: Signal, _ language: ConsoleLanguage
    ) -> [String] {
        let frames = measurements.filter { $0.seconds != nil }
        guard frames.count > 1, let best = frames.max(by: { $0.value < $1.value }) else {
            return measurements.prefix(8).map { sentence($0, signal, language) }
        }
        let counting = frames.filter(\.counts)
        let looked = ConsoleStrings.text("signals.frames", language).replacing("%@", with: String(frames.count))
        return [looked] + (counting.isEmpty ? [best] : counting).prefix(8).map { sentence($0, signal, language) }
    }

    private static func sentence(_ one: SignalMeasurement, _ signal: Signal, _ language: ConsoleLanguage) -> String {
        var parts: [String] = []
        if let label = one.label { parts.append(word("label", label, language) + ".") }
        if !one.regions.isEmpty {
            parts.append(ConsoleStrings.text("signals.regions", language).replacing("%@", with: String(one.regions.count)))
        }
        if let seconds = one.seconds {
            parts.append(ConsoleStrings.text("signals.frame", language).replacing("%@", with: Shown.seconds(seconds)))
        }
        if let meaning = one.meaning {
            parts.append(
                ConsoleStrings.text("signals.meaning", language).replacing("{low}", with: percent(meaning.low))
                    .replacing("{high}", with: percent(meaning.high)).replacing("{cases}", with: Shown.count(meaning.cases))
                    .replacing("{day}", with: meaning.day))
        } else if signal.kind == .model, one.score != nil {
            parts.append(ConsoleStrings.text("signals.uncalibrated", language))
        }
        if one.score == nil, one.value == 0, one.label == nil {
            parts.append(ConsoleStrings.text("signals.none", language))
        } else if signal.kind == .model, one.label == nil {
            parts.append(ConsoleStrings.text(one.counts ? "signals.counts" : "signals.below", language))
        }
        return parts.joined(separator: " ")
    }

    private static func percent(_ share: Double) -> String { String(Int((share * 100).rounded())) }

    /// A name that people know, else the declared one.
    private static func name(of signal: Signal, _ language: ConsoleLanguage) -> String {
        let plain = signal.name.hasPrefix("review_") ? String(signal.name.dropFirst(7)) : signal.name
        return word("signal", plain, language)
    }

    private static func word(_ group: String, _ name: String, _ language: ConsoleLanguage) -> String {
        ConsoleStrings.has("\(group).\(name)") ? ConsoleStrings.text("\(group).\(name)", language) : name
    }

    private static func took(_ microseconds: Int) -> String {
        microseconds < 1_000 ? "\(microseconds) µs" : String(format: "%.1f ms", Double(microseconds) / 1_000)
    }

    // MARK: - Files

    /// Rectangles in percent of the picture; of a video, those of the first frame that has any.
    private static func boxes(
        of file: CaseExamination.File, in examination: CaseExamination, _ language: ConsoleLanguage
    ) -> [[String: Any]] {
        let found = examination.signals.flatMap(\.measurements).filter { $0.media == file.media && !$0.regions.isEmpty }
        guard let first = found.min(by: { ($0.seconds ?? 0) < ($1.seconds ?? 0) }) else { return [] }
        var seen: Set<Region> = []
        let regions = found.filter { $0.seconds == first.seconds }.flatMap(\.regions).filter { seen.insert($0).inserted }
        return regions.prefix(32).enumerated().map { index, region in
            let text = ConsoleStrings.text("signals.box", language)
                .replacing(
                    "{name}", with: "\(word("region", region.name.isEmpty ? "region" : region.name, language)) \(index + 1)"
                )
                .replacing("{x}", with: percent(region.x)).replacing("{y}", with: percent(region.y))
                .replacing("{w}", with: percent(region.width)).replacing("{h}", with: percent(region.height))
            return [
                "x": place(region.x), "y": place(region.y), "w": place(region.width), "h": place(region.height),
                "number": String(index + 1), "text": text,
            ]
        }
    }

    /// `12.5`: percent, inside the picture.
    private static func place(_ share: Double) -> String { String(format: "%.2f", min(max(share, 0), 1) * 100) }

    private static func facts(
        _ file: CaseExamination.File, in examination: CaseExamination, _ language: ConsoleLanguage
    ) -> String {
        if let problem = file.problem, file.format.isEmpty {
            return ConsoleStrings.text("signals.unreadable", language).replacing("%@", with: problem)
        }
        var parts = ["\(file.format) \(file.width) × \(file.height)"]
        if let duration = file.duration { parts.append(Shown.seconds(duration)) }
        let steps = ["decode", "hash", "shrink", "marks", "c2pa"].compactMap { step in
            file.times[step].map { "\(word("step", step, language)) \(took($0))" }
        }
        let models = examination.signals.filter { $0.kind == .model && $0.microseconds > 0 }
            .map { "\(name(of: $0, language)) \(took($0.microseconds))" }
        return (parts + steps + models).joined(separator: " · ")
    }

    /// Where the file says that it comes from. That it says nothing means nothing, and it is said so.
    static func origin(_ facts: ProvenanceFacts, _ language: ConsoleLanguage) -> [String] {
        var lines: [String] = []
        let holds = facts.manifest == .trusted || facts.manifest == .untrusted
        if holds {
            // By whom it is signed only the certificate says; what the program calls itself is another matter.
            let key = "origin.\(facts.manifest.rawValue)\(facts.signer == nil ? ".unnamed" : "")"
            lines.append(ConsoleStrings.text(key, language).replacing("%@", with: facts.signer ?? ""))
            if let program = facts.claimGenerator {
                lines.append(ConsoleStrings.text("origin.claim", language).replacing("%@", with: program))
            }
        } else if facts.manifest != .none {
            lines.append(ConsoleStrings.text("origin.\(facts.manifest.rawValue)", language))
        }
        for mark in facts.marks {
            let isSigned = mark.place == "c2pa" && holds
            let key = "origin.\(mark.kind.rawValue)\(isSigned ? ".signed" : "")"
            lines.append(ConsoleStrings.text(key, language).replacing("%@", with: word("source", mark.value, language)))
        }
        return lines.isEmpty ? [ConsoleStrings.text("origin.none", language)] : lines
    }
}

extension CaseExamination.File {
    /// The same file may lie in a case twice; it was looked at once.
    fileprivate func isOf(_ reference: EvidenceReference) -> Bool {
        evidence == reference.id || (media != nil && media == reference.media)
    }
}

extension Signal {
    /// What found nothing is left out: there are many, and silence is what people expect.
    fileprivate var saysSomething: Bool {
        switch state {
        case .absent: false
        case .matched(let matches): !matches.isEmpty
        // Where a file comes from stands beside the file.
        case .measured(let measurements): !measurements.isEmpty && kind != .provenance
        case .unknown: kind != .provenance
        }
    }
}
