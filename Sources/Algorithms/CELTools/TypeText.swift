// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import CEL

/// Types as people write them: `int`, `list(string)`, `map(string, double)`, `google.protobuf.Int32Value`.
package enum TypeText {
    package struct Problem: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    private static let plain: [String: CELType] = [
        "bool": .bool, "int": .int, "uint": .uint, "double": .double, "string": .string, "bytes": .bytes, "null": .null,
        "duration": .duration, "timestamp": .timestamp, "any": .any, "dyn": .dyn, "type": .type(nil),
        "list": .list(.dyn), "map": .map(.dyn, .dyn),
    ]

    package static func parse(_ text: String) throws(Problem) -> CELType {
        var rest = text.filter { !$0.isWhitespace }[...]
        let type = try parse(&rest, of: text)
        guard rest.isEmpty else { throw Problem(description: "'\(text)' is no type: '\(rest)' is too much") }
        return type
    }

    private static func parse(_ rest: inout Substring, of text: String) throws(Problem) -> CELType {
        let name = rest.prefix { $0.isLetter || $0.isNumber || $0 == "_" || $0 == "." }
        rest = rest[name.endIndex...]
        var parameters: [CELType] = []
        if rest.first == "(" {
            repeat {
                rest.removeFirst()
                parameters.append(try parse(&rest, of: text))
            } while rest.first == ","
            guard rest.popFirst() == ")" else { throw Problem(description: "'\(text)' is no type: ')' is missing") }
        }
        switch (name, parameters.count) {
        case ("list", 1): return .list(parameters[0])
        case ("map", 2): return .map(parameters[0], parameters[1])
        case ("optional", 1): return .optional(parameters[0])
        case ("wrapper", 1): return .wrapper(parameters[0])
        case (_, 0):
            if let type = plain[String(name)] { return type }
            if MessageTypes.wellKnown[String(name)] != nil { return .ofMessage(String(name)) }
        default: break
        }
        let known = plain.keys.sorted() + ["list(T)", "map(K, V)", "optional(T)", "wrapper(T)"]
        throw Problem(description: "'\(text)' is no type; expected one of \(known.joined(separator: ", "))")
    }
}
