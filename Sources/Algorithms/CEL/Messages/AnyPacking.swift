// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// `google.protobuf.Any`: a message together with the name of its type.
enum AnyPacking {
    /// The value inside; an error when its type is not declared or the bytes are not of that type.
    static func unpack(_ packed: MessageValue) -> Value {
        do throws(WireError) {
            if let value = try unpack(packed, depth: 0) { return value }
        } catch {
            return .failure(.badConversion, "the message in an Any cannot be read: \(error)")
        }
        guard case .string(let url) = packed.get("type_url"), !url.isEmpty else {
            return .failure(.badConversion, "an Any without a type cannot be read")
        }
        return .failure(.badConversion, "an Any of the type '\(typeName(url))', which is not declared, cannot be read")
    }

    /// Nil if the type is not declared.
    static func unpack(_ packed: MessageValue, depth: Int) throws(WireError) -> Value? {
        guard case .string(let url) = packed.get("type_url"), case .bytes(let bytes) = packed.get("value"),
            let type = packed.types[typeName(url)]
        else { return nil }
        var reader = WireReader(bytes, depth: depth + 1)
        return try reader.readMeaning(of: type, in: packed.types)
    }

    /// What stands behind the last slash.
    private static func typeName(_ url: String) -> String {
        guard let slash = url.utf8.lastIndex(of: UInt8(ascii: "/")) else { return "" }
        return String(url[url.utf8.index(after: slash)...])
    }

    /// Whether there is a message for such a value.
    static func canPack(_ value: Value) -> Bool {
        switch value {
        case .null, .bool, .int, .uint, .double, .string, .bytes, .list, .map, .duration, .timestamp, .message: true
        default: false
        }
    }
}
