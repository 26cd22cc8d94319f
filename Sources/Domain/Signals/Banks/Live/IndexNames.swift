// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// The numbers that stand for banks and sources in an index, kept beside its files.
///
/// A name keeps its number as long as the files live; a new one is written here, durably, before an entry uses it.
struct IndexNames: Sendable, Codable, Equatable {
    /// A fingerprint of the database that the index follows; another database has another one under this key, or none.
    struct Witness: Sendable, Codable, Equatable {
        var key: Int64
        var kind: Fingerprint.Kind
        var value: String
    }

    private(set) var banks: [String] = []
    private(set) var sources: [String] = []
    var witness: Witness?

    /// The number of a bank, which is made when there is none.
    mutating func bank(_ name: String) throws(BankIndexError) -> UInt16 { try Self.number(of: name, in: &banks) }
    mutating func source(_ name: String) throws(BankIndexError) -> UInt16 { try Self.number(of: name, in: &sources) }

    private static func number(of name: String, in names: inout [String]) throws(BankIndexError) -> UInt16 {
        if let place = names.firstIndex(of: name) { return UInt16(place) }
        guard names.count <= Int(UInt16.max) else { throw .tooManyNames }
        names.append(name)
        return UInt16(names.count - 1)
    }

    init() {}

    init(file: String) throws(BankIndexError) {
        do {
            self = try JSONDecoder().decode(Self.self, from: Data(contentsOf: URL(fileURLWithPath: file)))
        } catch {
            throw .damaged("\(file) cannot be read: \(error)")
        }
    }

    /// Durable on return; a process that is killed meanwhile leaves the old file.
    func write(to file: String) throws {
        let new = file + ".new"
        guard FileManager.default.createFile(atPath: new, contents: nil, attributes: [.posixPermissions: 0o600]),
            let handle = FileHandle(forWritingAtPath: new)
        else { throw BankIndexError.file(new) }
        defer { try? handle.close() }
        try handle.write(contentsOf: JSONEncoder().encode(self))
        try handle.synchronize()
        guard rename(new, file) == 0 else { throw BankIndexError.file(file) }
        // The new name must outlive a power cut as well.
        let folder = open(URL(fileURLWithPath: file).deletingLastPathComponent().path, O_RDONLY | O_DIRECTORY | O_CLOEXEC)
        guard folder >= 0 else { throw BankIndexError.file(file) }
        defer { close(folder) }
        guard fsync(folder) == 0 else { throw BankIndexError.file(file) }
    }
}

/// Why the index of the banks cannot be used.
package enum BankIndexError: Error, Hashable, Sendable {
    /// More than 65,536 banks or sources have been there since the index was built; building it anew makes room.
    case tooManyNames
    /// A file cannot be written.
    case file(String)
    /// Files that do not belong together.
    case damaged(String)
}
