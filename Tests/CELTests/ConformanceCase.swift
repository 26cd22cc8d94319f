// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation

struct ConformanceFile: Decodable {
    let tests: [ConformanceCase]
}

/// One test of the conformance data.
struct ConformanceCase: Decodable {
    struct Variable: Decodable {
        let name: String
        let ident: TypeDescription?
    }

    struct Expectation: Decodable {
        let kind: String
        let value: ValueDescription?
    }

    let id: String
    let expr: String
    let container: String
    let disableCheck: Bool
    let disableMacros: Bool
    let typeEnv: [Variable]
    let bindings: [String: ValueDescription]
    let expect: Expectation
    let needsProto: Bool

    /// Nil if the test passes, else what happened.
    func run() -> String? {
        var options = Program.Options()
        options.checksTypes = !disableCheck
        options.expandsMacros = !disableMacros
        options.container = container
        var types = bindings.mapValues { _ in CELType.dyn }
        for variable in typeEnv { types[variable.name] = variable.ident?.type ?? .dyn }
        let value: Value
        do throws(CELError) {
            let program = try Program.compile(expr, declarations: Declarations(types), options: options)
            value = program.evaluate(NamedBindings(bindings.mapValues(\.value)))
        } catch {
            // A wrong program that was to be checked must pass the check: only an unchecked one may fail before it runs.
            return expect.kind == "error" && disableCheck ? nil : "refused: \(error)"
        }
        if case .error(let error) = value { return expect.kind == "error" ? nil : "error: \(error)" }
        guard let expected = expect.value?.value else { return "no error but \(value)" }
        return ValueDescription.matches(value, expected) ? nil : "\(value) instead of \(expected)"
    }
}

struct TypeDescription: Decodable {
    let kind: String
    let params: [TypeDescription]?

    var type: CELType {
        switch kind {
        case "bool": .bool
        case "int": .int
        case "uint": .uint
        case "double": .double
        case "string": .string
        case "bytes": .bytes
        case "null": .null
        case "timestamp": .timestamp
        case "duration": .duration
        case "list": .list(params?.first?.type ?? .dyn)
        case "map": .map(params?.first?.type ?? .dyn, params?.last?.type ?? .dyn)
        default: .dyn
        }
    }
}

/// A value of the data: its kind and a payload.
struct ValueDescription: Decodable {
    let value: Value

    private enum Key: CodingKey { case t, v }

    private struct Time: Decodable {
        let seconds: String
        let nanos: Int64
    }

    init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: Key.self)
        func text() throws -> String { try container.decode(String.self, forKey: .v) }
        let kind = try container.decode(String.self, forKey: .t)
        switch kind {
        case "null": value = .null
        case "bool": value = .bool(try container.decode(Bool.self, forKey: .v))
        case "int": value = .int(Int64(try text()) ?? 0)
        case "uint": value = .uint(UInt64(try text()) ?? 0)
        case "double": value = .double(Double(try text()) ?? .nan)
        case "string": value = .string(try text())
        case "bytes": value = .bytes(Array(Data(base64Encoded: try text()) ?? Data()))
        case "list": value = .list(try container.decode([ValueDescription].self, forKey: .v).map(\.value))
        case "map":
            // Each pair is written as an expression so that keys keep their types.
            let pairs = try container.decode([[ValueDescription]].self, forKey: .v)
            let bindings = Dictionary(
                uniqueKeysWithValues: pairs.enumerated().flatMap { index, pair in
                    [("k\(index)", pair[0].value), ("v\(index)", pair[1].value)]
                })
            value = try evaluate("{" + pairs.indices.map { "k\($0): v\($0)" }.joined(separator: ", ") + "}", bindings)
        case "type": value = .type(try text())
        case "timestamp":
            let time = try container.decode(Time.self, forKey: .v)
            value = Timestamp(seconds: Int64(time.seconds) ?? 0, nanoseconds: Int32(time.nanos)).map { .timestamp($0) } ?? .null
        case "duration":
            let time = try container.decode(Time.self, forKey: .v)
            value = .duration(nanoseconds: (Int64(time.seconds) ?? 0) * 1_000_000_000 + time.nanos)
        default: value = .unknown(["values of kind \(kind)"])
        }
    }

    /// Equal type for type; NaN equals NaN, maps have no order.
    static func matches(_ a: Value, _ b: Value) -> Bool {
        switch (a, b) {
        case (.null, .null): true
        case (.bool(let a), .bool(let b)): a == b
        case (.int(let a), .int(let b)): a == b
        case (.uint(let a), .uint(let b)): a == b
        case (.double(let a), .double(let b)): a == b && a.sign == b.sign || a.isNaN && b.isNaN
        case (.string(let a), .string(let b)): Array(a.utf8) == Array(b.utf8)
        case (.bytes(let a), .bytes(let b)): a == b
        case (.list(let a), .list(let b)): a.count == b.count && zip(a, b).allSatisfy { matches($0, $1) }
        case (.map(let a), .map(let b)):
            a.count == b.count
                && a.entries.allSatisfy { entry in
                    b.entries.contains { matches(entry.key, $0.key) && matches(entry.value, $0.value) }
                }
        case (.timestamp(let a), .timestamp(let b)): a == b
        case (.duration(let a), .duration(let b)): a == b
        case (.type(let a), .type(let b)): a == b
        default: false
        }
    }
}
