// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL

/// Evaluates requests that are written as JSON, one by one.
///
/// A request is `{"expr": text, "bindings": {name: VALUE}, "types": {name: TYPE}}` with values and types as `TypedJSON` has
/// them; a variable without a type is `dyn`. The answer is `{"value": VALUE, "type": text}`, `{"error": text}` for an
/// expression that has no value, or `{"refused": text}` for one that is wrong.
package struct Batch: Sendable {
    private let reader = TypedJSON(.wellKnown)

    package init() {}

    package func answer(_ line: [UInt8]) -> JSON {
        do {
            let json = try JSON.parse(line)
            return try answer(json)
        } catch {
            return .object([("refused", .string("the request: \(error)"))])
        }
    }

    private func answer(_ request: JSON) throws(TypedJSON.Problem) -> JSON {
        guard let expression = request["expr"]?.text else { throw .init("it has no 'expr'") }
        var values: [String: Value] = [:]
        var types: [String: CELType] = [:]
        for (name, value) in request["bindings"]?.members ?? [] {
            values[name] = try reader.value(value)
            types[name] = .dyn
        }
        for (name, type) in request["types"]?.members ?? [] { types[name] = try reader.type(type) }
        let program: Program
        do {
            program = try Program.compile(expression, declarations: Declarations(types, libraries: Library.all))
        } catch {
            return .object([("refused", .string(error.description))])
        }
        let value = program.evaluate(NamedBindings(values))
        if case .error(let error) = value { return .object([("error", .string(error.description))]) }
        return .object([("value", TypedJSON.json(value)), ("type", .string(program.resultType.description))])
    }
}
