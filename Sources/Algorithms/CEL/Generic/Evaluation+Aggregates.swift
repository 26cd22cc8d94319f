// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Evaluation {
    /// A field or key. Of an optional, or asked for with `?`, an optional.
    mutating func select(_ operand: Value, _ field: String, _ isOptional: Bool) -> Value {
        switch operand {
        case .error, .unknown: return operand
        case .optional(nil): return .optional(nil)
        case .optional(let inner?): return optional(inner, field)
        default: return isOptional ? optional(operand, field) : Self.field(operand, field)
        }
    }

    private static func field(_ operand: Value, _ field: String) -> Value {
        switch operand {
        case .map(let map): map[field] ?? .failure(.noSuchKey, "no such key: \(field)")
        case .message(let message): message.get(field)
        default: .failure(.noSuchField, "\(operand.typeName) has no field '\(field)'")
        }
    }

    private func optional(_ operand: Value, _ field: String) -> Value {
        let isThere = has(operand, field)
        guard case .bool(let isThere) = isThere else { return isThere }
        if !isThere { return .optional(nil) }
        let value = Self.field(operand, field)
        return value.isDefinite ? .optional(value) : value
    }

    func has(_ operand: Value, _ field: String) -> Value {
        switch operand {
        case .map(let map): .bool(map[field] != nil)
        case .message(let message): message.has(field)
        case .optional(nil): .bool(false)
        case .optional(let inner?): has(inner, field)
        case .error, .unknown: operand
        default: .failure(.noSuchField, "\(operand.typeName) has no fields")
        }
    }

    mutating func list(_ elements: [Plan.Element]) -> Value {
        charge(10)
        var values: [Value] = []
        values.reserveCapacity(elements.count)
        var outcome = Absorption()
        for element in elements {
            let value = value(of: element.value)
            if !value.isDefinite {
                outcome.add(value)
            } else if !element.isOptional {
                values.append(value)
            } else if case .optional(let inner) = value {
                if let inner { values.append(inner) }
            } else {
                outcome.add(.noOverload("[?_]", value))
            }
        }
        return outcome.result ?? .list(values)
    }

    mutating func map(_ entries: [Plan.Entry]) -> Value {
        charge(30)
        var map = MapValue()
        var outcome = Absorption()
        for entry in entries {
            let key = value(of: entry.key)
            var value = value(of: entry.value)
            guard key.isDefinite, value.isDefinite else {
                outcome.add(key)
                outcome.add(value)
                continue
            }
            if entry.isOptional {
                guard case .optional(let inner) = value else {
                    outcome.add(.noOverload("{?_: _}", value))
                    continue
                }
                guard let inner else { continue }
                value = inner
            }
            if let failure = map.insert(key, value) { outcome.add(failure) }
        }
        return outcome.result ?? .map(map)
    }

    mutating func message(_ type: MessageType, _ fields: [Plan.Field]) -> Value {
        charge(40)
        var values: [(field: String, value: Value)] = []
        var outcome = Absorption()
        for field in fields {
            let value = value(of: field.value)
            if !value.isDefinite {
                outcome.add(value)
            } else if !field.isOptional {
                values.append((field.name, value))
            } else if case .optional(let inner) = value {
                if let inner { values.append((field.name, inner)) }
            } else {
                outcome.add(.noOverload("{?_: _}", value))
            }
        }
        return outcome.result ?? program.checked.messages.build(type, values)
    }
}
