// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation
import Testing

/// The public conformance data lies beside the checkout where it is at hand; without it the other suites stand alone.
private let vectors = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../shared/vectors/cel/simple")

/// What the language does not have yet, by the prefix of the test's id.
private let notYet = [
    "string/matches/": "regular expressions",
    "timestamps/timestamp_selectors_tz/getDayOfMonth_name_": "time zones by name",
    "timestamps/timestamp_selectors_tz/getDayOfYear": "time zones by name",
    "timestamps/timestamp_selectors_tz/getMinutes": "time zones by name",
]

@Suite("Conformance data", .enabled(if: FileManager.default.fileExists(atPath: vectors.path())))
struct ConformanceTests {
    private static let files = [
        "basic", "comparisons", "conversions", "fields", "fp_math", "integer_math", "lists", "logic", "macros", "namespace",
        "parse",
        "plumbing", "string", "timestamps",
    ]

    @Test("every core test passes but those that are named")
    func core() throws {
        var passed = 0
        var failures: [String] = []
        for file in Self.files {
            let data = try Data(contentsOf: vectors.appending(path: "\(file).json"))
            for test in try JSONDecoder().decode(ConformanceFile.self, from: data).tests where !test.needsProto {
                if let failure = test.run() { failures.append("\(test.id): \(failure)") } else { passed += 1 }
            }
        }
        let surprises = failures.filter { failure in !notYet.keys.contains { failure.hasPrefix($0) } }
        #expect(surprises.isEmpty, "\(surprises.joined(separator: "\n"))")
        #expect(passed >= 865, "passed \(passed)")
    }
}
