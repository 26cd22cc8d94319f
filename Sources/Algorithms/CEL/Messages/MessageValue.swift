// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A value of a declared message type: the type and the fields that are set.
///
/// Fields hold what CEL reads from them: a set `Int32Value` is an int, a `Struct` a map, an `Any` what it packs. Only an
/// `Any` that cannot be unpacked is kept as a message, to be compared byte for byte; reading it is an error.
public struct MessageValue: Sendable {
    public let type: MessageType
    let types: MessageTypes
    /// By the field's place in the type; implicit fields at their default are not in it.
    private var entries: [(index: Int, value: Value)] = []

    /// A message with no field set.
    public init(_ type: MessageType, in types: MessageTypes = .wellKnown) {
        self.type = type
        self.types = types
    }

    /// No field is set.
    public var isEmpty: Bool { entries.isEmpty }

    /// The fields that are set, in the order of the declaration.
    public var setFields: [(field: MessageField, value: Value)] {
        let fields = type.fields
        return entries.map { (fields[$0.index], $0.value) }
    }

    var firstSet: Value? { entries.first?.value }

    /// The field's value, its default while it is not set; an error if there is no such field.
    public func get(_ field: String) -> Value {
        guard let index = type.index(of: field) else { return noField(field) }
        if let place = place(of: index) {
            if case .message(let packed) = entries[place].value, packed.type.name == WellKnown.any {
                return AnyPacking.unpack(packed)
            }
            return entries[place].value
        }
        let declared = type.fields[index]
        if let value = declared.defaultValue { return value }
        switch declared.cardinality {
        case .repeated: return .list([])
        case .map: return .map(MapValue())
        case .single:
            if case .message(let name) = declared.encoding { return WellKnown.unset(name, in: types) }
            return declared.encoding.zero ?? .null
        }
    }

    /// Whether the field is set, or differs from its default where its presence is implicit; an error if there is none.
    public func has(_ field: String) -> Value {
        guard let index = type.index(of: field) else { return noField(field) }
        return .bool(place(of: index) != nil)
    }

    /// Sets a field.
    ///
    /// - Throws: when there is no such field, or the value is not of the field's type or out of its range.
    public mutating func set(_ field: String, _ value: Value) throws(EvaluationError) {
        guard let index = type.index(of: field) else { throw noFieldError(field) }
        store(try FieldCoercion(type.fields[index], of: type, in: types).stored(value), at: index)
    }

    /// Puts a value that has the right type already; nil unsets the field.
    mutating func store(_ value: Value?, at index: Int) {
        let field = type.fields[index]
        guard let value, field.presence == .tracked || !Self.isDefault(value) else {
            if let place = place(of: index) { entries.remove(at: place) }
            return
        }
        if let group = field.oneof {
            let fields = type.fields
            entries.removeAll { $0.index != index && fields[$0.index].oneof == group }
        }
        let place = entries.partitioningIndex { $0.index >= index }
        if place < entries.count, entries[place].index == index {
            entries[place].value = value
        } else {
            entries.insert((index, value), at: place)
        }
    }

    func stored(at index: Int) -> Value? { place(of: index).map { entries[$0].value } }

    /// CEL equality: the same type, the same fields set, to equal values. NaN makes messages unequal.
    public func equals(_ other: MessageValue) -> Bool {
        type.name == other.type.name && entries.count == other.entries.count
            && zip(entries, other.entries).allSatisfy { $0.index == $1.index && areEqual($0.value, $1.value) }
    }

    private func place(of index: Int) -> Int? {
        let place = entries.partitioningIndex { $0.index >= index }
        return place < entries.count && entries[place].index == index ? place : nil
    }

    private func noFieldError(_ field: String) -> EvaluationError {
        EvaluationError(.noSuchField, "\(type.name) has no field '\(field)'")
    }

    private func noField(_ field: String) -> Value { .error(noFieldError(field)) }

    private static func isDefault(_ value: Value) -> Bool {
        switch value {
        case .null: true
        case .bool(let value): !value
        case .int(let value): value == 0
        case .uint(let value): value == 0
        // Minus zero differs from the default, as it does on the wire.
        case .double(let value): value == 0 && value.sign == .plus
        case .string(let value): value.isEmpty
        case .bytes(let value): value.isEmpty
        case .list(let value): value.isEmpty
        case .map(let value): value.count == 0
        default: false
        }
    }
}

extension MessageTypes {
    /// The value of `T{field: value, …}`; of a well-known type what it stands for.
    ///
    /// - Returns: An error value when a field does not exist or a value does not fit.
    public func build(_ type: MessageType, _ fields: [(field: String, value: Value)]) -> Value {
        var message = MessageValue(type, in: self)
        do throws(EvaluationError) {
            for (field, value) in fields { try message.set(field, value) }
        } catch {
            return .error(error)
        }
        return WellKnown.meaning(of: message)
    }
}

extension Array {
    /// The first place whose element fulfils the condition, in an array in which all that do stand behind all that do not.
    func partitioningIndex(where isBehind: (Element) -> Bool) -> Int {
        var (low, high) = (0, count)
        while low < high {
            let middle = low + (high - low) / 2
            if isBehind(self[middle]) { high = middle } else { low = middle + 1 }
        }
        return low
    }
}

extension MessageValue: CustomStringConvertible {
    /// The message as CEL would write it.
    public var description: String {
        let fields = setFields.map { field, value in
            let isPlain = !field.name.utf8.contains(UInt8(ascii: "."))
            return (isPlain ? field.name : "`\(field.name)`") + ": \(value)"
        }
        return type.name + "{" + fields.joined(separator: ", ") + "}"
    }
}
