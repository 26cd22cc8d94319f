// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals

/// Reads the settings of an exchange and gathers what is wrong with them.
struct SettingsReader {
    private let settings: [String: String]
    private var problems: [String] = []

    init(_ settings: [String: String]) { self.settings = settings }

    subscript(_ key: String) -> String? {
        guard let text = settings[key]?.trimmingCharacters(in: .whitespaces), !text.isEmpty else { return nil }
        return text
    }

    mutating func complain(_ problem: String) { problems.append(problem) }

    func finish() throws(ExchangeOptionsError) {
        let unknown = settings.keys.filter { !ExchangeOptions.keys.contains($0) && !$0.hasPrefix("trust.") }.sorted()
        let all =
            problems
            + unknown.map { "\($0): not known; known are " + ExchangeOptions.keys.joined(separator: ", ") + " and trust.WORD" }
        guard all.isEmpty else { throw ExchangeOptionsError(problems: all) }
    }

    mutating func text(_ key: String, check: (String) -> Bool, expected: String) -> String {
        guard let text = self[key], check(text) else {
            complain("\(key): expected \(expected)")
            return ""
        }
        return text
    }

    mutating func required(_ key: String, _ read: (String) -> ExchangeOptions.Kind?) -> ExchangeOptions.Kind? {
        if let text = self[key], let kind = read(text) { return kind }
        complain("\(key): expected " + ExchangeOptions.Kind.allCases.map(\.rawValue).joined(separator: ", "))
        return nil
    }

    mutating func url(for kind: ExchangeOptions.Kind) -> String {
        var text: String
        if let given = self["url"] {
            text = given
        } else if kind == .ncmec {
            let names = ExchangeOptions.environments.keys.sorted().joined(separator: ", ")
            guard let environment = self["environment"], let known = ExchangeOptions.environments[environment] else {
                complain("environment: expected one of \(names), or a url")
                return ""
            }
            text = known
        } else if kind == .stopncii {
            text = "https://api.stopncii.org/v1"
        } else if kind == .threatexchange {
            text = "https://graph.facebook.com/v26.0"
        } else {
            complain("url: expected where the list is")
            return ""
        }
        while text.hasSuffix("/") { text.removeLast() }
        guard Self.isAllowed(text) else {
            complain("url: expected https://…, or http://… for this machine, without user, query or fragment")
            return ""
        }
        return text
    }

    /// HTTPS, or HTTP when the host is this machine.
    private static func isAllowed(_ text: String) -> Bool {
        guard let parts = URLComponents(string: text), let host = parts.host, !host.isEmpty, parts.user == nil,
            parts.password == nil,
            parts.query == nil, parts.fragment == nil
        else { return false }
        if parts.scheme == "https" { return true }
        return parts.scheme == "http" && ["127.0.0.1", "localhost", "::1", "[::1]"].contains(host)
    }

    /// `90s`, `10m`, `6h` or `1d`.
    mutating func duration(_ key: String) -> Duration? {
        guard let text = self[key] else { return nil }
        let units: [Character: Int64] = ["s": 1, "m": 60, "h": 3600, "d": 86_400]
        guard let unit = text.last.flatMap({ units[$0] }), let number = Int64(text.dropLast()), (1...100_000).contains(number)
        else {
            complain("\(key): expected a time such as 90s, 10m, 6h or 1d")
            return nil
        }
        return .seconds(number * unit)
    }

    mutating func trust(_ key: String) -> Trust? {
        guard let text = self[key] else { return nil }
        guard let trust = Trust(rawValue: text), [.claimed, .probation, .verified].contains(trust) else {
            complain("\(key): expected claimed, probation or verified")
            return nil
        }
        return trust
    }

    mutating func trustByWord() -> [String: Trust] {
        var words: [String: Trust] = [:]
        for key in settings.keys.sorted() where key.hasPrefix("trust.") {
            if let trust = trust(key) { words[key.dropFirst("trust.".count).lowercased()] = trust }
        }
        return words
    }

    func list(_ key: String) -> Set<String> {
        Set((self[key] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) }.filter { !$0.isEmpty })
    }

    mutating func flag(_ key: String) -> Bool {
        switch self[key]?.lowercased() {
        case nil, "false", "no": return false
        case "true", "yes": return true
        default:
            complain("\(key): expected true or false")
            return false
        }
    }

    mutating func whole(_ key: String, _ range: ClosedRange<Int>) -> Int? {
        guard let text = self[key] else { return nil }
        guard let number = Int(text), range.contains(number) else {
            complain("\(key): expected a whole number from \(range.lowerBound) to \(range.upperBound)")
            return nil
        }
        return number
    }
}
