// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What is known of the free types of an expression, such as the element of `[]`, and how types are brought together.
///
/// A free type is a `.parameter` whose name begins with `%`, which no declaration can contain.
struct Unification {
    private var bindings: [CELType?] = []
    /// What to undo when an overload turns out not to fit.
    private var trail: [(index: Int, earlier: CELType?)] = []
    private static let names: [CELType] = (0..<64).map { .parameter("%\($0)") }

    var isEmpty: Bool { bindings.isEmpty }

    /// A type that is not yet known.
    mutating func fresh() -> CELType {
        bindings.append(nil)
        let index = bindings.count - 1
        return index < Self.names.count ? Self.names[index] : .parameter("%\(index)")
    }

    /// Runs an attempt; what it bound is forgotten if it fails.
    mutating func attempt(_ body: (inout Unification) -> Bool) -> Bool {
        let mark = trail.count
        if body(&self) { return true }
        while trail.count > mark, let last = trail.popLast() { bindings[last.index] = last.earlier }
        return false
    }

    /// Brings two types together as far as it goes; on failure the caller undoes it through `attempt`.
    mutating func unify(_ given: CELType, _ wanted: CELType) -> Bool {
        switch (given, wanted) {
        case (.bool, .bool), (.int, .int), (.uint, .uint), (.double, .double), (.string, .string), (.bytes, .bytes),
            (.null, .null), (.duration, .duration), (.timestamp, .timestamp):
            return true
        case (_, .parameter(let name)):
            let (fits, wasBound) = bind(name, to: given)
            if fits || wasBound { return fits }
            if case .parameter(let other) = given { return bind(other, to: wanted).fits }
            return false
        case (.parameter(let name), _): return bind(name, to: wanted).fits
        case (.dyn, _), (_, .dyn), (.error, _), (_, .error), (.any, _), (_, .any): return true
        case (.wrapper(let a), .wrapper(let b)): return a == b
        case (.wrapper(let a), .null), (.null, .wrapper(let a)): return a == a
        case (.wrapper(let a), _): return a == wanted
        case (_, .wrapper(let b)): return given == b
        case (.null, _): return Self.takesNull(wanted)
        case (_, .null): return Self.takesNull(given)
        case (.list(let a), .list(let b)), (.optional(let a), .optional(let b)): return unify(a, b)
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return unify(key, otherKey) && unify(value, otherValue)
        case (.type, .type): return true
        case (.message(let a), .message(let b)): return a == b
        case (.opaque(let a, let parameters), .opaque(let b, let others)):
            guard a == b, parameters.count == others.count else { return false }
            for (parameter, other) in zip(parameters, others) where !unify(parameter, other) { return false }
            return true
        default: return false
        }
    }

    private static func takesNull(_ type: CELType) -> Bool {
        switch type {
        case .message, .timestamp, .duration, .optional, .opaque: true
        default: false
        }
    }

    private static func index(of name: String) -> Int? {
        var number = 0
        var isFirst = true
        for byte in name.utf8 {
            if isFirst {
                guard byte == UInt8(ascii: "%") else { return nil }
                isFirst = false
            } else {
                number = number * 10 + Int(byte - UInt8(ascii: "0"))
            }
        }
        return number
    }

    private mutating func bind(_ name: String, to type: CELType) -> (fits: Bool, wasBound: Bool) {
        guard let index = Self.index(of: name) else { return (type == .parameter(name), true) }
        if type == .parameter(name) { return (true, true) }
        if let known = bindings[index] {
            if known == type { return (true, true) }
            guard unify(type, known) else { return (false, true) }
            let general = Self.general(type, known)
            if !refers(general, to: index) { set(index, general) }
            return (true, true)
        }
        guard !refers(type, to: index) else { return (false, false) }
        set(index, type)
        return (true, false)
    }

    private mutating func set(_ index: Int, _ type: CELType) {
        trail.append((index, bindings[index]))
        bindings[index] = type
    }

    private func refers(_ type: CELType, to index: Int) -> Bool {
        switch type {
        case .parameter(let name):
            guard let other = Self.index(of: name) else { return false }
            return other == index || bindings[other].map { refers($0, to: index) } ?? false
        case .list(let inner), .optional(let inner), .wrapper(let inner): return refers(inner, to: index)
        case .map(let key, let value): return refers(key, to: index) || refers(value, to: index)
        case .opaque(_, let parameters): return parameters.contains { refers($0, to: index) }
        case .type(let inner): return inner.map { refers($0, to: index) } ?? false
        default: return false
        }
    }

    /// Of two types that go together the one that holds the values of both: `dyn` rather than what is known, a wrapper
    /// rather than its scalar, anything rather than null.
    static func general(_ a: CELType, _ b: CELType) -> CELType {
        switch (a, b) {
        case (.dyn, _), (_, .dyn): return .dyn
        case (.error, _), (_, .error): return .error
        case (.any, _), (_, .any): return .dyn
        case (.parameter, _): return a
        case (_, .parameter): return b
        case (.null, _): return b
        case (_, .null): return a
        case (.wrapper, _): return a
        case (_, .wrapper): return b
        case (.list(let a), .list(let b)): return .list(general(a, b))
        case (.optional(let a), .optional(let b)): return .optional(general(a, b))
        case (.map(let key, let value), .map(let otherKey, let otherValue)):
            return .map(general(key, otherKey), general(value, otherValue))
        case (.opaque(let name, let parameters), .opaque(_, let others)):
            return .opaque(name, zip(parameters, others).map { general($0, $1) })
        default: return a
        }
    }

    /// The common type of two; nil if there is none.
    mutating func join(_ a: CELType, _ b: CELType) -> CELType? {
        attempt { $0.unify(a, b) } ? Self.general(a, b) : nil
    }

    /// The type with everything put in that is known.
    func resolved(_ type: CELType) -> CELType {
        bindings.isEmpty || !type.isGeneric ? type : substituted(type, isFinal: false)
    }

    /// The type with everything put in, what stayed free being `dyn`.
    func final(_ type: CELType) -> CELType { bindings.isEmpty || !type.isGeneric ? type : substituted(type, isFinal: true) }

    private func substituted(_ type: CELType, isFinal: Bool) -> CELType {
        switch type {
        case .parameter(let name):
            guard let index = Self.index(of: name) else { return isFinal ? .dyn : type }
            return bindings[index].map { substituted($0, isFinal: isFinal) } ?? (isFinal ? .dyn : type)
        case .list(let inner): return .list(substituted(inner, isFinal: isFinal))
        case .optional(let inner): return .optional(substituted(inner, isFinal: isFinal))
        case .map(let key, let value):
            return .map(substituted(key, isFinal: isFinal), substituted(value, isFinal: isFinal))
        case .opaque(let name, let parameters) where !parameters.isEmpty:
            return .opaque(name, parameters.map { substituted($0, isFinal: isFinal) })
        case .type(let inner?): return .type(substituted(inner, isFinal: isFinal))
        default: return type
        }
    }
}

extension CELType {
    /// Whether the type has parameters of a signature.
    var isGeneric: Bool {
        switch self {
        case .parameter: true
        case .list(let inner), .optional(let inner), .wrapper(let inner): inner.isGeneric
        case .map(let key, let value): key.isGeneric || value.isGeneric
        case .opaque(_, let parameters): parameters.contains { $0.isGeneric }
        case .type(let inner): inner?.isGeneric ?? false
        default: false
        }
    }

    /// The type with the parameters of a signature replaced.
    func replacing(_ parameters: [(name: String, type: CELType)]) -> CELType {
        switch self {
        case .parameter(let name): parameters.first { $0.name == name }?.type ?? self
        case .list(let inner): .list(inner.replacing(parameters))
        case .optional(let inner): .optional(inner.replacing(parameters))
        case .wrapper(let inner): .wrapper(inner.replacing(parameters))
        case .map(let key, let value): .map(key.replacing(parameters), value.replacing(parameters))
        case .opaque(let name, let types): .opaque(name, types.map { $0.replacing(parameters) })
        case .type(let inner?): .type(inner.replacing(parameters))
        default: self
        }
    }

    /// Calls `body` with the name of each parameter in the type.
    func forEachParameter(_ body: (String) -> Void) {
        switch self {
        case .parameter(let name): body(name)
        case .list(let inner), .optional(let inner), .wrapper(let inner): inner.forEachParameter(body)
        case .map(let key, let value):
            key.forEachParameter(body)
            value.forEachParameter(body)
        case .opaque(_, let types): for type in types { type.forEachParameter(body) }
        case .type(let inner): inner?.forEachParameter(body)
        default: break
        }
    }
}
