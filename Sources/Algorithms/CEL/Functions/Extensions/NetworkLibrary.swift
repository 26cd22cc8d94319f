// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `network`: IP addresses and ranges of them, as values of the types `net.IP` and `net.CIDR`.
    public static let network = Library(
        "network",
        functions: [
            ip, cidr, isIP, isCIDR, isCanonical, toString, family,
            asking("isUnspecified", "ip_is_unspecified", \.isUnspecified),
            asking("isLoopback", "ip_is_loopback", \.isLoopback),
            asking("isGlobalUnicast", "ip_is_global_unicast", \.isGlobalUnicast),
            asking("isLinkLocalUnicast", "ip_is_link_local_unicast", \.isLinkLocalUnicast),
            asking("isLinkLocalMulticast", "ip_is_link_local_multicast", \.isLinkLocalMulticast),
            containsIP, containsCIDR, masked, isMask, prefixLength,
        ],
        constants: [
            IPAddressValue.typeName: .type(IPAddressValue.typeName), IPRangeValue.typeName: .type(IPRangeValue.typeName),
        ])

    private static let addressType = CELType.opaque(IPAddressValue.typeName, [])
    private static let rangeType = CELType.opaque(IPRangeValue.typeName, [])

    // The text itself stays out of the messages: it may be what someone wrote.
    private static let noAddress = Value.failure(.badConversion, "the text is no IP address")
    private static let noRange = Value.failure(.badConversion, "the text is no range of IP addresses")
}

// MARK: From and to text

extension Library {
    /// `ip('192.0.2.1')`, and the address of a range as it was written: `cidr('192.0.2.1/24').ip()`.
    private static let ip = Function(
        "ip",
        [
            Overload("string_to_ip", [.string], addressType),
            Overload("cidr_ip", isReceiver: true, [rangeType], addressType),
        ], cost: .perCharacter([0])
    ) { a in
        if let range = a.range { return .address(range.address) }
        guard case .string(let text) = a else { return .noOverload("ip", a) }
        return IPAddress(text).map { .address($0) } ?? noAddress
    }

    /// `cidr('192.0.2.0/24')`; bits after the prefix may be set.
    private static let cidr = Function("cidr", [Overload("string_to_cidr", [.string], rangeType)], cost: .perCharacter([0])) {
        a in
        guard case .string(let text) = a else { return .noOverload("cidr", a) }
        return IPRange(text).map { .range($0) } ?? noRange
    }

    private static let isIP = Function("isIP", [Overload("is_ip", [.string], .bool)], cost: .perCharacter([0])) { a in
        guard case .string(let text) = a else { return .noOverload("isIP", a) }
        return .bool(IPAddress(text) != nil)
    }

    private static let isCIDR = Function("isCIDR", [Overload("is_cidr", [.string], .bool)], cost: .perCharacter([0])) { a in
        guard case .string(let text) = a else { return .noOverload("isCIDR", a) }
        return .bool(IPRange(text) != nil)
    }

    /// Whether the address is written in the one recommended way (RFC 5952).
    private static let isCanonical = Function(
        "ip.isCanonical", [Overload("ip_is_canonical", [.string], .bool)], cost: .perCharacter([0])
    ) { a in
        guard case .string(let text) = a else { return .noOverload("ip.isCanonical", a) }
        guard let address = IPAddress(text) else { return noAddress }
        return .bool(sameBytes(address.description, text))
    }

    private static let toString = Function(
        "string", [Overload("ip_to_string", [addressType], .string), Overload("cidr_to_string", [rangeType], .string)]
    ) { a in
        if let address = a.address { return .string(address.description) }
        if let range = a.range { return .string(range.description) }
        return .noOverload("string", a)
    }
}

// MARK: Questions

extension Library {
    /// 4 or 6.
    private static let family = Function("family", [Overload("ip_family", isReceiver: true, [addressType], .int)]) { a in
        guard let address = a.address else { return .noOverload("family", a) }
        return .int(Int64(address.family.rawValue))
    }

    private static func asking(_ name: String, _ overload: String, _ holds: @escaping @Sendable (IPAddress) -> Bool) -> Function {
        Function(name, [Overload(overload, isReceiver: true, [addressType], .bool)]) { a in
            guard let address = a.address else { return .noOverload(name, a) }
            return .bool(holds(address))
        }
    }

    /// `cidr('192.0.2.0/24').containsIP('192.0.2.1')`; of the other version nothing is in it.
    private static let containsIP = Function(
        "containsIP",
        [
            Overload("cidr_contains_ip_ip", isReceiver: true, [rangeType, addressType], .bool),
            Overload("cidr_contains_ip_string", isReceiver: true, [rangeType, .string], .bool),
        ], cost: .perCharacter([1])
    ) { a, b in
        guard let range = a.range else { return .noOverload("containsIP", a, b) }
        if let address = b.address { return .bool(range.contains(address)) }
        guard case .string(let text) = b else { return .noOverload("containsIP", a, b) }
        return IPAddress(text).map { .bool(range.contains($0)) } ?? noAddress
    }

    /// Whether all of the other range is in it.
    private static let containsCIDR = Function(
        "containsCIDR",
        [
            Overload("cidr_contains_cidr", isReceiver: true, [rangeType, rangeType], .bool),
            Overload("cidr_contains_cidr_string", isReceiver: true, [rangeType, .string], .bool),
        ], cost: .perCharacter([1])
    ) { a, b in
        guard let range = a.range else { return .noOverload("containsCIDR", a, b) }
        if let other = b.range { return .bool(range.contains(other)) }
        guard case .string(let text) = b else { return .noOverload("containsCIDR", a, b) }
        return IPRange(text).map { .bool(range.contains($0)) } ?? noRange
    }

    /// The range with the bits after the prefix cleared.
    private static let masked = Function("masked", [Overload("cidr_masked", isReceiver: true, [rangeType], rangeType)]) { a in
        guard let range = a.range else { return .noOverload("masked", a) }
        return .range(range.masked)
    }

    /// Whether no bit after the prefix is set.
    private static let isMask = Function("isMask", [Overload("cidr_is_mask", isReceiver: true, [rangeType], .bool)]) { a in
        guard let range = a.range else { return .noOverload("isMask", a) }
        return .bool(range.masked == range)
    }

    private static let prefixLength = Function(
        "prefixLength", [Overload("cidr_prefix_length", isReceiver: true, [rangeType], .int)]
    ) { a in
        guard let range = a.range else { return .noOverload("prefixLength", a) }
        return .int(Int64(range.prefixLength))
    }
}
