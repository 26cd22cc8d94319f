// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Policies
import Testing

@Suite("The policies in the documentation")
struct DocumentationTests {
    private static let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../docs/howto")

    @Test("are right, give no warning, and their tests pass", arguments: ["write-a-policy.md", "write-policies.md"])
    func examples(page: String) throws {
        let text = try String(contentsOf: Self.folder.appending(path: page), encoding: .utf8)
        let blocks = text.components(separatedBy: "```yaml\n").dropFirst().compactMap {
            $0.components(separatedBy: "\n```").first
        }
        let policies = blocks.filter { $0.hasPrefix("policy:") }
        #expect(!policies.isEmpty)
        for policy in policies {
            let set = try PolicySet.load(files: [(page, policy)])
            #expect(set.warnings.map(\.description) == [])
            let results = set.runTests()
            #expect(results.failures.map(\.description) == [])
            #expect(results.passed > 0)
        }
    }
}
