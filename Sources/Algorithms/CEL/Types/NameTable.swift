// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Everything that libraries and the caller bring, by name: built once for a set of libraries, not for each expression.
final class NameTable: Sendable {
    let functions: [String: Function]
    let macros: [MacroKey: [Macro]]
    let constants: [String: Value]
    /// The first parts of constants and well-known types with a dot in them.
    let dottedRoots: Set<String>
    /// The last parts of the names of functions with a dot in them.
    let dottedEndings: Set<String>

    struct MacroKey: Hashable, Sendable {
        let name: String
        let isReceiver: Bool
    }

    static let standard = NameTable(libraries: [], functions: [])

    init(libraries: [Library], functions own: [Function]) {
        var functions: [String: Function] = [:]
        var macros: [MacroKey: [Macro]] = [:]
        var constants: [String: Value] = [:]
        let all = libraries.contains { $0.name == Library.standard.name } ? libraries : [.standard] + libraries
        for library in all {
            for function in library.functions { functions.merge(function) }
            for macro in library.macros {
                macros[MacroKey(name: macro.name, isReceiver: macro.isReceiver), default: []].append(macro)
            }
            constants.merge(library.constants) { _, last in last }
        }
        for function in own { functions.merge(function) }
        self.functions = functions
        dottedRoots = Set(
            constants.keys.compactMap { name in name.firstIndex(of: ".").map { String(name[..<$0]) } } + ["google"])
        dottedEndings = Set(
            functions.keys.compactMap { name in name.lastIndex(of: ".").map { String(name[name.index(after: $0)...]) } })
        self.macros = macros
        self.constants = constants
    }

    /// How many arguments the macros of that name take.
    func macroCounts(_ name: String, isReceiver: Bool) -> [Int] {
        (macros[MacroKey(name: name, isReceiver: isReceiver)] ?? []).filter { $0.namespace == nil }.compactMap(\.argumentCount)
            .sorted()
    }
}

extension [String: Function] {
    /// Libraries may add overloads to each other's functions.
    fileprivate mutating func merge(_ function: Function) {
        self[function.name] = self[function.name].map { $0.joined(with: function) } ?? function
    }
}

extension Function {
    /// Both functions as one: the second is asked where the first does not take the operands.
    func joined(with other: Function) -> Function {
        var bodies = bodies
        for body in other.bodies {
            if let index = bodies.firstIndex(where: { $0.count == body.count }) {
                bodies[index] = Body.joined(bodies[index], body)
            } else {
                bodies.append(body)
            }
        }
        let known = Set(overloads.map(\.id))
        return Function(name, overloads + other.overloads.filter { !known.contains($0.id) }, bodies, cost: cost)
    }
}

extension Function.Body {
    fileprivate static func joined(_ first: Function.Body, _ second: Function.Body) -> Function.Body {
        switch (first, second) {
        case (.unary(let a), .unary(let b)): .unary { x in a(x).unlessNoOverload { b(x) } }
        case (.binary(let a), .binary(let b)): .binary { x, y in a(x, y).unlessNoOverload { b(x, y) } }
        case (.ternary(let a), .ternary(let b)): .ternary { x, y, z in a(x, y, z).unlessNoOverload { b(x, y, z) } }
        case (.many(let count, let a), .many(_, let b)): .many(count: count) { x in a(x).unlessNoOverload { b(x) } }
        default: second
        }
    }
}

extension Value {
    fileprivate func unlessNoOverload(_ other: () -> Value) -> Value {
        if case .error(let error) = self, error.code == .noSuchOverload { other() } else { self }
    }
}
