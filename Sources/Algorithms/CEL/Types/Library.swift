// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Functions, macros and constants that belong together.
public struct Library: Sendable {
    public let name: String
    public let functions: [Function]
    public let macros: [Macro]
    /// Named values, such as type names.
    public let constants: [String: Value]

    public init(_ name: String, functions: [Function] = [], macros: [Macro] = [], constants: [String: Value] = [:]) {
        self.name = name
        self.functions = functions
        self.macros = macros
        self.constants = constants
    }
}
