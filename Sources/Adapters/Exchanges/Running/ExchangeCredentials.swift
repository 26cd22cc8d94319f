// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// Secrets of one exchange; no text that is made of this value has them.
package struct ExchangeCredentials: Sendable, CustomStringConvertible, CustomDebugStringConvertible, CustomReflectable {
    private let values: [String: String]

    package init(_ values: [String: String]) { self.values = values }

    /// `name: value` a line; `#` begins a comment.
    package init(text: String) {
        var values: [String: String] = [:]
        for line in text.split(whereSeparator: \.isNewline) where !line.hasPrefix("#") {
            guard let colon = line.firstIndex(of: ":") else { continue }
            let name = line[..<colon].trimmingCharacters(in: .whitespaces).lowercased()
            values[name] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        self.values = values
    }

    /// Reads a file of at most 64 KiB.
    package init(file path: String) throws(ExchangeOptionsError) {
        guard let data = FileManager.default.contents(atPath: path), data.count <= 64 << 10,
            let text = String(data: data, encoding: .utf8)
        else { throw ExchangeOptionsError(problems: ["credentials: \(path) cannot be read"]) }
        self.init(text: text)
    }

    /// - Parameter isSentAsIs: whether it goes into a header or an address without being encoded.
    /// - Throws: `unsupported`, with the name that is missing.
    func require(_ name: String, isSentAsIs: Bool = true) throws(ExchangeError) -> String {
        guard let value = values[name], !value.isEmpty else {
            throw .unsupported("the credentials file has no '\(name)'")
        }
        guard !isSentAsIs || value.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F }) else {
            throw .unsupported("'\(name)' in the credentials file has a character that cannot be sent")
        }
        return value
    }

    func optional(_ name: String) -> String? { values[name].flatMap { $0.isEmpty ? nil : $0 } }

    package var description: String { "(secret)" }
    package var debugDescription: String { "(secret)" }
    package var customMirror: Mirror { Mirror(self, children: []) }
}
