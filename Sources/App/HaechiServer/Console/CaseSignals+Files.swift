// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import Moderation
import Pipeline
import Signals

/// What is known of a piece of evidence, beside it.
extension CaseSignals {
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
                .replacing("{x}", with: SignalSentences.percent(region.x)).replacing(
                    "{y}", with: SignalSentences.percent(region.y)
                )
                .replacing("{w}", with: SignalSentences.percent(region.width)).replacing(
                    "{h}", with: SignalSentences.percent(region.height))
            return [
                "x": place(region.x), "y": place(region.y), "w": place(region.width), "h": place(region.height),
                "number": String(index + 1), "text": text,
            ]
        }
    }

    /// `12.5`: percent, inside the picture.
    private static func place(_ share: Double) -> String { String(format: "%.2f", min(max(share, 0), 1) * 100) }

    static func facts(
        _ file: CaseExamination.File, in examination: CaseExamination, _ language: ConsoleLanguage
    ) -> String {
        if let problem = file.problem, file.format.isEmpty {
            return ConsoleStrings.text("signals.unreadable", language)
                .replacing("%@", with: StoredWords.shown(problem, language))
        }
        var parts = ["\(file.format) \(file.width) × \(file.height)"]
        if let duration = file.duration { parts.append(Shown.seconds(duration)) }
        let steps = ["decode", "hash", "shrink", "marks", "c2pa"].compactMap { step in
            file.times[step].map { "\(word("step", step, language)) \(took($0))" }
        }
        // A model says how long it took for all files together.
        let models = times(of: examination, language) { media in media == [file.media] }
        return (parts + steps + models).joined(separator: " · ")
    }

    /// How long models took for the text; nil where none was asked.
    static func textFacts(_ examination: CaseExamination?, _ language: ConsoleLanguage) -> String? {
        guard let examination else { return nil }
        let times = times(of: examination, language) { media in media == [nil] }
        return times.isEmpty ? nil : times.joined(separator: " · ")
    }

    /// Each model once, however many policies ask it.
    private static func times(
        of examination: CaseExamination, _ language: ConsoleLanguage, where isWanted: (Set<MediaID?>) -> Bool
    ) -> [String] {
        var seen: Set<Topic> = []
        return examination.signals.compactMap { signal in
            guard signal.kind == .model, signal.microseconds > 0, !signal.measurements.isEmpty,
                isWanted(Set(signal.measurements.map(\.media))), seen.insert(signal.topic).inserted
            else { return nil }
            return "\(name(of: signal.topic, [signal], language)) \(took(signal.microseconds))"
        }
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
            let worth = !holds ? "" : mark.place == "c2pa" ? ".signed" : mark.place == "c2pa-ingredient" ? ".ingredient" : ""
            let key = "origin.\(mark.kind.rawValue)\(worth)"
            let value = mark.kind == .generator ? ConsoleStrings.generators[mark.value] : nil
            lines.append(ConsoleStrings.text(key, language).replacing("%@", with: value ?? word("source", mark.value, language)))
        }
        return lines.isEmpty ? [ConsoleStrings.text("origin.none", language)] : lines
    }
}

extension CaseExamination.File {
    /// The same bytes may lie in a case twice; they were looked at once. Two versions of a file may have one id of the platform's.
    fileprivate func isOf(_ reference: EvidenceReference) -> Bool { sha256 == reference.sha256 }
}
