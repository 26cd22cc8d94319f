// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import CELTools
import Foundation
import PublishedVectors
import Testing

@Suite("Conformance")
struct ConformanceTests {
    @Test("the project's own tests pass, of every part of the language")
    func sample() throws {
        let folder = try #require(Bundle.module.url(forResource: "Conformance", withExtension: nil, subdirectory: "Resources"))
        let tests = try ConformanceFiles.tests(in: [folder.path()])
        #expect(tests.count >= 250)
        #expect(Set(tests.map(\.id)).count == tests.count)
        var report = ConformanceReport()
        report.run(tests)
        #expect(text(report.failures) == "")
        #expect(report.total.skipped == 0)
    }

    @Test("the public suite passes but for what is listed")
    func wholeSuite() throws {
        guard let suite = try PublishedVectors.here.folder("cel/simple") else { return }
        var report = ConformanceReport()
        report.run(try ConformanceFiles.tests(in: [suite.path()]))
        #expect(text(report.failures) == "")
        #expect(report.total.passed >= 1_900, "\(report.summary)")
        #expect(report.total.skipped <= 45, "\(report.reasons)")
    }

    private func text(_ failures: [(id: String, what: String)]) -> String {
        failures.map { "\($0.id): \($0.what)" }.joined(separator: "\n")
    }
}
