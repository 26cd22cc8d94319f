// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Moderation

extension Explanation {
    /// One sub-expression with its value and the sub-expressions that it is made of.
    package struct Node: Hashable, Sendable {
        package var expression: String
        package var value: String
        /// The value is a number from a model, which is shown to nobody without saying what it was worth.
        package var isModelValue: Bool
        package var children: [Node]
    }

    /// The recorded steps as a tree; more than one root only where steps were left out.
    package var tree: [Node] {
        var open: [(node: Node, depth: Int)] = []
        let modelValues = ModelValueSteps(self)
        for step in steps {
            // Parts stand before what they are parts of.
            var children: [Node] = []
            while let last = open.last, last.depth > step.depth {
                children.insert(last.node, at: 0)
                open.removeLast()
            }
            let node = Node(
                expression: step.expression, value: step.value, isModelValue: modelValues.contains(step), children: children)
            open.append((node, step.depth))
        }
        return open.map(\.node)
    }

    /// For people who review: the whole tree, what detectors and counters said, and the versions of all of it. Without content.
    package var reviewerText: String {
        var lines = ["rule \(rule.id), version \(rule.version), of policy \(rule.policy)", "result: \(result)"]
        if !steps.isEmpty {
            lines.append("condition:")
            for node in tree { node.write(to: &lines, indentation: 1) }
        }
        if !signals.isEmpty {
            lines.append("signals:")
            for signal in signals { lines += signal.reviewerLines.map { "  " + $0 } }
        }
        if !stateLines.isEmpty {
            lines.append("state:")
            lines += stateLines.map { "  " + $0 }
        }
        if let event {
            lines.append("event: \(event.kind.rawValue) \(event.id) on \(event.platform) at \(event.at.formatted(.iso8601))")
        }
        return lines.joined(separator: "\n")
    }
}

extension Explanation {
    /// What counters said, with how far they are to be trusted, and the labels that were in force; a line each.
    package var stateLines: [String] {
        counters.map { "\($0.name) = \($0.reviewerText)" } + labels.map(\.reviewerText)
    }
}

extension Explanation.Node {
    fileprivate func write(to lines: inout [String], indentation: Int) {
        let text = expression.split(whereSeparator: \.isWhitespace).joined(separator: " ")
        lines.append(String(repeating: "  ", count: indentation) + "\(text) = \(value)")
        for child in children { child.write(to: &lines, indentation: indentation + 1) }
    }
}

extension Signal {
    fileprivate var reviewerLines: [String] {
        let head = "\(name) (\(kind.rawValue), version \(version.isEmpty ? "unknown" : version))"
        switch state {
        case .absent: return ["\(head): nothing found"]
        case .unknown(let why): return ["\(head): unknown, \(why)"]
        case .matched(let matches):
            return matches.map { match in
                let distance = kind == .pdq ? ", \(match.distance) bits apart" : ""
                return "\(head): \(match.trust.rawValue) in \(match.bank)\(distance), \(match.entry)"
            }
        case .measured(let measurements): return measurements.map { "\(head): \($0.reviewerText)" }
        }
    }
}

extension CounterReading {
    fileprivate var reviewerText: String {
        switch quality {
        case .exact: "\(value)"
        case .approximate: "\(value) (approximate)"
        case .warming(let full): "\(value) (warming until \(full.formatted(.iso8601)))"
        case .unknown(let why): "unknown (\(why))"
        }
    }
}

extension Label {
    fileprivate var reviewerText: String {
        let subject =
            switch self.subject {
            case .actor(_, let id): "actor \(id)"
            case .space(_, let id): "space \(id)"
            }
        let end = expiresAt.map { ", until \($0.formatted(.iso8601))" } ?? ""
        return "\(name) on \(subject), by \(by.label)\(end)"
    }
}
