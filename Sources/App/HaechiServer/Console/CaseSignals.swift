// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Pipeline

/// What was found in a case, in sentences for whoever reviews it: what a value was worth here, never a bare score.
///
/// Several policies may look for the same: what they find is told once, under a name that people know.
enum CaseSignals {
    /// The lines about text and files together.
    static func values(_ examination: CaseExamination?, _ language: ConsoleLanguage) -> [String: Any] {
        guard let examination else { return ["isWaiting": true, "lines": [], "withheld": false] }
        let lines = lines(examination.signals, language)
        var values: [String: Any] = ["isWaiting": false, "lines": lines, "hasLines": !lines.isEmpty, "withheld": false]
        if let withheld = examination.withheld {
            values["withheld"] = ConsoleStrings.text("signals.\(withheld.rawValue)", language)
        }
        return values
    }

    /// What a signal is about.
    enum Topic: Hashable {
        case found(SignalKind, inPictures: Bool)
        /// What a text seems to want: one output for each offence.
        case intent
        case model(version: String, output: String)
    }

    /// One line for each thing that was found; one for all that is unknown for the same reason.
    private static func lines(_ signals: [Signal], _ language: ConsoleLanguage) -> [[String: Any]] {
        let saying = signals.filter(\.saysSomething)
        var topics: [Topic] = []
        var found: [Topic: [Signal]] = [:]
        var reasons: [String] = []
        var unknown: [String: [Signal]] = [:]
        for signal in saying {
            if case .unknown(let why) = signal.state {
                if !reasons.contains(why) { reasons.append(why) }
                unknown[why, default: []].append(signal)
            } else {
                let topic = signal.topic
                if !topics.contains(topic) { topics.append(topic) }
                found[topic, default: []].append(signal)
            }
        }
        return topics.map { line($0, found[$0] ?? [], language) } + reasons.map { unknownLine($0, unknown[$0] ?? [], language) }
    }

    private static func line(_ topic: Topic, _ signals: [Signal], _ language: ConsoleLanguage) -> [String: Any] {
        var sentences: [String] = []
        var entries: [[String: Any]] = []
        switch topic {
        case .found: entries = SignalEntries.values(signals, language)
        case .intent: sentences = SignalSentences.intent(signals.flatMap(\.measurements), language)
        case .model:
            // Where policies ask for different values, the one that is reached.
            let signal = signals.first { $0.measurements.contains(where: \.counts) } ?? signals.first
            sentences = signal.map { SignalSentences.all($0, language) } ?? []
        }
        return values(name(of: topic, signals, language), sentences, entries, signals)
    }

    private static func unknownLine(_ why: String, _ signals: [Signal], _ language: ConsoleLanguage) -> [String: Any] {
        var names: [String] = []
        for name in signals.map({ unknownName(of: $0, language) }) where !names.contains(name) { names.append(name) }
        let sentence = "\(ConsoleStrings.text("why.unknown", language)): \(StoredWords.shown(why, language))"
        return values(names.joined(separator: ", "), [sentence], [], signals.count == 1 ? signals : [])
    }

    private static func values(
        _ name: String, _ sentences: [String], _ entries: [[String: Any]], _ signals: [Signal]
    ) -> [String: Any] {
        var values: [String: Any] = [
            "name": name, "sentences": sentences.map { ["text": $0] }, "entries": entries, "version": false,
        ]
        if let first = signals.first {
            values["version"] = ["text": first.version, "took": took(signals.map(\.microseconds).max() ?? 0)]
        }
        return values
    }

    // MARK: - Names

    static func name(of topic: Topic, _ signals: [Signal], _ language: ConsoleLanguage) -> String {
        switch topic {
        case .found(let kind, let inPictures):
            let key = "found.\(kind.rawValue)\(inPictures ? ".pictures" : "")"
            return ConsoleStrings.text(key, language)
        case .intent: return ConsoleStrings.text("signal.intent", language)
        case .model(_, let output):
            let declared = signals.first?.plainName ?? output
            return ConsoleStrings.has("signal.\(output)") ? word("signal", output, language) : word("signal", declared, language)
        }
    }

    /// Nothing is known of it but how a policy calls it: then its kind tells more.
    private static func unknownName(of signal: Signal, _ language: ConsoleLanguage) -> String {
        switch signal.kind {
        case .sha256, .pdq: name(of: .found(signal.kind, inPictures: false), [], language)
        // What is written can always be read; what is written in pictures cannot.
        case .text, .link, .contact, .personal: word("signal", "picture-text", language)
        case .model, .provenance:
            if signal.plainName.hasPrefix("intent") {
                word("signal", "intent", language)
            } else {
                word("signal", ConsoleStrings.has("signal.\(signal.plainName)") ? signal.plainName : "model", language)
            }
        }
    }

    static func word(_ group: String, _ name: String, _ language: ConsoleLanguage) -> String {
        ConsoleStrings.has("\(group).\(name)") ? ConsoleStrings.text("\(group).\(name)", language) : name
    }

    static func took(_ microseconds: Int) -> String {
        microseconds < 1_000 ? "\(microseconds) µs" : String(format: "%.1f ms", Double(microseconds) / 1_000)
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

    var topic: CaseSignals.Topic {
        guard kind == .model, let first = measurements.first else {
            return .found(kind, inPictures: kind.isOfWords && matches.contains { $0.media != nil })
        }
        if first.media == nil, ConsoleStrings.has("label.\(first.output)") { return .intent }
        return .model(version: version, output: first.output)
    }

    /// As it is declared, without what is put before the names of signals that no policy declares.
    var plainName: String { name.hasPrefix("review_") ? String(name.dropFirst(7)) : name }
}

extension SignalKind {
    /// Found in words, wherever they stand.
    fileprivate var isOfWords: Bool { [.text, .link, .contact, .personal].contains(self) }
}
