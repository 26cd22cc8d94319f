// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A path of the homeserver's APIs, and whose token opens it.
struct MatrixPath: Hashable, Sendable {
    enum Credential: Hashable, Sendable { case bot, admin }

    var credential: Credential
    var path: String

    static func client(_ components: String...) -> MatrixPath { .init(.bot, "/_matrix/client/v3", components) }
    static func download(_ address: MatrixMediaAddress, as credential: Credential = .bot) -> MatrixPath {
        .init(credential, "/_matrix/client/v1/media/download", [address.server, address.id])
    }
    static func admin(_ components: String...) -> MatrixPath { .init(.admin, "/_synapse/admin/v1", components) }
    static func adminV2(_ components: String...) -> MatrixPath { .init(.admin, "/_synapse/admin/v2", components) }

    private init(_ credential: Credential, _ prefix: String, _ components: [String]) {
        self.credential = credential
        path = components.reduce(prefix) { $0 + "/" + Self.encode($1) }
    }

    /// Everything but unreserved characters is percent-encoded, so an id can never become another path.
    static func encode(_ component: String) -> String {
        // A dot alone would be read as "this folder" or "the folder above".
        if component.allSatisfy({ $0 == "." }) { return String(repeating: "%2E", count: component.count) }
        var encoded = ""
        for byte in component.utf8 {
            let character = Unicode.Scalar(byte)
            switch character {
            case "a"..."z", "A"..."Z", "0"..."9", "-", ".", "_", "~": encoded.unicodeScalars.append(character)
            default: encoded += "%" + (byte < 16 ? "0" : "") + String(byte, radix: 16, uppercase: true)
            }
        }
        return encoded
    }
}

/// An `mxc://server/id` address that is safe to ask for.
struct MatrixMediaAddress: Hashable, Sendable {
    var server: String
    var id: String

    init?(_ text: String) {
        guard text.utf8.count <= 512, text.hasPrefix("mxc://") else { return nil }
        let parts = text.dropFirst(6).split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 2, Self.isServer(parts[0]), Self.isID(parts[1]) else { return nil }
        server = String(parts[0])
        id = String(parts[1])
    }

    private static func isServer(_ text: Substring) -> Bool {
        guard let first = text.utf8.first, isWord(first) || first == UInt8(ascii: "[") else { return false }
        return text.utf8.allSatisfy(isServerByte)
    }

    private static func isID(_ text: Substring) -> Bool {
        !text.isEmpty && text.utf8.allSatisfy(isIDByte)
    }

    static func isServerByte(_ byte: UInt8) -> Bool { isWord(byte) || ".:[]-".utf8.contains(byte) }

    static func isIDByte(_ byte: UInt8) -> Bool { isWord(byte) || "-_".utf8.contains(byte) }

    private static func isWord(_ byte: UInt8) -> Bool {
        switch Unicode.Scalar(byte) {
        case "a"..."z", "A"..."Z", "0"..."9": true
        default: false
        }
    }
}
