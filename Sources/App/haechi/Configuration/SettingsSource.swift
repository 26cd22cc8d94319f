// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Configuration
import Foundation
import SystemPackage
import Yams

/// The three places settings come from, flags first, then environment, then file, with what is needed to say where a value stands.
struct SettingsSource {
    /// Environment variables that belong to tools and tests, not to the configuration.
    private static let otherVariables: Set<String> = [
        "HAECHI_MEDIA_WORKER", "HAECHI_SHARED", "HAECHI_BIN", "HAECHI_VENV", "HAECHI_SCRATCH", "HAECHI_CONFIG",
        "HAECHI_URL", "HAECHI_TOKEN", "HAECHI_SEED", "HAECHI_SCHEMATHESIS_EXAMPLES", "HAECHI_NATIVE",
    ]

    let reader: ConfigReader
    private let flags: Set<String>
    private let environment: Set<String>
    /// Key to line of the file.
    private let file: [String: Int]
    private let path: String?
    /// Keys that nobody knows.
    let problems: [String]

    init(file path: String?, environment: [String: String], flags: [String: String]) async throws {
        var problems: [String] = []
        var providers: [any ConfigProvider] = []

        self.flags = Set(flags.keys)
        for key in flags.keys.sorted() where !Setting.acceptedKeys.contains(key) {
            problems.append("--set \(key): there is no such key\(Self.hint(key))")
        }
        // Read as variables are: arguments would take a comma for the end of a value.
        let asVariables = flags.map { (Self.variable($0.key), $0.value) }
        providers.append(
            EnvironmentVariablesProvider(environmentVariables: Dictionary(asVariables, uniquingKeysWith: { a, _ in a }))
                .prefixKeys(with: "haechi"))

        let known = Dictionary(Setting.acceptedKeys.map { (Self.variable($0), $0) }, uniquingKeysWith: { a, _ in a })
        let ours = environment.filter { $0.key.hasPrefix("HAECHI_") && !$0.key.hasPrefix("HAECHI_TEST_") }
            .filter { !Self.otherVariables.contains($0.key) }
        for name in ours.keys.sorted() where known[name] == nil {
            problems.append("environment \(name): there is no such key; `haechi config keys` lists them")
        }
        self.environment = Set(ours.keys.compactMap { known[$0] })
        providers.append(EnvironmentVariablesProvider(environmentVariables: ours).prefixKeys(with: "haechi"))

        self.path = path
        if let path {
            let keys = try Self.keys(ofFile: path)
            for (key, line) in keys.sorted(by: { $0.value < $1.value }) where !Setting.acceptedKeys.contains(key) {
                problems.append("\(path):\(line): there is no key '\(key)'\(Self.hint(key))")
            }
            self.file = keys
            if !keys.isEmpty {
                do { providers.append(try await FileProvider<YAMLSnapshot>(filePath: FilePath(path))) } catch {
                    throw SettingsError(problems: ["\(path): expected keys and values as in docs/configuration.md: \(error)"])
                }
            }
        } else {
            self.file = [:]
        }
        self.reader = ConfigReader(providers: providers)
        self.problems = problems
    }

    /// Where a key is set, for people; nil when it is not.
    func origin(of key: String) -> String? {
        if flags.contains(key) { return "--set \(key)" }
        if environment.contains(key) { return "environment \(Self.variable(key))" }
        if let line = file[key] { return "\(path ?? ""):\(line): \(key)" }
        return nil
    }

    private static func variable(_ key: String) -> String { "HAECHI_" + key.uppercased().replacing(".", with: "_") }

    private static func hint(_ key: String) -> String {
        let nearest = Setting.acceptedKeys.min { distance($0, key) < distance($1, key) }
        guard let nearest, distance(nearest, key) <= 3 else { return "; `haechi config keys` lists them" }
        return "; did you mean '\(nearest)'?"
    }

    /// Levenshtein's distance; keys are short.
    private static func distance(_ a: String, _ b: String) -> Int {
        let (a, b) = (Array(a.utf8), Array(b.utf8))
        var row = Array(0...b.count)
        for (i, x) in a.enumerated() {
            var diagonal = row[0]
            row[0] = i + 1
            for (j, y) in b.enumerated() {
                let next = min(row[j] + 1, row[j + 1] + 1, diagonal + (x == y ? 0 : 1))
                diagonal = row[j + 1]
                row[j + 1] = next
            }
        }
        return row[b.count]
    }

    /// Dotted keys of a YAML file with their lines.
    private static func keys(ofFile path: String) throws -> [String: Int] {
        let text: String
        do { text = try String(contentsOfFile: path, encoding: .utf8) } catch {
            throw SettingsError(problems: ["\(path): cannot be read; expected a YAML file"])
        }
        do {
            var keys: [String: Int] = [:]
            guard let root = try Yams.compose(yaml: text) else { return keys }
            guard root.mapping != nil else {
                if root.scalar?.string.isEmpty == true { return keys }
                throw SettingsError(problems: [
                    "\(path):\(root.mark?.line ?? 1): expected keys and values, such as 'http: { port: 8080 }'"
                ])
            }
            collect(root, under: [], into: &keys)
            return keys
        } catch let error as SettingsError {
            throw error
        } catch {
            throw SettingsError(problems: ["\(path): not valid YAML: \(error)"])
        }
    }

    private static func collect(_ node: Yams.Node, under path: [String], into keys: inout [String: Int]) {
        guard let mapping = node.mapping else {
            keys[path.joined(separator: ".")] = node.mark?.line ?? 1
            return
        }
        for (key, value) in mapping {
            let name = path + [key.string ?? "?"]
            if value.mapping == nil {
                keys[name.joined(separator: ".")] = key.mark?.line ?? 1
            } else {
                collect(value, under: name, into: &keys)
            }
        }
    }
}

/// All problems of a configuration at once.
struct SettingsError: Error, CustomStringConvertible {
    let problems: [String]

    var description: String { problems.joined(separator: "\n") }
}
