// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import CryptoExtras
import Foundation
import NIOPosix

/// Turns passwords into `scrypt$N$r$p$salt$hash` (base64) and checks them; off the cooperative pool, since one takes 0.1 s of a core.
package struct PasswordHasher: Sendable {
    /// N, a power of two: memory is 128 * N * r bytes.
    package var rounds: Int
    package var blockSize: Int
    package var parallelism: Int

    package init(rounds: Int = 1 << 15, blockSize: Int = 8, parallelism: Int = 1) {
        self.rounds = rounds
        self.blockSize = blockSize
        self.parallelism = parallelism
    }

    /// The longest password, in UTF-8 bytes, that is hashed.
    package static let longest = 1024

    /// Hashes a new password with a fresh salt.
    package func hash(_ password: String) async throws -> String {
        let salt = Secret.bytes(16)
        let (rounds, blockSize, parallelism) = (rounds, blockSize, parallelism)
        return try await NIOThreadPool.singleton.runIfActive {
            let hash = try Self.derive(password, salt: salt, rounds: rounds, blockSize: blockSize, parallelism: parallelism)
            let fields = [Data(salt), Data(hash)].map { $0.base64EncodedString() }
            return "scrypt$\(rounds)$\(blockSize)$\(parallelism)$\(fields[0])$\(fields[1])"
        }
    }

    /// Whether a password belongs to a stored hash; false after as much work when there is no (readable) hash, so that the
    /// time of the answer does not tell which names exist.
    package func verify(_ password: String, against stored: String?) async throws -> Bool {
        let known = stored.flatMap(Stored.init)
        let tried =
            known
            ?? Stored(
                rounds: rounds, blockSize: blockSize, parallelism: parallelism, salt: [UInt8](repeating: 0, count: 16), hash: [])
        let derived = try await NIOThreadPool.singleton.runIfActive {
            try Self.derive(
                password, salt: tried.salt, rounds: tried.rounds, blockSize: tried.blockSize, parallelism: tried.parallelism)
        }
        return known != nil && Secret.equal(derived, tried.hash)
    }

    private static func derive(
        _ password: String, salt: [UInt8], rounds: Int, blockSize: Int, parallelism: Int
    ) throws -> [UInt8] {
        // The library reads the address of the first byte, which an empty array has not; a log-in refuses empty passwords anyway.
        let bytes = password.isEmpty ? [0] : Array(password.precomposedStringWithCanonicalMapping.utf8.prefix(longest))
        let key = try KDF.Scrypt.deriveKey(
            from: bytes, salt: salt, outputByteCount: 32, rounds: rounds, blockSize: blockSize, parallelism: parallelism)
        return key.withUnsafeBytes { Array($0) }
    }

    private struct Stored: Sendable {
        var rounds, blockSize, parallelism: Int
        var salt, hash: [UInt8]

        init(rounds: Int, blockSize: Int, parallelism: Int, salt: [UInt8], hash: [UInt8]) {
            (self.rounds, self.blockSize, self.parallelism, self.salt, self.hash) = (rounds, blockSize, parallelism, salt, hash)
        }

        init?(_ text: String) {
            let fields = text.split(separator: "$", omittingEmptySubsequences: false).map(String.init)
            guard fields.count == 6, fields[0] == "scrypt",
                let rounds = Int(fields[1]), (2...(1 << 20)).contains(rounds), rounds & (rounds - 1) == 0,
                let blockSize = Int(fields[2]), (1...32).contains(blockSize),
                let parallelism = Int(fields[3]), (1...16).contains(parallelism),
                let salt = Data(base64Encoded: fields[4]), !salt.isEmpty,
                let hash = Data(base64Encoded: fields[5]), hash.count == 32
            else { return nil }
            self.init(rounds: rounds, blockSize: blockSize, parallelism: parallelism, salt: Array(salt), hash: Array(hash))
        }
    }
}

/// Random tokens and comparisons that take the same time whatever they find.
enum Secret {
    static func bytes(_ count: Int) -> [UInt8] {
        var generator = SystemRandomNumberGenerator()
        return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
    }

    /// 256 random bits as lower-case hexadecimal.
    static func token() -> String { hexadecimal(bytes(32)) }

    static func sha256(_ text: String) -> String { hexadecimal(Array(SHA256.hash(data: Array(text.utf8)))) }

    static func equal(_ a: String, _ b: String) -> Bool { equal(Array(a.utf8), Array(b.utf8)) }

    static func equal(_ a: [UInt8], _ b: [UInt8]) -> Bool {
        guard a.count == b.count else { return false }
        return zip(a, b).reduce(UInt8(0)) { $0 | ($1.0 ^ $1.1) } == 0
    }

    private static func hexadecimal(_ bytes: [UInt8]) -> String {
        let digits = Array("0123456789abcdef")
        return String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })
    }
}
