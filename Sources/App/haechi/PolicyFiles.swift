// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Logging
import Policies

/// Finds and reads policy files; a bad file is explained, and nothing is loaded.
enum PolicyFiles {
    /// A file that cannot be read, or none at all.
    struct Unreadable: Error {
        let message: String
    }

    static func load(_ paths: [String]) throws -> PolicySet {
        let files: [(path: String, text: String)]
        do {
            files = try read(paths)
        } catch {
            Terminal.complain([error.message])
            throw ExitCode(66)  // EX_NOINPUT
        }
        do {
            return try compile(files)
        } catch {
            Terminal.complain([error.diagnostics.map(\.rendering).joined(separator: "\n\n")])
            throw ExitCode(65)  // EX_DATAERR
        }
    }

    /// Reads and checks policies, with the lists that lie beside them.
    static func compile(_ files: [(path: String, text: String)]) throws(PolicyError) -> PolicySet {
        var lists: Set<String> = []
        return try compile(files, lists: &lists)
    }

    /// Reads and checks policies, and tells which lists they name.
    ///
    /// - Parameter lists: the paths of these lists, of those too that are not there.
    static func compile(
        _ files: [(path: String, text: String)], lists: inout Set<String>
    ) throws(PolicyError) -> PolicySet {
        var asked: Set<String> = []
        defer { lists = asked }
        return try PolicySet.load(
            files: files, now: Date(),
            readList: { path in
                asked.insert(path)
                return try? String(contentsOfFile: path, encoding: .utf8)
            })
    }

    /// The policies of `policies.path`. Nothing set and no such folder: no rules, said aloud, since reports and people still work.
    static func loadForServing(_ settings: Settings, logger: Logger) throws -> PolicySet {
        let path = settings.text("policies.path")
        if settings.origins["policies.path"] == nil, !FileManager.default.fileExists(atPath: path) {
            logger.warning("no folder 'Policies' here and policies.path is not set: no rule will act")
            return try PolicySet.load(files: [])
        }
        let policies = try load([path])
        for warning in policies.warnings { logger.warning("\(warning)") }
        logger.info("policies read", metadata: ["rules": "\(policies.ruleCount)", "version": "\(policies.version)"])
        return policies
    }

    /// All policy files at these places with their texts.
    static func read(_ paths: [String]) throws(Unreadable) -> [(path: String, text: String)] {
        var files: [(path: String, text: String)] = []
        for path in paths {
            for file in try yamlFiles(at: path) {
                guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                    throw Unreadable(message: "\(file): cannot be read as UTF-8 text")
                }
                files.append((file, text))
            }
        }
        return files
    }

    /// Changes whenever a policy file, or a list beside it, appears, goes, or is written; cheap to ask for.
    static func mark(of paths: [String]) -> String {
        var lines: [String] = []
        for file in everything(at: paths) {
            let facts = try? FileManager.default.attributesOfItem(atPath: URL(filePath: file).resolvingSymlinksInPath().path)
            let time = (facts?[.modificationDate] as? Date)?.timeIntervalSince1970 ?? 0
            lines.append("\(file) \(facts?[.size] ?? 0) \(time) \(facts?[.systemFileNumber] ?? 0)")
        }
        return lines.joined(separator: "\n")
    }

    /// The same for the same content, whatever was written when.
    static func digest(of paths: [String]) -> String {
        var bytes: [UInt8] = []
        for file in everything(at: paths) {
            let content = FileManager.default.contents(atPath: file).map(Array.init) ?? []
            bytes += Array("\(file) \(content.count)\n".utf8) + content
        }
        return Digest.sha256(bytes)
    }

    /// The files of all these places, each once.
    private static func everything(at paths: [String]) -> [String] {
        var seen: Set<String> = []
        return paths.flatMap(everything).filter { seen.insert($0).inserted }
    }

    /// Every file below a path, but those that begin with a dot.
    private static func everything(at path: String) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else { return [] }
        guard isFolder.boolValue else { return [path] }
        let names =
            FileManager.default.enumerator(atPath: URL(filePath: path).resolvingSymlinksInPath().path)?
            .compactMap { $0 as? String } ?? []
        return names.filter { !$0.split(separator: "/").contains { $0.hasPrefix(".") } }.sorted().map { "\(path)/\($0)" }
            .filter { file in
                var isFolder: ObjCBool = false
                return FileManager.default.fileExists(atPath: file, isDirectory: &isFolder) && !isFolder.boolValue
            }
    }

    private static func yamlFiles(at path: String) throws(Unreadable) -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            throw Unreadable(message: "\(path): there is no such file or folder; policies.path says where policies are")
        }
        guard isFolder.boolValue else { return [path] }
        let names =
            FileManager.default.enumerator(atPath: URL(filePath: path).resolvingSymlinksInPath().path)?.compactMap {
                $0 as? String
            } ?? []
        return names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().map { "\(path)/\($0)" }
    }
}
