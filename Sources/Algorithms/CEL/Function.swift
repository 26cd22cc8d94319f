// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A function or operator of the standard library, with one implementation for all its overloads of one arity.
///
/// The checker reads the signatures; the implementation looks at its operands again, because `dyn` can hold anything.
struct Function: Sendable {
    struct Signature: Sendable {
        let parameters: [CELType]
        let result: CELType

        func operatorText(_ symbol: String) -> String {
            parameters.count == 1 ? "\(symbol)\(parameters[0])" : "\(parameters[0]) \(symbol) \(parameters[1])"
        }
    }

    enum Implementation: Sendable {
        case unary(@Sendable (Value) -> Value)
        case binary(@Sendable (Value, Value) -> Value)
    }

    let name: String
    /// Called as `f(x)`.
    var isGlobal = true
    /// Called as `x.f()`.
    var isMember = false
    let signatures: [Signature]
    let implementation: Implementation

    /// Operands, the receiver included.
    var arity: Int {
        switch implementation {
        case .unary: 1
        case .binary: 2
        }
    }

    /// How an operator is written; nil for functions with a name.
    var symbol: String? {
        if name == "@in" { return "in" }
        if name == "_[_]" { return "[]" }
        return name.hasPrefix("_") || name.hasSuffix("_") ? name.replacing("_") : nil
    }

    /// Everything that the language has, by name.
    static let standard: [String: [Function]] = Dictionary(
        grouping: operators + arithmetic + texts + conversions + times, by: \.name)
}

extension String {
    fileprivate func replacing(_ character: Character) -> String { filter { $0 != character } }
}

extension Function {
    static func operation(
        _ name: String, _ signatures: [Signature], _ implementation: @escaping @Sendable (Value, Value) -> Value
    ) -> Function {
        Function(name: name, signatures: signatures, implementation: .binary(implementation))
    }

    static func unary(
        _ name: String, global: Bool = true, member: Bool = false, _ signatures: [Signature],
        _ implementation: @escaping @Sendable (Value) -> Value
    ) -> Function {
        Function(name: name, isGlobal: global, isMember: member, signatures: signatures, implementation: .unary(implementation))
    }

    static func member(
        _ name: String, _ signatures: [Signature], _ implementation: @escaping @Sendable (Value, Value) -> Value
    ) -> Function {
        Function(name: name, isGlobal: false, isMember: true, signatures: signatures, implementation: .binary(implementation))
    }
}

func takes(_ parameters: CELType..., gives result: CELType) -> Function.Signature {
    Function.Signature(parameters: parameters, result: result)
}
