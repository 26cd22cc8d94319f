// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `protos`: `proto.hasExt(message, full.name)` and `proto.getExt(message, full.name)`, for extension fields.
    public static let protos = Library(
        "protos",
        macros: [
            Macro("getExt", isReceiver: true, argumentCount: 2, namespace: "proto") {
                context, receiver, arguments, range throws(CELError) in
                let field = try extensionName(arguments[1], of: "proto.getExt", context)
                return try context.make(
                    .select(arguments[0], field: field, isOptional: false), range,
                    macro: Expression.MacroCall(name: "getExt", receiver: receiver, arguments: arguments))
            },
            Macro("hasExt", isReceiver: true, argumentCount: 2, namespace: "proto") {
                context, receiver, arguments, range throws(CELError) in
                let field = try extensionName(arguments[1], of: "proto.hasExt", context)
                return try context.make(
                    .has(arguments[0], field: field), range,
                    macro: Expression.MacroCall(name: "hasExt", receiver: receiver, arguments: arguments))
            },
        ])

    /// `a.b.c` as text: the field is not looked up by its parts.
    private static func extensionName(
        _ argument: Expression, of macro: String, _ context: MacroContext
    ) throws(CELError) -> String {
        var parts: [String] = []
        var rest = argument
        while case .select(let operand, let field, isOptional: false) = rest.kind {
            parts.append(field)
            rest = operand
        }
        guard case .name(let name, _) = rest.kind, !parts.isEmpty else {
            throw context.problem(argument.range, "'\(macro)' needs the full name of an extension field")
        }
        return ([name] + parts.reversed()).joined(separator: ".")
    }
}
