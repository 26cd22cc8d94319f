// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import Testing

@testable import CEL

@Suite("Addresses are read and written as the system does it, and strictly")
struct IPAddressTests {
    @Test("a random address survives being written and read", arguments: ExtensionRandom.seeds)
    func roundTrip(seed: UInt64) throws {
        var random = ExtensionRandom(seed: seed)
        for _ in 0..<2_000 {
            let four = IPAddress(v4: UInt32.random(in: 0 ... .max, using: &random))
            #expect(IPAddress(four.description) == four)
            // Groups of zeros make the shortening work.
            let mask = (0..<8).reduce(UInt128(0)) { mask, _ in mask << 16 | (Bool.random(using: &random) ? 0xFFFF : 0) }
            let six = IPAddress(v6: UInt128.random(in: 0 ... .max, using: &random) & mask)
            #expect(IPAddress(six.description) == six)
            if six.family == .v6, six.number >> 32 != 0 { #expect(system(six.description)?.text == six.description) }
            let length = Int.random(in: 0...six.bitCount, using: &random)
            let range = try #require(IPRange(six, prefixLength: length))
            #expect(IPRange(range.description) == range)
            #expect(range.contains(six) && range.contains(range.masked) && range.masked.contains(range))
        }
    }

    @Test("what is an address and what is none, and which one", arguments: ExtensionRandom.seeds)
    func mutations(seed: UInt64) {
        var random = ExtensionRandom(seed: seed)
        let starts = [
            "192.0.2.1", "2001:db8::68", "::", "::1", "fe80::1:2", "1:2:3:4:5:6:7:8", "64:ff9b::192.0.2.33",
            "1:2:3:4:5:6:1.2.3.4",
        ]
        let pieces = Array(":.0123456789abcdefABCDEFg% ".utf8)
        for _ in 0..<5_000 {
            var text = Array((starts.randomElement(using: &random) ?? "::").utf8)
            for _ in 0..<Int.random(in: 0...3, using: &random) {
                let place = Int.random(in: 0...text.count, using: &random)
                switch Int.random(in: 0..<3, using: &random) {
                case 0 where place < text.count: text.remove(at: place)
                case 1 where place < text.count: text[place] = pieces.randomElement(using: &random) ?? 0
                default: text.insert(pieces.randomElement(using: &random) ?? 0, at: place)
                }
            }
            let written = String(decoding: text, as: UTF8.self)
            let expected = system(written)
            let isMapped = expected.map { $0.family == .v6 && $0.number >> 32 == 0xFFFF } ?? false
            if isMapped {
                #expect((IPAddress(written) == nil) == written.contains("."))
            } else {
                #expect(IPAddress(written)?.number == expected?.number, "\(written)")
                #expect(IPAddress(written)?.family == expected?.family, "\(written)")
            }
        }
    }

    @Test(
        "ranges that are none",
        arguments: [
            "192.0.2.0", "192.0.2.0/", "192.0.2.0/33", "192.0.2.0/-1", "192.0.2.0/+1", "192.0.2.0/01", "192.0.2.0/1/1", "/24",
            "2001:db8::/129", "fe80::1%en0/24", "::ffff:c0a8:0/120", "192.0.2.0/ 1", "192.0.2.0/0000024",
        ])
    func refusesRange(text: String) { #expect(IPRange(text) == nil) }

    @Test("an address that is mapped into version 6 is the address of version 4, so no range misses it")
    func mapped() throws {
        let address = try #require(IPAddress("::ffff:c000:201"))
        #expect(address.description == "192.0.2.1")
        #expect(try #require(IPRange("192.0.2.0/24")).contains(address))
        #expect(IPAddress("0:0:0:0:0:ffff:192.0.2.1") == nil)
    }

    private func system(_ text: String) -> (family: IPAddress.Family, number: UInt128, text: String)? {
        var four = in_addr()
        if inet_pton(AF_INET, text, &four) == 1 { return (.v4, UInt128(UInt32(bigEndian: four.s_addr)), text) }
        var six = in6_addr()
        guard inet_pton(AF_INET6, text, &six) == 1 else { return nil }
        let number = withUnsafeBytes(of: six) { $0.reduce(UInt128(0)) { $0 << 8 | UInt128($1) } }
        var buffer = [CChar](repeating: 0, count: Int(INET6_ADDRSTRLEN))
        inet_ntop(AF_INET6, &six, &buffer, socklen_t(buffer.count))
        let written = String(decoding: buffer.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
        return (.v6, number, written)
    }
}
