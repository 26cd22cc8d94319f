// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation

/// A compiled condition, or another expression over an event, with its inputs resolved.
package struct Condition: Sendable {
    let program: Program
    /// As written.
    let text: String
    /// Where each slot of the program gets its value.
    let inputs: [RuleInput?]
    /// The names of the signals, counters and lists it reads.
    let signals: Set<String>
    let counters: Set<String>
    let lists: Set<String>
    let names: ConditionNames

    init(_ program: Program, text: String, names: ConditionNames) {
        self.program = program
        self.text = text
        inputs = program.slots.map { names.input(path: $0.path) }
        var (signals, counters, lists): (Set<String>, Set<String>, Set<String>) = ([], [], [])
        for input in inputs {
            switch input {
            case .signal(let name, _)?: signals.insert(name)
            case .counter(let name)?: counters.insert(name)
            default: break
            }
        }
        names.collectLists(program.checked, &lists)
        self.signals = signals
        self.counters = counters
        self.lists = lists
        self.names = names
    }

    /// The same for conditions that differ in how they are written only.
    var canonical: String { CanonicalText.of(program.checked.root) }
}

/// One thing that a condition can ask for.
enum RuleInput: Sendable, Hashable {
    case eventKind, eventID, eventTime, eventPlatform, actorID, actorAge, actorLabels, spaceID, spaceLabels, text, links, media
    case signal(String, SignalField)
    case counter(String)

    enum SignalField: String, Sendable, CaseIterable { case matched, trust, distance, bank, count, value, label }
}

/// The names that conditions of one policy can use, and what they stand for.
struct ConditionNames: Sendable {
    let declarations: Declarations
    private let signals: [String]
    private let counters: Set<String>
    private let lists: [String: PolicyList]

    static let reserved: Set<String> = ["event", "actor", "space", "text", "links", "media"]
    static let keywords: Set<String> = [
        "true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if", "import", "let",
        "loop",
        "package", "namespace", "return", "var", "void", "while", "size", "has", "all", "exists", "map", "filter", "duration",
        "timestamp", "int", "uint", "double", "string", "bytes", "bool", "list", "dyn", "type",
    ]

    init(signals: [String], counters: [String], lists: [PolicyList], seesState: Bool = true) {
        self.signals = signals
        self.counters = seesState ? Set(counters) : []
        self.lists = Dictionary(lists.map { ($0.name, $0) }) { first, _ in first }
        declarations = Self.declarations(
            signals: signals, counters: seesState ? counters : [], lists: lists, seesState: seesState)
    }

    /// What counters see: the event, its signals and lists, but neither labels nor counters, so that counts can be made again
    /// from the events alone.
    var forCounters: ConditionNames {
        ConditionNames(signals: signals, counters: [], lists: Array(lists.values), seesState: false)
    }

    func input(path: String) -> RuleInput? {
        if let input = Self.fixed[path] { return input }
        if counters.contains(path) { return .counter(path) }
        let parts = path.split(separator: ".")
        guard parts.count == 2, let field = RuleInput.SignalField(rawValue: String(parts[1])) else { return nil }
        return .signal(String(parts[0]), field)
    }

    private static let fixed: [String: RuleInput] = [
        "event.kind": .eventKind, "event.id": .eventID, "event.at": .eventTime, "event.platform": .eventPlatform,
        "actor.id": .actorID, "actor.age": .actorAge, "actor.labels": .actorLabels, "space.id": .spaceID,
        "space.labels": .spaceLabels, "text": .text, "links": .links, "media": .media,
    ]

    /// What every condition sees.
    static let basics = declarations(signals: [], counters: [], lists: [], seesState: true)

    /// The extensions that conditions can use beside the standard language.
    private static let libraries: [Library] = [
        .strings, .math, .lists, .sets, .encoders, .optionals, .bindings, .network, .twoVariable,
    ]

    private static func declarations(
        signals: [String], counters: [String], lists: [PolicyList], seesState: Bool
    ) -> Declarations {
        // Lists are constants: a condition is planned for what is in them, and nothing has to be carried to each event.
        let constants = Dictionary(lists.map { ($0.name, Value.list($0.entries.map { .string($0) })) }) { first, _ in first }
        var names = Declarations([:], libraries: libraries + [Library("lists of the policy", constants: constants)])
        names.record("event", ["kind": .string, "id": .string, "at": .timestamp, "platform": .string])
        if seesState {
            names.record("actor", ["id": .string, "age": .duration, "labels": .list(.string)])
            names.record("space", ["id": .string, "labels": .list(.string)])
        } else {
            names.record("actor", ["id": .string, "age": .duration])
            names.record("space", ["id": .string])
        }
        names.variables["text"] = .string
        names.variables["links"] = .list(.string)
        names.declare("media item", ["id": .string, "type": .string, "sha256": .string])
        names.variables["media"] = .list(.message("media item"))
        for name in signals {
            names.declare(
                "signal",
                [
                    "matched": .bool, "trust": .string, "distance": .int, "bank": .string, "count": .int, "value": .double,
                    "label": .string,
                ])
            names.variables[name] = .message("signal")
        }
        for name in counters { names.variables[name] = .int }
        return names
    }

    /// The lists that an expression names.
    func collectLists(_ checked: CheckedExpression, _ found: inout Set<String>) {
        var used: Set<String> = []
        func visit(_ expression: Expression) {
            if case .name(let name, _) = expression.kind, lists[name] != nil, case .constant? = checked.references[expression.id]
            {
                used.insert(name)
            }
            expression.forEachChild(visit)
        }
        if !lists.isEmpty { visit(checked.root) }
        found.formUnion(used)
    }

    /// A type in the words of diagnostics.
    static func describe(_ type: CELType) -> String {
        if case .message(let name) = type { "a \(name)" } else { "\(type)" }
    }
}
