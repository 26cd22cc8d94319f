// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Moderation
import Yams

extension PolicyReader {
    /// Compiles a condition; its problems are told at their place in this file.
    mutating func condition(_ node: Node, _ text: String, _ names: ConditionNames) -> Condition? {
        guard let program = compile(node, text, names) else { return nil }
        if program.resultType != .bool, program.resultType != .dyn {
            let isMessage = if case .message = program.resultType { true } else { false }
            let isCounter = program.resultType == .int && program.slots.count == 1
            note(
                node, "the condition is no bool but \(ConditionNames.describe(program.resultType))",
                expected: "a condition that is true or false",
                hint: isMessage ? "ask for its field '.matched'" : isCounter ? "compare it with a number" : nil)
            return nil
        }
        return Condition(program, text: text, names: names)
    }

    /// Compiles an expression that gives a value of one of some types.
    mutating func expression(
        _ node: Node, _ text: String, _ names: ConditionNames, _ what: String, _ types: [CELType]
    ) -> Condition? {
        guard let program = compile(node, text, names) else { return nil }
        guard program.resultType == .dyn || types.contains(program.resultType) else {
            note(
                node, "\(what) cannot be of type \(ConditionNames.describe(program.resultType))",
                expected: types.map { ConditionNames.describe($0) }.joined(separator: ", "))
            return nil
        }
        return Condition(program, text: text, names: names)
    }

    private mutating func compile(_ node: Node, _ text: String, _ names: ConditionNames) -> Program? {
        do throws(CELError) {
            return try Program.compile(text, declarations: names.declarations)
        } catch {
            let map = ScalarMap(node, in: source)
            for problem in error.problems {
                let start = map.place(ofByte: problem.span.offset)
                let end = max(map.end(ofByte: problem.span.offset + problem.span.length), start)
                note(start..<end, problem.message, expected: problem.expected, hint: problem.hint)
            }
            return nil
        }
    }
}
