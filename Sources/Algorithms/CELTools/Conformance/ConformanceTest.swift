// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL

/// One test of conformance data: an expression, what it is evaluated with, and what it must come to.
package struct ConformanceTest: Sendable {
    /// What of protobuf a test needs.
    package enum Level: String, Sendable, CaseIterable {
        case none, wellKnown = "wkt", messages
    }

    package enum Outcome: Sendable, Equatable {
        case passed
        /// What happened instead.
        case failed(String)
        /// Why the test does not count.
        case skipped(String)
    }

    private enum Expectation: Sendable {
        case error
        case value(JSON)
        case type(JSON, value: JSON?)
    }

    package let id: String
    package let file: String
    package let level: Level
    package let expression: String
    private let options: Program.Options
    private let isCheckedOnly: Bool
    private let declarations: [JSON]
    private let bindings: [(name: String, value: JSON)]
    private let expectation: Expectation

    package init(_ json: JSON, file: String) throws(TypedJSON.Problem) {
        guard let id = json["id"]?.text, let expression = json["expr"]?.text, let expect = json["expect"] else {
            throw .init("a test needs 'id', 'expr' and 'expect'")
        }
        self.id = id
        self.file = json["file"]?.text ?? file
        self.expression = expression
        level = json["protoLevel"]?.text.flatMap(Level.init) ?? .none
        var options = Program.Options()
        options.container = json["container"]?.text ?? ""
        options.checksTypes = !(json["disableCheck"]?.flag ?? false)
        options.expandsMacros = !(json["disableMacros"]?.flag ?? false)
        self.options = options
        isCheckedOnly = json["checkOnly"]?.flag ?? false
        declarations = json["typeEnv"]?.elements ?? []
        bindings = json["bindings"]?.members ?? []
        switch expect["kind"]?.text {
        case "error": expectation = .error
        case "typed":
            guard let type = expect["type"] else { throw .init("\(id): an expected type is missing") }
            expectation = .type(type, value: expect["value"].flatMap { if case .null = $0 { nil } else { $0 } })
        default: expectation = .value(expect["value"] ?? .null)
        }
    }

    /// Runs the test.
    package func run() -> Outcome {
        if let reason = KnownDeviations.reason(id) { return .skipped(reason) }
        do throws(TypedJSON.Problem) { return try outcome() } catch { return .failed("the test itself: \(error)") }
    }

    private static let types = MessageTypes(TestMessages.types)
    private static let reader = TypedJSON(types)

    private func outcome() throws(TypedJSON.Problem) -> Outcome {
        let declarations = try environment()
        var values: [String: Value] = [:]
        for binding in bindings { values[binding.name] = try Self.reader.value(binding.value) }
        let program: Program
        do throws(CELError) {
            program = try Program.compile(expression, declarations: declarations, options: options)
        } catch {
            return refused(error)
        }
        if case .type(let type, _) = expectation {
            let expected = try Self.reader.type(type)
            guard program.resultType == expected else { return .failed("the type \(program.resultType) instead of \(expected)") }
        }
        if isCheckedOnly { return .passed }
        return try compare(program.evaluate(NamedBindings(values)))
    }

    /// An expression that has an error when it is evaluated must pass the check all the same, but where that is known.
    private func refused(_ error: CELError) -> Outcome {
        if case .error = expectation, !options.checksTypes || KnownDeviations.isRefusedWhenChecked(id) { return .passed }
        return .failed("refused: \(error)")
    }

    private func compare(_ value: Value) throws(TypedJSON.Problem) -> Outcome {
        let expected: Value
        switch (expectation, value) {
        case (.error, .error), (.type(_, value: nil), _): return .passed
        case (.error, _): return .failed("no error but \(value)")
        case (_, .error(let error)): return .failed("error: \(error)")
        case (.value(let json), _), (.type(_, value: .some(let json)), _): expected = try Self.reader.value(json)
        }
        return ExactEquality.holds(value, expected) ? .passed : .failed("\(value) instead of \(expected)")
    }

    /// All libraries, the messages of the suite, and what the test declares.
    private func environment() throws(TypedJSON.Problem) -> Declarations {
        var variables: [String: CELType] = [:]
        var functions: [Function] = []
        for binding in bindings { variables[binding.name] = .dyn }
        for declaration in declarations {
            guard let name = declaration["name"]?.text else { throw .init("a declaration without a name") }
            if let type = declaration["ident"], type.members != nil { variables[name] = try Self.reader.type(type) }
            if let overloads = declaration["function"]?.elements { functions.append(try Self.function(name, overloads)) }
        }
        return Declarations(
            variables, functions: functions, messages: TestMessages.types, enums: TestMessages.enums, libraries: Library.all)
    }

    private static func function(_ name: String, _ overloads: [JSON]) throws(TypedJSON.Problem) -> Function {
        var read: [Overload] = []
        for overload in overloads {
            var parameters: [CELType] = []
            for parameter in overload["params"]?.elements ?? [] { parameters.append(try reader.type(parameter)) }
            guard let result = overload["result"] else { throw .init("the function '\(name)' has no result") }
            read.append(
                Overload(
                    overload["overloadId"]?.text ?? "\(name)_\(read.count)", isReceiver: overload["isInstance"]?.flag ?? false,
                    parameters, try reader.type(result)))
        }
        return Function(name, read, [])
    }
}
