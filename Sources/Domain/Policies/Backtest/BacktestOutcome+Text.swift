// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

extension BacktestOutcome {
    /// The outcome for people, with a line end.
    package var text: String {
        var lines = [heading]
        if let from, let until { lines.append("they happened from \(DayText.time(from)) to \(DayText.time(until))") }
        if duplicates > 0 { lines.append("\(Figures.number(duplicates)) deliveries of the same events again count once") }
        lines.append(
            violations + noViolations == 0
                ? "people have judged none of them"
                : "people have judged \(Figures.number(violations + noViolations)) of them: \(Figures.number(violations)) violations, \(Figures.number(noViolations)) not"
        )
        lines.append(
            "something destructive without a person: on \(Figures.number(newlyActing + same)) events, \(Figures.number(newlyActing)) of them newly; on \(Figures.number(lost)) not any more"
        )
        for rule in rules { lines += [""] + rule.lines(self) }
        if kind == .backtest, rules.contains(where: { $0.recall.of > 0 || $0.precision.of > 0 }) {
            lines += [
                "",
                "People mostly judge what rules or reports have brought before them: what nobody looked at is not in these shares.",
            ]
        }
        return lines.joined(separator: "\n") + "\n"
    }

    private var heading: String {
        let count = "\(Figures.number(rules.count)) \(kind == .backtest ? "rules" : "versions of rules")"
        let events = "\(Figures.number(events)) events"
        return kind == .backtest ? "back-test of \(count) over \(events)" : "what \(count) said as shadows of \(events)"
    }
}

extension BacktestOutcome.RuleOutcome {
    fileprivate func lines(_ outcome: BacktestOutcome) -> [String] {
        var rows: [(String, String)] = []
        rows.append(("looked at", "\(Figures.number(events)) events (\(kinds.map(\.rawValue).sorted().joined(separator: ", ")))"))
        var firing = "\(Figures.number(fired)) times (\(Figures.percent(fired, of: events)))"
        if fired > 0 { firing += ", in \(Figures.number(spaces)) spaces, at \(Figures.number(actors)) accounts" }
        rows.append(("fires", firing))
        if !effects.isEmpty {
            rows.append(("would do", effects.map { "\($0.kind.rawValue) \(Figures.number($0.count))" }.joined(separator: ", ")))
        }
        if isDestructive, fired > destructive {
            rows.append(("to a person", "\(Figures.number(fired - destructive)) times, since no verified hash supports it"))
        }
        if unknown > 0 { rows.append(("cannot tell", unknownText)) }
        rows.append(
            (
                "compared",
                "newly destructive \(Figures.number(newlyActing)), newly firing \(Figures.number(newlyFired)), as then \(Figures.number(same)), lost \(Figures.number(lost))"
                    + (undecided > 0 ? ", not known \(Figures.number(undecided))" : "")
            ))
        if precision.of > 0 { rows.append(("precision", precision.text + " of what people judged")) }
        if recall.of > 0 { rows.append(("recall", recall.text + " of the violations that people found")) }
        if agreement.of > 0 { rows.append(("agreement", agreement.text + " of all that people judged")) }
        if judgedUnknown > 0 { rows.append(("", "\(Figures.number(judgedUnknown)) more were judged of which it cannot tell")) }
        if let largestShare {
            rows.append(
                (
                    "largest share",
                    "\(largestShare.text) in \(outcome.stopMinutes) min; at most \(Figures.percent(atMost)) of \(outcome.stopEvents) or more is allowed"
                ))
        }
        if let stop { rows.append(("STOPPED", "the emergency stop would have tripped: \(stop.text)")) }
        if let busiestHour {
            rows.append(("busiest hour", "\(DayText.time(busiestHour.start)): \(Figures.number(busiestHour.fired))"))
        }
        rows += dayRows
        if !newExamples.isEmpty { rows.append(("new, such as", Self.list(newExamples))) }
        if !lostExamples.isEmpty { rows.append(("lost, such as", Self.list(lostExamples))) }
        return ["\(key) (\(stage.rawValue))"] + rows.map { "  \($0)\(String(repeating: " ", count: max(1, 15 - $0.count)))\($1)" }
    }

    private var unknownText: String {
        var parts: [String] = []
        if warming > 0 { parts.append("\(Figures.number(warming)) while counters are warming") }
        parts += reasons.map { "\(Figures.number($0.count)) \($0.why)" }
        return "\(Figures.number(unknown)) times: " + parts.joined(separator: "; ")
    }

    /// Days on which there is something to tell, when these are more than one.
    private var dayRows: [(String, String)] {
        guard days.count > 1 else { return [] }
        return days.filter { $0.fired > 0 || $0.unknown > 0 }.map { day in
            (
                DayText.date(day.day),
                "fires \(Figures.number(day.fired)) of \(Figures.number(day.events))"
                    + (day.newlyActing > 0 ? ", newly destructive \(Figures.number(day.newlyActing))" : "")
                    + (day.unknown > 0 ? ", cannot tell \(Figures.number(day.unknown))" : "")
            )
        }
    }

    private static func list(_ examples: [BacktestOutcome.Example]) -> String {
        examples.map { "\($0.platform)/\($0.id)" }.joined(separator: " ")
    }
}

extension BacktestOutcome.Share {
    fileprivate var text: String {
        "\(Figures.percent(hits, of: of)) (\(Figures.percent(interval.lower)) to \(Figures.percent(interval.upper))): \(Figures.number(hits)) of \(Figures.number(of))"
    }
}

extension BacktestOutcome.Peak {
    fileprivate var text: String { "\(Figures.number(acted)) of \(Figures.number(seen)) events until \(DayText.time(at))" }
}

/// Numbers for people.
private enum Figures {
    /// `1,234,567`.
    static func number(_ number: Int) -> String {
        let digits = Array(String(number.magnitude))
        var text = number < 0 ? "-" : ""
        for (place, digit) in digits.enumerated() {
            if place > 0, (digits.count - place) % 3 == 0 { text += "," }
            text.append(digit)
        }
        return text
    }

    static func percent(_ part: Int, of all: Int) -> String { percent(all == 0 ? 0 : Double(part) / Double(all)) }

    /// With at most three digits behind the point.
    static func percent(_ share: Double) -> String {
        var text = String(decoding: CanonicalJSON.double((share * 1e5).rounded() / 1e3).bytes, as: UTF8.self)
        if text == "-0" { text = "0" }
        return text + "%"
    }
}
