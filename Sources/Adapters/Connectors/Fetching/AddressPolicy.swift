// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Says which addresses may be connected to on behalf of others: public ones, and what the operator allows besides.
package struct AddressPolicy: Hashable, Sendable {
    private let allowed: [Network]

    /// - Parameter allowing: networks such as `10.1.0.0/16` or `::1/128` that are allowed though they are not public; nil results
    ///   when one cannot be read.
    package init?(allowing: [String]) {
        let networks = allowing.compactMap { Network($0) }
        guard networks.count == allowing.count else { return nil }
        allowed = networks
    }

    private init() { allowed = [] }

    /// Public addresses only.
    package static let publicOnly = AddressPolicy()

    /// Whether an address, in any spelling, may be connected to; names and nonsense may not.
    package func permits(_ text: String) -> Bool {
        guard let address = IPAddress(text) else { return false }
        return permits(address)
    }

    func permits(_ address: IPAddress) -> Bool {
        if allowed.contains(where: { $0.contains(address) }) { return true }
        if !address.isV6 { return !Self.closedV4.contains { $0.contains(address) } }
        // An IPv6 address may lead to an IPv4 address: then that one counts.
        for (prefix, offset) in Self.embedding where prefix.contains(address) {
            guard let inner = IPAddress(bytes: Array(address.bytes[offset..<offset + 4])) else { return false }
            return permits(inner)
        }
        return Self.globalV6.contains(address) && !Self.closedV6.contains { $0.contains(address) }
    }

    /// "This network", private, shared (carrier-grade NAT), loopback, link-local, protocol assignments, documentation, old 6to4
    /// relays, benchmarking, multicast, reserved and broadcast.
    private static let closedV4 = networks(
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
        "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4",
        "240.0.0.0/4")

    /// The only range that is given out for the public network; loopback, ULA, link-local and multicast lie outside.
    private static let globalV6 = Network(bytes: [0x20] + Array(repeating: 0, count: 15), bits: 3)

    /// Protocol assignments (with Teredo, benchmarking and ORCHID) and documentation.
    private static let closedV6 = networks("2001::/23", "2001:db8::/32", "3fff::/20")

    /// IPv4-mapped, NAT64 and 6to4: where the IPv4 address begins.
    private static let embedding: [(Network, Int)] = zip(networks("::ffff:0:0/96", "64:ff9b::/96", "2002::/16"), [12, 12, 2])
        .map { ($0, $1) }

    private static func networks(_ texts: String...) -> [Network] { texts.compactMap { Network($0) } }
}

/// All addresses whose first bits are the same.
struct Network: Hashable, Sendable {
    let bytes: [UInt8]
    let bits: Int

    init(bytes: [UInt8], bits: Int) {
        self.bytes = bytes
        self.bits = bits
    }

    init?(_ text: String) {
        let parts = text.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, let address = IPAddress(String(parts[0])), let bits = Int(parts[1]),
            (0...address.bytes.count * 8).contains(bits)
        else { return nil }
        bytes = address.bytes
        self.bits = bits
    }

    func contains(_ address: IPAddress) -> Bool {
        guard address.bytes.count == bytes.count else { return false }
        return (0..<bytes.count).allSatisfy { index in
            let open = max(0, min(8, 8 * (index + 1) - bits))
            let mask = UInt8(truncatingIfNeeded: 0xFF << open)
            return address.bytes[index] & mask == bytes[index] & mask
        }
    }
}
