// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Logging
import Policies

/// Finds and reads policy files; a bad file is explained, and nothing is loaded.
enum PolicyFiles {
    static func load(_ paths: [String]) throws -> PolicySet {
        var files: [(path: String, text: String)] = []
        for path in paths {
            for file in try yamlFiles(at: path) {
                guard let text = try? String(contentsOfFile: file, encoding: .utf8) else {
                    Terminal.complain(["\(file): cannot be read as UTF-8 text"])
                    throw ExitCode(66)  // EX_NOINPUT
                }
                files.append((file, text))
            }
        }
        do {
            return try PolicySet.load(files: files)
        } catch {
            Terminal.complain(error.diagnostics.map(\.description))
            throw ExitCode(65)  // EX_DATAERR
        }
    }

    /// The policies of `policies.path`. Nothing set and no such folder: no rules, said aloud, since reports and people still work.
    static func loadForServing(_ settings: Settings, logger: Logger) throws -> PolicySet {
        let path = settings.text("policies.path")
        if settings.origins["policies.path"] == nil, !FileManager.default.fileExists(atPath: path) {
            logger.warning("no folder 'Policies' here and policies.path is not set: no rule will act")
            return try PolicySet.load(files: [])
        }
        let policies = try load([path])
        logger.info("policies read", metadata: ["rules": "\(policies.ruleCount)", "version": "\(policies.version)"])
        return policies
    }

    private static func yamlFiles(at path: String) throws -> [String] {
        var isFolder: ObjCBool = false
        guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
            Terminal.complain(["\(path): there is no such file or folder; policies.path says where policies are"])
            throw ExitCode(66)
        }
        guard isFolder.boolValue else { return [path] }
        let names =
            FileManager.default.enumerator(atPath: URL(filePath: path).resolvingSymlinksInPath().path)?.compactMap {
                $0 as? String
            } ?? []
        return names.filter { $0.hasSuffix(".yaml") || $0.hasSuffix(".yml") }.sorted().map { "\(path)/\($0)" }
    }
}
