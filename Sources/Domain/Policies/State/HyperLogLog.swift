// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#elseif canImport(Darwin)
    import Darwin
#endif

/// About how many different things were added, in 1,024 bytes: standard error 1.04 / √1024, which is 3.3 in a hundred.
///
/// Flajolet, Fusy, Gandouet and Meunier, "HyperLogLog" (2007), with linear counting for small numbers; 64-bit hashes need no
/// correction for large ones.
struct HyperLogLog: Hashable, Sendable {
    static let registerCount = 1_024
    private(set) var registers: [UInt8]

    init() { registers = [UInt8](repeating: 0, count: Self.registerCount) }

    /// Nil unless there are 1,024 registers of at most 55 (54 hash bits are left after the register's number).
    init?(registers: [UInt8]) {
        guard registers.count == Self.registerCount, registers.allSatisfy({ $0 <= 55 }) else { return nil }
        self.registers = registers
    }

    mutating func add(_ hash: UInt64) {
        let register = Int(hash & UInt64(Self.registerCount - 1))
        let rank = UInt8(((hash >> 10) | 1 << 54).trailingZeroBitCount + 1)
        if rank > registers[register] { registers[register] = rank }
    }

    mutating func merge(_ other: HyperLogLog) {
        for index in registers.indices where other.registers[index] > registers[index] {
            registers[index] = other.registers[index]
        }
    }

    var estimate: Double {
        let count = Double(Self.registerCount)
        var (sum, empty) = (0.0, 0.0)
        for register in registers {
            sum += 1 / Double(UInt64(1) << UInt64(register))
            if register == 0 { empty += 1 }
        }
        let raw = 0.7213 / (1 + 1.079 / count) * count * count / sum
        return raw <= 2.5 * count && empty > 0 ? count * log(count / empty) : raw
    }
}
