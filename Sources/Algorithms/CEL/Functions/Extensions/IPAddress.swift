// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// An address of the Internet Protocol, version 4 or 6, without a zone.
public struct IPAddress: Sendable, Hashable {
    public enum Family: Int, Sendable { case v4 = 4, v6 = 6 }

    public let family: Family
    /// The address as a number; of version 4 the lower 32 bits.
    public let number: UInt128

    /// Bits of an address of this version.
    public var bitCount: Int { family == .v4 ? 32 : 128 }

    public init(v4 number: UInt32) { self.init(family: .v4, number: UInt128(number)) }

    /// A version 4 address that is mapped into version 6 (`::ffff:0:0/96`) becomes the version 4 address that it stands for: whoever
    /// compares addresses or looks one up in a range must not be misled by the way it was written.
    public init(v6 number: UInt128) {
        if number >> 32 == 0xFFFF {
            self.init(v4: UInt32(truncatingIfNeeded: number))
        } else {
            self.init(family: .v6, number: number)
        }
    }

    private init(family: Family, number: UInt128) {
        self.family = family
        self.number = number
    }

    /// With all bits after the first `prefixLength` cleared.
    public func masked(to prefixLength: Int) -> IPAddress {
        let dropped = bitCount - prefixLength
        return IPAddress(family: family, number: (number >> dropped) << dropped)
    }

    public var isUnspecified: Bool { number == 0 }

    public var isLoopback: Bool { family == .v4 ? number >> 24 == 127 : number == 1 }

    public var isMulticast: Bool { family == .v4 ? number >> 28 == 0xE : number >> 120 == 0xFF }

    public var isLinkLocalUnicast: Bool { family == .v4 ? number >> 16 == 0xA9FE : number >> 118 == 0x3FA }

    public var isLinkLocalMulticast: Bool { family == .v4 ? number >> 8 == 0xE00000 : number >> 112 & 0xFF0F == 0xFF02 }

    /// An address of one host that is not bound to this machine or this link; private ranges count.
    public var isGlobalUnicast: Bool {
        !isUnspecified && !isLoopback && !isMulticast && !isLinkLocalUnicast && !(family == .v4 && number == 0xFFFF_FFFF)
    }
}

/// A range of addresses: an address and how many of its first bits count.
public struct IPRange: Sendable, Hashable {
    /// As it was written: bits after the prefix may be set.
    public let address: IPAddress
    public let prefixLength: Int

    /// Nil if the address has no such many bits.
    public init?(_ address: IPAddress, prefixLength: Int) {
        guard (0...address.bitCount).contains(prefixLength) else { return nil }
        self.address = address
        self.prefixLength = prefixLength
    }

    private init(masked address: IPAddress, _ prefixLength: Int) {
        self.address = address
        self.prefixLength = prefixLength
    }

    public var masked: IPRange { IPRange(masked: address.masked(to: prefixLength), prefixLength) }

    public func contains(_ other: IPAddress) -> Bool {
        other.family == address.family && other.masked(to: prefixLength) == address.masked(to: prefixLength)
    }

    /// Whether all addresses of the other range are in this one.
    public func contains(_ other: IPRange) -> Bool {
        prefixLength <= other.prefixLength && contains(other.address)
    }
}
