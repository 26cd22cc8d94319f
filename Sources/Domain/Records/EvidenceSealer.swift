// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
package import Moderation

package import struct Foundation.Data
package import struct Foundation.Date

/// Seals bytes under a key of their own, and opens them again.
package enum EvidenceSealer {
    /// Encrypts with AES-256-GCM under a fresh key. Id, type and hash are bound in, so sealed bytes can't be passed off as others.
    package static func seal(
        _ bytes: [UInt8], type: String, id: EvidenceID, at: Date
    ) throws(EvidenceError) -> SealedEvidence {
        let sha256 = Hexadecimal.encode(SHA256.hash(data: bytes))
        let key = SymmetricKey(size: .bits256)
        let label = label(id: id, type: type, sha256: sha256)
        // `combined` is nil only for nonces of an unusual length.
        guard let sealed = try? AES.GCM.seal(bytes, using: key, authenticating: label).combined else { throw .notSealed(id) }
        return SealedEvidence(
            id: id, sha256: sha256, type: type, size: bytes.count, sealed: Array(sealed),
            key: key.withUnsafeBytes { Array($0) }, sealedAt: at)
    }

    /// The plain bytes; throws when anything was altered or the key is another's.
    package static func open(_ evidence: SealedEvidence) throws(EvidenceError) -> [UInt8] {
        let label = label(id: evidence.id, type: evidence.type, sha256: evidence.sha256)
        guard evidence.key.count == 32, let box = try? AES.GCM.SealedBox(combined: evidence.sealed),
            let plain = try? AES.GCM.open(box, using: SymmetricKey(data: evidence.key), authenticating: label)
        else { throw .altered(evidence.id) }
        let bytes = Array(plain)
        guard bytes.count == evidence.size, Hexadecimal.encode(SHA256.hash(data: bytes)) == evidence.sha256 else {
            throw .altered(evidence.id)
        }
        return bytes
    }

    private static func label(id: EvidenceID, type: String, sha256: String) -> Data {
        Data("haechi-evidence-1\n\(id)\n\(type)\n\(sha256)".utf8)
    }
}

package enum EvidenceError: Error, Hashable, Sendable {
    case notSealed(EvidenceID)
    /// The sealed bytes, their description or the key are not what was sealed.
    case altered(EvidenceID)

    package var message: String {
        switch self {
        case .notSealed(let id): "evidence \(id) could not be encrypted"
        case .altered(let id): "evidence \(id) can't be opened: its bytes, its description or its key were altered"
        }
    }
}
