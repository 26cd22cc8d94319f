// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
import Synchronization

/// Published test data, which lies outside the repository: in `shared` beside it or where HAECHI_SHARED points.
package struct PublishedVectors: Sendable {
    /// HAECHI_SHARED promised what is not there.
    package struct Missing: Error, Equatable, CustomStringConvertible {
        package var description: String
    }

    /// As the tests are started.
    package static let here = PublishedVectors(shared: ProcessInfo.processInfo.environment["HAECHI_SHARED"]) { line in
        FileHandle.standardError.write(Data((line + "\n").utf8))
    }

    private static let repository = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent()
    /// What was told already.
    private static let told = Mutex<Set<String>>([])

    private let promised: String?
    private let beside: URL
    private let say: @Sendable (String) -> Void

    /// - Parameters:
    ///   - shared: HAECHI_SHARED; nothing where it is not set.
    ///   - say: told, once for each name, what is absent: a test without its data has compared nothing, and nobody shall take that for
    ///     a pass.
    package init(shared: String?, beside: URL? = nil, say: @escaping @Sendable (String) -> Void) {
        promised = shared.flatMap { $0.isEmpty ? nil : $0 }
        self.beside = beside ?? Self.repository.deletingLastPathComponent().appending(path: "shared")
        self.say = say
    }

    /// The folder `vectors/NAME`; nil where it is absent, unless HAECHI_SHARED promised it.
    package func folder(_ name: String) throws(Missing) -> URL? {
        let folder = (promised.map { URL(filePath: $0) } ?? beside).appending(path: "vectors/\(name)")
        var isFolder: ObjCBool = false
        if FileManager.default.fileExists(atPath: folder.path, isDirectory: &isFolder), isFolder.boolValue { return folder }
        if let promised { throw Missing(description: "HAECHI_SHARED is \(promised), but there is no folder \(folder.path)") }
        let isNew = Self.told.withLock { $0.insert(folder.path).inserted }
        if isNew { say("not compared: vectors/\(name) is not beside the repository (HAECHI_SHARED names its folder)") }
        return nil
    }
}
