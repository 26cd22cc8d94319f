// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `bindings`: `cel.bind(name, value, expression)` computes a value once and gives it a name.
    public static let bindings = Library(
        "bindings",
        macros: [
            Macro("bind", isReceiver: true, argumentCount: 3, namespace: "cel") {
                context, _, arguments, range throws(CELError) in
                let name = try context.variable(arguments[0], of: "cel.bind")
                return try context.make(.bind(name: name, value: arguments[1], body: arguments[2]), range)
            }
        ])
}
