// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// Files of conformance tests: a JSON object with a list `tests`.
package enum ConformanceFiles {
    package struct Problem: Error, Sendable, CustomStringConvertible {
        package let description: String
    }

    /// All tests of the files, and of the files ending in `.json` in the folders, in the order of their names.
    package static func tests(in paths: [String]) throws(Problem) -> [ConformanceTest] {
        var tests: [ConformanceTest] = []
        for path in try files(paths) { tests += try read(path) }
        return tests
    }

    private static func files(_ paths: [String]) throws(Problem) -> [String] {
        var files: [String] = []
        for path in paths {
            var isFolder: ObjCBool = false
            guard FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) else {
                throw Problem(description: "\(path): there is no such file or folder")
            }
            guard isFolder.boolValue else {
                files.append(path)
                continue
            }
            guard let names = try? FileManager.default.contentsOfDirectory(atPath: path) else {
                throw Problem(description: "\(path): the folder cannot be read")
            }
            let found = names.filter { $0.hasSuffix(".json") }.sorted()
            guard !found.isEmpty else { throw Problem(description: "\(path): there is no .json file in the folder") }
            files += found.map { path.hasSuffix("/") ? path + $0 : path + "/" + $0 }
        }
        return files
    }

    private static func read(_ path: String) throws(Problem) -> [ConformanceTest] {
        guard let data = FileManager.default.contents(atPath: path) else {
            throw Problem(description: "\(path): the file cannot be read")
        }
        let json: JSON
        do { json = try JSON.parse(Array(data)) } catch { throw Problem(description: "\(path): \(error)") }
        guard let tests = json["tests"]?.elements else {
            throw Problem(description: "\(path): this is no file of conformance tests: it has no list 'tests'")
        }
        let name = URL(filePath: path).deletingPathExtension().lastPathComponent
        var read: [ConformanceTest] = []
        for (index, test) in tests.enumerated() {
            do throws(TypedJSON.Problem) {
                read.append(try ConformanceTest(test, file: name))
            } catch {
                throw Problem(description: "\(path): test \(index + 1): \(error)")
            }
        }
        return read
    }
}
