// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import PerceptualHashing
import Synchronization

/// The index of the banks: one for PDQ hashes, one for digests of files, and the names that their numbers stand for.
///
/// In a directory it is one generation, a folder with a number. Another is built beside it while it goes on answering, and it
/// is deleted when nobody asks it any more.
final class IndexFiles: Sendable {
    let pdq: HashIndex
    /// SHA-256 as 256 bits; MD5 followed by zeros, which no SHA-256 is.
    let exact: HashIndex
    private let folder: String?
    private let written: Mutex<IndexNames>

    /// What is on disk.
    var names: IndexNames { written.withLock { $0 } }
    var count: Int { pdq.index.count + exact.index.count }
    /// All changes of the store up to here are in it.
    var revision: Int64 { Int64(clamping: min(pdq.index.tag, exact.index.tag)) }
    /// What was found to be wrong with the files since they were opened.
    var damage: HammingIndexError? { pdq.index.damage ?? exact.index.damage }
    /// Some change of the store up to here is in it.
    var latestRevision: Int64 { Int64(clamping: max(pdq.index.tag, exact.index.tag)) }

    private init(pdq: HammingIndex, exact: HammingIndex, names: IndexNames, folder: String?) {
        self.pdq = HashIndex(pdq)
        self.exact = HashIndex(exact)
        self.written = Mutex(names)
        self.folder = folder
    }

    static func inMemory() -> IndexFiles {
        IndexFiles(pdq: .inMemory(), exact: .inMemory(), names: IndexNames(), folder: nil)
    }

    /// Opens the newest generation in a directory; nil when there is none.
    /// - Throws: `BankIndexError` when it must be built anew.
    static func newest(in directory: String) throws -> IndexFiles? {
        guard let number = generations(in: directory).last else { return nil }
        let folder = "\(directory)/\(number)"
        do {
            return try open(folder, names: IndexNames(file: folder + "/names.json"))
        } catch let error as HammingIndexError {
            // Only damage is a reason to begin anew: a full disk or another process that uses the files is not.
            guard case .damaged = error else { throw error }
            throw BankIndexError.damaged("\(error)")
        }
    }

    /// Begins the next generation; it is empty.
    static func next(in directory: String) throws -> IndexFiles {
        let folder = "\(directory)/\((generations(in: directory).last ?? 0) + 1)"
        try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
        try IndexNames().write(to: folder + "/names.json")
        return try open(folder, names: IndexNames())
    }

    private static func open(_ folder: String, names: IndexNames) throws -> IndexFiles {
        IndexFiles(
            pdq: try .open(at: folder + "/pdq"), exact: try .open(at: folder + "/exact"), names: names, folder: folder)
    }

    /// Deletes the generations before this one.
    func deleteOthers(in directory: String) {
        for number in Self.generations(in: directory) where "\(directory)/\(number)" != folder {
            try? FileManager.default.removeItem(atPath: "\(directory)/\(number)")
        }
    }

    /// Lets go of the files; who still searches may finish.
    func close() {
        pdq.index.close()
        exact.index.close()
    }

    /// Keeps names, durably, before numbers for them are used.
    func keep(_ names: IndexNames) throws {
        guard names != self.names else { return }
        if let folder { try names.write(to: folder + "/names.json") }
        written.withLock { $0 = names }
    }

    private static func generations(in directory: String) -> [Int] {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: directory)) ?? []
        return names.compactMap { Int($0) }.filter { $0 > 0 }.sorted()
    }
}
