// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Policies
import Testing

private let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "Diagnostics")

/// Each file of Diagnostics/ with what people read about it in the text of the same name. After a change that is meant:
/// `HAECHI_REGENERATE=1 swift test --filter GoldenDiagnostics`, and read the difference.
@Suite("Diagnostics are written as people shall read them")
struct GoldenDiagnosticsTests {
    static let names = ((try? FileManager.default.contentsOfDirectory(atPath: folder.path)) ?? [])
        .filter { $0.hasSuffix(".yaml") }.map { String($0.dropLast(5)) }.sorted()

    @Test("there are enough of them")
    func count() {
        #expect(Self.names.count >= 90)
    }

    @Test("as written", arguments: names)
    func golden(name: String) throws {
        let text = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
        let told = Self.told(text, as: "\(name).yaml")
        let file = folder.appending(path: "\(name).txt")
        if ProcessInfo.processInfo.environment["HAECHI_REGENERATE"] != nil {
            try told.write(to: file, atomically: true, encoding: .utf8)
        }
        #expect(try told == String(contentsOf: file, encoding: .utf8))
    }

    @Test("every place is in the file, and every span ends after it begins", arguments: names)
    func places(name: String) throws {
        let text = try String(contentsOf: folder.appending(path: "\(name).yaml"), encoding: .utf8)
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        for diagnostic in Self.diagnostics(text, as: "p.yaml") {
            #expect((1...lines.count).contains(diagnostic.line))
            #expect((diagnostic.line, diagnostic.column) < (diagnostic.endLine, diagnostic.endColumn), "\(diagnostic)")
            #expect(diagnostic.sourceLine == String(lines[diagnostic.line - 1]))
        }
    }

    private static func told(_ text: String, as name: String) -> String {
        let found = diagnostics(text, as: name)
        return found.isEmpty ? "nothing to say\n" : found.map { $0.rendering + "\n" }.joined(separator: "\n")
    }

    private static func diagnostics(_ text: String, as name: String) -> [Diagnostic] {
        // New Year 2026: rules that end soon are told of by this clock.
        let now = Date(timeIntervalSince1970: 1_767_225_600)
        do throws(PolicyError) {
            return try PolicySet.load(files: [(name, text)], now: now).warnings
        } catch {
            return error.diagnostics
        }
    }
}
