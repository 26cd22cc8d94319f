// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Crypto
import Foundation

/// The file of a model's weights, which is used only if it is the very file that the manifest means.
enum WeightsFile {
    /// Larger files are not looked at: they would not fit into the memory of a boxed process.
    static let largest: UInt64 = 2 << 30

    /// Why the file cannot be used; nil when it can. It is read once from end to end.
    static func problem(of path: String, sha256 wanted: String) -> String? {
        guard
            let attributes = try? FileManager.default.attributesOfItem(atPath: URL(filePath: path).resolvingSymlinksInPath().path)
        else { return "its file is not here: \(path)" }
        guard attributes[.type] as? FileAttributeType == .typeRegular else { return "its file is no file: \(path)" }
        let size = (attributes[.size] as? NSNumber)?.uint64Value ?? 0
        guard size <= largest else { return "its file has \(size) bytes, more than \(largest)" }
        guard let handle = FileHandle(forReadingAtPath: path) else { return "its file cannot be read: \(path)" }
        defer { try? handle.close() }
        var hash = SHA256()
        var read: UInt64 = 0
        do {
            while let part = try handle.read(upToCount: 1 << 20), !part.isEmpty {
                read += UInt64(part.count)
                guard read <= largest else { return "its file grows while it is read" }
                hash.update(data: part)
            }
        } catch {
            return "its file cannot be read: \(path)"
        }
        let found = hash.finalize().map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
        return found == wanted ? nil : "its file has another SHA-256 than the manifest says: \(found.prefix(12))…"
    }
}
