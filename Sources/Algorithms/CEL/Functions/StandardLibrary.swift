// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// What every expression may use without naming a library.
    public static let standard = Library(
        "standard",
        functions: Function.operators + Function.arithmetic + Function.indexing + Function.texts + Function.conversions
            + Function.times,
        macros: Macro.standard,
        constants: Dictionary(
            uniqueKeysWithValues: [
                "bool", "int", "uint", "double", "string", "bytes", "list", "map", "null_type", "type",
                "google.protobuf.Timestamp", "google.protobuf.Duration",
            ].map { ($0, Value.type($0)) }))
}

/// A signature called as `f(…)` or written as an operator.
func takes(_ name: String, _ parameters: CELType..., gives result: CELType) -> Overload {
    Overload(overloadID(name, parameters), parameters, result)
}

/// A signature called as `x.f(…)`.
func member(_ name: String, _ parameters: CELType..., gives result: CELType) -> Overload {
    Overload(overloadID("member_" + name, parameters), isReceiver: true, parameters, result)
}

private func overloadID(_ name: String, _ parameters: [CELType]) -> String {
    name + "_" + parameters.map(\.description).joined(separator: "_")
}
