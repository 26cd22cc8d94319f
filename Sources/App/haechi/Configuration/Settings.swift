// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Configuration
import Connectors
import Foundation
import MediaMarks

/// The configuration, read and checked.
struct Settings: Sendable {
    private var values: [String: String]
    /// Where each value that is not the default comes from.
    let origins: [String: String]

    /// - Throws: `SettingsError` with every problem: what, where, and what was expected.
    init(file: String?, environment: [String: String], flags: [String: String]) async throws {
        let source = try await SettingsSource(file: file, environment: environment, flags: flags)
        var problems = source.problems
        var values: [String: String] = [:]
        var origins: [String: String] = [:]
        for setting in Setting.all {
            do throws(SettingsError) {
                guard let (value, origin) = try Self.value(of: setting, in: source) else {
                    values[setting.key] = setting.standard
                    continue
                }
                values[setting.key] = value
                origins[setting.key] = origin
            } catch {
                problems += error.problems
            }
        }
        problems += Self.contradictions(in: values, origins: origins)
        guard problems.isEmpty else { throw SettingsError(problems: problems) }
        self.values = values
        self.origins = origins
    }

    subscript(key: String) -> String? { values[key] }

    func text(_ key: String) -> String { values[key] ?? "" }

    /// Of `auto`, what it comes to on this machine.
    func number(_ key: String) -> Int {
        if let number = Int(values[key] ?? "") { return number }
        let setting = Setting.all.first { $0.key == key }
        return setting?.automatic(processors: ProcessInfo.processInfo.activeProcessorCount) ?? 0
    }

    /// Networks of `fetch.allow_networks`.
    var networks: [String] { Self.networks(values["fetch.allow_networks"] ?? "") }

    /// NAME=TOKEN pairs.
    var apiTokens: [String: String] { Self.tokens(values["api.tokens"] ?? "").tokens }

    private static func value(
        of setting: Setting, in source: SettingsSource
    ) throws(SettingsError) -> (value: String, origin: String)? {
        if case .secret = setting.kind, let origin = source.origin(of: setting.key + Setting.fileSuffix) {
            return (try secretFile(setting, in: source, origin: origin), origin)
        }
        guard let origin = source.origin(of: setting.key) else { return nil }
        let key = ConfigKey(setting.key)
        let wrong = SettingsError(problems: ["\(origin): expected \(setting.expectation)"])
        switch setting.kind {
        case .text, .secret:
            guard let text = source.reader.string(forKey: key, isSecret: true), !text.isEmpty else { throw wrong }
            return (text, origin)
        case .number(let range):
            guard let number = source.reader.int(forKey: key), range.contains(number) else { throw wrong }
            return (String(number), origin)
        case .processes(let range, _):
            if let number = source.reader.int(forKey: key) {
                guard range.contains(number) else { throw wrong }
                return (String(number), origin)
            }
            guard let word = source.reader.string(forKey: key), ["", Setting.auto].contains(word) else { throw wrong }
            return (Setting.auto, origin)
        case .choice(let words):
            guard let word = source.reader.string(forKey: key), words.contains(word) else { throw wrong }
            return (word, origin)
        }
    }

    private static func secretFile(_ setting: Setting, in source: SettingsSource, origin: String) throws(SettingsError) -> String
    {
        let path = source.reader.string(forKey: ConfigKey(setting.key + Setting.fileSuffix)) ?? ""
        guard let text = try? String(contentsOfFile: path, encoding: .utf8) else {
            throw SettingsError(problems: ["\(origin): cannot read '\(path)'; expected a file that holds the secret"])
        }
        let secret = text.trimmingCharacters(in: .whitespacesAndNewlines)
        guard !secret.isEmpty else { throw SettingsError(problems: ["\(origin): '\(path)' is empty; expected the secret in it"]) }
        return secret
    }

    /// What the shape of a value alone does not tell, and values that are right alone but not together.
    private static func contradictions(in values: [String: String], origins: [String: String]) -> [String] {
        func at(_ key: String) -> String { origins[key] ?? key }
        var problems = tokens(values["api.tokens"] ?? "").problems.map { "\(at("api.tokens")): \($0)" }
        if values["matrix.homeserver_url"] != nil {
            for key in ["matrix.server_name", "matrix.bot_user_id", "matrix.as_token", "matrix.hs_token"] where values[key] == nil
            {
                problems.append("\(key): missing; matrix.homeserver_url is set, so it is needed")
            }
        }
        if values["webhook.url"] != nil, (values["webhook.secret"] ?? "").count < 16 {
            problems.append("\(at("webhook.secret")): missing or shorter than 16 characters; webhook.url is set, so it is needed")
        }
        if values["models.server_url"] != nil, modelNames(values["models.server_models"] ?? "").isEmpty {
            problems.append("models.server_models: missing; models.server_url is set, so it is needed")
        }
        if let text = values["models.server_models"], modelNames(text).count != text.split(separator: ",").count {
            problems.append("\(at("models.server_models")): expected NAME=NAME-THERE pairs separated by commas")
        }
        let languages = (values["ocr.languages"] ?? "").split(separator: "+", omittingEmptySubsequences: false)
        if !languages.allSatisfy({ $0.wholeMatch(of: /[a-z]{3}(_[a-z]+)*/) != nil }) {
            problems.append("\(at("ocr.languages")): expected names such as eng+kor, joined by +")
        }
        if values["models.server_url"] == nil, values["models.server_models"] != nil {
            problems.append("models.server_url: missing; models.server_models is set, so it is needed")
        }
        if let path = values["provenance.trust_anchors_file"], let problem = trustListProblem(path) {
            problems.append(
                "\(at("provenance.trust_anchors_file")): '\(path)' \(problem); expected a file with at least one certificate in PEM "
                    + "(-----BEGIN CERTIFICATE-----)")
        }
        for key in ["matrix.homeserver_url", "webhook.url", "api.appeal_url", "models.server_url"] {
            if let text = values[key], URL(string: text)?.scheme.map({ ["http", "https"].contains($0) }) != true {
                problems.append("\(at(key)): expected an http or https URL")
            }
        }
        if let url = values["database.url"], !["sqlite:", "postgres://", "postgresql://"].contains(where: url.hasPrefix) {
            problems.append("\(at("database.url")): expected sqlite:PATH or postgres://USER@HOST:PORT/NAME")
        }
        if AddressPolicy(allowing: networks(values["fetch.allow_networks"] ?? "")) == nil {
            problems.append(
                "\(at("fetch.allow_networks")): expected networks such as 10.1.0.0/16 or ::1/128, separated by commas")
        }
        if ports(values["fetch.ports"] ?? "") == nil {
            problems.append("\(at("fetch.ports")): expected ports from 1 to 65535, separated by commas, or 'any'")
        }
        return problems
    }

    /// In words that follow the path.
    private static func trustListProblem(_ path: String) -> String? {
        // Where a link leads, or `data/current` of a mounted secret.
        let end = URL(filePath: path).resolvingSymlinksInPath().path
        let kind = try? FileManager.default.attributesOfItem(atPath: end)[.type] as? FileAttributeType
        guard let kind else { return FileManager.default.fileExists(atPath: path) ? "cannot be read" : "is not there" }
        // What is no file, such as a pipe, would be waited for.
        guard kind == .typeRegular else { return kind == .typeDirectory ? "is a folder" : "is no regular file" }
        guard let file = FileHandle(forReadingAtPath: path),
            let bytes = try? file.read(upToCount: CertificateList.longest + 1) ?? Data()
        else { return "cannot be read" }
        return CertificateList.problem(in: Array(bytes))
    }

    /// Ports of `fetch.ports`; nil when one is none.
    private static func ports(_ text: String) -> Set<Int>? {
        if text == "any" { return Set(1...65_535) }
        let numbers = text.split(separator: ",").map { Int($0.trimmingCharacters(in: .whitespaces)) }
        let ports = numbers.compactMap(\.self).filter { (1...65_535).contains($0) }
        return ports.isEmpty || ports.count != numbers.count ? nil : Set(ports)
    }

    var ports: Set<Int> { Self.ports(text("fetch.ports")) ?? [] }

    /// Models of `models.server_models`: our name to the server's.
    var serverModels: [String: String] { Self.modelNames(text("models.server_models")) }

    /// Models of `models.enable`.
    var enabledModels: Set<String> { Set(Self.networks(text("models.enable"))).subtracting([""]) }

    /// The same, with models that run although `models.enable` does not name them: a command asks for them.
    func enabling(_ names: [String]) -> Settings {
        var changed = self
        changed.values["models.enable"] = enabledModels.union(names).sorted().joined(separator: ",")
        return changed
    }

    private static func modelNames(_ text: String) -> [String: String] {
        var names: [String: String] = [:]
        for pair in text.split(separator: ",") {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            if parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty { names[parts[0]] = parts[1] }
        }
        return names
    }

    private static func networks(_ text: String) -> [String] {
        text.split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }
    }

    private static func tokens(_ text: String) -> (tokens: [String: String], problems: [String]) {
        var tokens: [String: String] = [:]
        var problems: [String] = []
        for (index, pair) in text.split(whereSeparator: { ",\n\r".contains($0) }).enumerated() {
            let parts = pair.split(separator: "=", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
            guard parts.count == 2, !parts[0].isEmpty, parts[1].count >= 16 else {
                problems.append("entry \(index + 1) is not NAME=TOKEN with a token of at least 16 characters")
                continue
            }
            tokens[parts[0]] = parts[1]
        }
        return (tokens, problems)
    }
}
