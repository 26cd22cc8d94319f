// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Brings a value that is assigned to a field into the form in which the field holds it.
struct FieldCoercion {
    private let field: MessageField
    private let owner: MessageType
    private let types: MessageTypes

    init(_ field: MessageField, of owner: MessageType, in types: MessageTypes) {
        self.field = field
        self.owner = owner
        self.types = types
    }

    /// What the field holds afterwards; nil: the field is not set.
    func stored(_ value: Value) throws(EvaluationError) -> Value? {
        switch field.cardinality {
        case .single: return try element(value, field.encoding)
        case .repeated:
            guard case .list(let elements) = value else { throw unfit(value) }
            var result: [Value] = []
            result.reserveCapacity(elements.count)
            // An element that null leaves unset is left out.
            for value in elements { if let value = try element(value, field.encoding) { result.append(value) } }
            return .list(result)
        case .map(let key):
            guard case .map(let map) = value else { throw unfit(value) }
            var result = MapValue()
            for entry in map.entries {
                guard let name = try element(entry.key, key), let normal = MapKey(name) else { throw unfit(entry.key) }
                if let value = try element(entry.value, field.encoding) { _ = result.insert(name, normal: normal, value) }
            }
            return .map(result)
        }
    }

    private func element(_ value: Value, _ encoding: FieldEncoding) throws(EvaluationError) -> Value? {
        switch (encoding, value) {
        case (.int32, .int(let number)), (.sint32, .int(let number)), (.sfixed32, .int(let number)):
            guard Int32(exactly: number) != nil else { throw outOfRange(value, "32 bits") }
            return value
        case (.uint32, .uint(let number)), (.fixed32, .uint(let number)):
            guard UInt32(exactly: number) != nil else { throw outOfRange(value, "32 bits") }
            return value
        case (.nullValue, .null), (.nullValue, .int(0)): return .null
        case (.enumeration, .int(let number)) where encoding != .nullValue:
            guard Int32(exactly: number) != nil else { throw outOfRange(value, "an enum") }
            return value
        case (.int64, .int), (.sint64, .int), (.sfixed64, .int), (.uint64, .uint), (.fixed64, .uint), (.double, .double),
            (.bool, .bool), (.string, .string), (.bytes, .bytes):
            return value
        case (.float, .double(let number)): return .double(Double(Float(number)))
        case (.message(let name), _): return try message(value, name)
        case (.value, _) where value.isDefinite: return value
        default: throw unfit(value)
        }
    }

    private func message(_ value: Value, _ name: String) throws(EvaluationError) -> Value? {
        if let inner = WellKnown.wrappers[name] {
            if case .null = value { return nil }
            return try element(value, inner)
        }
        switch (name, value) {
        case (WellKnown.any, .list), (WellKnown.any, .map), (WellKnown.value, _): return try JSONMeaning.of(value)
        case (WellKnown.structure, .map), (WellKnown.listValue, .list): return try JSONMeaning.of(value)
        case (WellKnown.structure, _), (WellKnown.listValue, _): throw unfit(value)
        case (WellKnown.any, _):
            guard AnyPacking.canPack(value) else { throw unfit(value) }
            return value
        case (_, .null): return nil
        case (WellKnown.duration, .duration), (WellKnown.timestamp, .timestamp): return value
        case (_, .message(let message)) where message.type.name == name: return value
        default: throw unfit(value)
        }
    }

    private func unfit(_ value: Value) -> EvaluationError {
        EvaluationError(
            .noSuchOverload, "the field '\(field.name)' of \(owner.name) is of type \(field.type), not \(value.typeName)")
    }

    private func outOfRange(_ value: Value, _ room: String) -> EvaluationError {
        EvaluationError(.overflow, "\(value) does not fit into the field '\(field.name)' of \(owner.name): it has \(room)")
    }
}
