// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An address as a value, type `net.IP`.
struct IPAddressValue: OpaqueValue {
    static let typeName = "net.IP"

    let address: IPAddress

    var typeName: String { Self.typeName }
    var description: String { address.description }

    func equals(_ other: any OpaqueValue) -> Bool { (other as? IPAddressValue)?.address == address }
}

/// A range of addresses as a value, type `net.CIDR`.
struct IPRangeValue: OpaqueValue {
    static let typeName = "net.CIDR"

    let range: IPRange

    var typeName: String { Self.typeName }
    var description: String { range.description }

    func equals(_ other: any OpaqueValue) -> Bool { (other as? IPRangeValue)?.range == range }
}

extension Value {
    /// A `net.IP`.
    public static func address(_ address: IPAddress) -> Value { .object(IPAddressValue(address: address)) }

    /// A `net.CIDR`.
    public static func range(_ range: IPRange) -> Value { .object(IPRangeValue(range: range)) }

    /// The address, if the value is one.
    var address: IPAddress? {
        guard case .object(let object) = self else { return nil }
        return (object as? IPAddressValue)?.address
    }

    /// The range, if the value is one.
    var range: IPRange? {
        guard case .object(let object) = self else { return nil }
        return (object as? IPRangeValue)?.range
    }
}
