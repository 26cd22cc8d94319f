// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto

import struct Foundation.Data

/// Check digits: what tells a number or an address that somebody gave out from one that only looks like it.
enum Checks {
    /// ISO/IEC 7812, of payment cards.
    static func luhn(_ digits: [UInt8]) -> Bool {
        var sum = 0
        for (place, digit) in digits.reversed().enumerated() {
            let value = Int(digit) * (place % 2 == 1 ? 2 : 1)
            sum += value > 9 ? value - 9 : value
        }
        return sum % 10 == 0
    }

    /// A Korean resident registration number as it was given out until October 2020: its last digit is a sum of the others. Numbers
    /// given out since then end in chance.
    /// - Parameter digits: 13.
    static func residentNumber(_ digits: [UInt8]) -> Bool {
        let weights = [2, 3, 4, 5, 6, 7, 8, 9, 2, 3, 4, 5]
        let sum = zip(digits, weights).reduce(0) { $0 + Int($1.0) * $1.1 }
        // Numbers of foreigners are two further.
        let shift = (5...8).contains(digits[6]) ? 13 : 11
        return (shift - sum % 11) % 10 == Int(digits[12])
    }

    /// ISO 13616: the length of the country and mod 97.
    /// - Parameter text: capital letters and digits without spaces.
    static func iban(_ text: [UInt8]) -> Bool {
        guard text.count > 4, ibanLengths[String(decoding: text[..<2], as: UTF8.self)] == text.count,
            text[2].isASCIIDigit, text[3].isASCIIDigit
        else { return false }
        var remainder = 0
        for byte in text[4...] + text[..<4] {
            let value = byte.isASCIIDigit ? Int(byte - 48) : Int(byte) - 55
            remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97
        }
        return remainder == 1
    }

    private static let ibanLengths: [String: Int] = [
        "AD": 24, "AE": 23, "AL": 28, "AT": 20, "AZ": 28, "BA": 20, "BE": 16, "BG": 22, "BH": 22, "BR": 29, "BY": 28, "CH": 21,
        "CR": 22, "CY": 28, "CZ": 24, "DE": 22, "DK": 18, "DO": 28, "EE": 20, "EG": 29, "ES": 24, "FI": 18, "FO": 18, "FR": 27,
        "GB": 22, "GE": 22, "GI": 23, "GL": 18, "GR": 27, "GT": 28, "HR": 21, "HU": 28, "IE": 22, "IL": 23, "IQ": 23, "IS": 26,
        "IT": 27, "JO": 30, "KW": 30, "KZ": 20, "LB": 28, "LC": 32, "LI": 21, "LT": 20, "LU": 20, "LV": 21, "MC": 27, "MD": 24,
        "ME": 22, "MK": 19, "MR": 27, "MT": 31, "MU": 30, "NL": 18, "NO": 15, "PK": 24, "PL": 28, "PS": 29, "PT": 25, "QA": 29,
        "RO": 24, "RS": 22, "SA": 24, "SC": 31, "SE": 24, "SI": 19, "SK": 24, "SM": 27, "ST": 25, "SV": 28, "TL": 23, "TN": 24,
        "TR": 26, "UA": 29, "VA": 22, "VG": 24, "XK": 20,
    ]

    /// The payload of Base58Check with its version byte; nil if the check does not hold.
    static func base58Check(_ text: some Collection<UInt8>) -> [UInt8]? {
        var number: [UInt8] = []
        for byte in text {
            guard let digit = base58.firstIndex(of: byte) else { return nil }
            var carry = digit
            for place in number.indices {
                carry += Int(number[place]) * 58
                number[place] = UInt8(truncatingIfNeeded: carry)
                carry >>= 8
            }
            while carry > 0 {
                number.append(UInt8(truncatingIfNeeded: carry))
                carry >>= 8
            }
        }
        let zeros = text.prefix { $0 == UInt8(ascii: "1") }.count
        let bytes = [UInt8](repeating: 0, count: zeros) + number.reversed()
        guard bytes.count == 25 else { return nil }
        let payload = Array(bytes.dropLast(4))
        let check = SHA256.hash(data: Data(SHA256.hash(data: payload))).prefix(4)
        return check.elementsEqual(bytes.suffix(4)) ? payload : nil
    }

    private static let base58 = Array("123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz".utf8)

    /// BIP 173 and 350: an address of Bitcoin's own network. Version 0 is checked by Bech32, later ones by Bech32m.
    /// - Parameter text: all in one case.
    static func bitcoinWitness(_ text: some Collection<UInt8>) -> Bool {
        let lower = text.map { $0 | 0x20 }
        guard lower.starts(with: "bc1".utf8), (14...74).contains(lower.count) else { return false }
        var check: UInt32 = 1
        var values: [Int] = []
        for value in [3, 3, 0, 2, 3] { step(&check, value) }
        for byte in lower.dropFirst(3) {
            // Digits have bit 0x20 set anyway.
            guard let value = bech32.firstIndex(of: byte) else { return false }
            values.append(value)
            step(&check, value)
        }
        guard let version = values.first, version <= 16 else { return false }
        let program = (values.count - 7) * 5 / 8
        guard version == 0 ? program == 20 || program == 32 : (2...40).contains(program) else { return false }
        return check == (version == 0 ? 1 : 0x2bc8_30a3)
    }

    private static func step(_ check: inout UInt32, _ value: Int) {
        let top = check >> 25
        check = (check & 0x1ff_ffff) << 5 ^ UInt32(value)
        for (bit, term) in generators.enumerated()
        where top >> UInt32(bit) & 1 == 1 {
            check ^= term
        }
    }

    private static let generators: [UInt32] = [0x3b6a_57b2, 0x2650_8e6d, 0x1ea1_19fa, 0x3d42_33dd, 0x2a14_62b3]

    private static let bech32 = Array("qpzry9x8gf2tvdw0s3jn54khce6mua7l".utf8)

    /// ERC-55: where an address mixes cases, its capitals are a check of it. All in one case has none.
    /// - Parameter digits: the 40 hexadecimal digits.
    static func ethereum(_ digits: [UInt8]) -> Bool {
        let hasCapitals = digits.contains { (0x41...0x46).contains($0) }
        let hasSmall = digits.contains { (0x61...0x66).contains($0) }
        guard hasCapitals, hasSmall else { return true }
        let hash = Keccak256.hash(digits.map { $0 | 0x20 })
        return digits.enumerated().allSatisfy { place, digit in
            let nibble = place % 2 == 0 ? hash[place / 2] >> 4 : hash[place / 2] & 15
            return digit < 0x40 || (nibble > 7) == (digit < 0x60)
        }
    }
}

extension UInt8 {
    @inline(__always) var isASCIIDigit: Bool { self &- 0x30 < 10 }
    @inline(__always) var isASCIILetter: Bool { (self | 0x20) &- 0x61 < 26 }
    @inline(__always) var isASCIIWord: Bool { isASCIIDigit || isASCIILetter || self == 0x5F }
}
