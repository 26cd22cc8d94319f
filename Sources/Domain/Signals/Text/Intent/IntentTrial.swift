// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// How a head did on texts of families that it had not seen, and from which value on each of its outputs may count.
package struct IntentTrial: Sendable {
    /// What must not happen often, as shares of the texts of a class.
    package struct Limits: Sendable {
        /// Victims' words that count as any offence.
        package var victims = 0.01
        /// Ordinary texts that count as one offence.
        package var ordinary = 0.01
    }

    package struct Point: Sendable, Hashable {
        package var output: String
        package var atLeast: Double
        /// Of the texts of its own class, of victims' and of ordinary ones: how many count at this point, of how many.
        package var found: Share
        package var victims: Share
        package var ordinary: Share
    }

    package struct Share: Sendable, Hashable {
        package var hits: Int
        package var of: Int
    }

    package static let ordinary = "ordinary"
    package static let victims = "victim-words"

    private let outputs: [String]
    private let examples: [IntentExample]
    private let probabilities: [[Double]]

    /// - Parameter probabilities: for each example, from a head that has not seen its family.
    package init(outputs: [String], examples: [IntentExample], probabilities: [[Double]]) {
        self.outputs = outputs
        self.examples = examples
        self.probabilities = probabilities
    }

    /// The classes that are offences.
    package var offences: [String] { outputs.filter { $0 != Self.ordinary && $0 != Self.victims } }

    /// The lowest point of each offence, in hundredths from 0.5, at which the limits hold; 1.01 where none does.
    package func points(_ limits: Limits = Limits()) -> [Point] {
        let allowed = Int(limits.victims * Double(count(Self.victims))) / max(1, offences.count)
        return offences.map { offence in
            let thresholds = stride(from: 50, through: 101, by: 1).map { Double($0) / 100 }
            let found = thresholds.map { point(offence, $0) }
            return found.first {
                $0.victims.hits <= allowed && Double($0.ordinary.hits) <= limits.ordinary * Double($0.ordinary.of)
            } ?? point(offence, 1.01)
        }
    }

    package func point(_ output: String, _ threshold: Double) -> Point {
        Point(
            output: output, atLeast: threshold, found: share(of: output, as: output, threshold),
            victims: share(of: Self.victims, as: output, threshold), ordinary: share(of: Self.ordinary, as: output, threshold))
    }

    /// How many victims' texts count as any offence at these points.
    package func victims(at points: [Point]) -> Share {
        var hits = 0
        for (example, values) in zip(examples, probabilities) where example.output == Self.victims {
            if points.contains(where: { values[place($0.output)] >= $0.atLeast }) { hits += 1 }
        }
        return Share(hits: hits, of: count(Self.victims))
    }

    private func place(_ output: String) -> Int { outputs.firstIndex(of: output) ?? 0 }

    private func count(_ output: String) -> Int { examples.count { $0.output == output } }

    private func share(of truth: String, as output: String, _ threshold: Double) -> Share {
        let values = zip(examples, probabilities).filter { $0.0.output == truth }.map { $0.1[place(output)] }
        return Share(hits: values.count { $0 >= threshold }, of: values.count)
    }
}

// The report, as Markdown.
extension IntentTrial {
    package func report(_ points: [Point]) -> String {
        var lines = ["Largest probability, all languages: rows are what a text is, columns what it is taken for.", ""]
        lines += confusion
        lines += ["", "Right by the largest probability, with 95 % intervals (Wilson):", "", header(["language"] + outputs)]
        lines.append(rule(outputs.count + 1))
        for language in unique(examples.map(\.language)) {
            let cells = outputs.map { output in text(right(output, language)) }
            lines.append(row([language] + cells))
        }
        lines += ["", "At the operating points:", ""]
        lines += [header(["output", "from", "found of its class", "victims' words", "ordinary texts"]), rule(5)]
        for point in points {
            lines.append(row([point.output, "\(point.atLeast)", text(point.found), text(point.victims), text(point.ordinary)]))
        }
        lines += ["", "Victims' words that count as any offence: " + text(victims(at: points)) + "."]
        return lines.joined(separator: "\n") + "\n"
    }

    private var confusion: [String] {
        var lines = [header([""] + outputs), rule(outputs.count + 1)]
        for truth in outputs {
            var counts = [Int](repeating: 0, count: outputs.count)
            for (index, example) in examples.enumerated() where example.output == truth { counts[guess(index)] += 1 }
            lines.append(row([truth] + counts.map { "\($0)" }))
        }
        return lines
    }

    private func right(_ output: String, _ language: String) -> Share {
        let indices = examples.indices.filter { examples[$0].output == output && examples[$0].language == language }
        return Share(hits: indices.count { outputs[guess($0)] == output }, of: indices.count)
    }

    private func guess(_ index: Int) -> Int {
        let values = probabilities[index]
        return values.indices.max { values[$0] < values[$1] } ?? 0
    }

    /// `12 of 40, 17–46 %`.
    private func text(_ share: Share) -> String {
        let interval = WilsonInterval(hits: share.hits, of: share.of)
        return "\(share.hits) of \(share.of), \(percent(interval.lower))–\(percent(interval.upper)) %"
    }

    /// One digit after the point below ten, none above.
    private func percent(_ share: Double) -> String {
        let tenths = Int((share * 1_000).rounded())
        return tenths < 100 ? "\(tenths / 10).\(tenths % 10)" : "\(Int((share * 100).rounded()))"
    }

    private func unique(_ words: [String]) -> [String] {
        var seen: Set<String> = []
        return words.filter { seen.insert($0).inserted }
    }

    private func header(_ cells: [String]) -> String { row(cells) }

    private func row(_ cells: [String]) -> String { "| " + cells.joined(separator: " | ") + " |" }

    private func rule(_ count: Int) -> String { row([String](repeating: "---", count: count)) }
}
