// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What came of a run of conformance tests.
package struct ConformanceReport: Sendable {
    package struct Count: Sendable, Equatable {
        package var passed = 0
        package var failed = 0
        package var skipped = 0

        mutating func add(_ outcome: ConformanceTest.Outcome) {
            switch outcome {
            case .passed: passed += 1
            case .failed: failed += 1
            case .skipped: skipped += 1
            }
        }
    }

    package private(set) var total = Count()
    package private(set) var byFile: [(name: String, count: Count)] = []
    package private(set) var byLevel: [ConformanceTest.Level: Count] = [:]
    /// Why tests were left out, and how many.
    package private(set) var reasons: [String: Int] = [:]
    package private(set) var failures: [(id: String, what: String)] = []

    package init() {}

    /// Runs the tests and adds what they come to.
    package mutating func run(_ tests: [ConformanceTest]) {
        for test in tests { add(test, test.run()) }
    }

    private mutating func add(_ test: ConformanceTest, _ outcome: ConformanceTest.Outcome) {
        total.add(outcome)
        byLevel[test.level, default: Count()].add(outcome)
        let place = byFile.firstIndex { $0.name == test.file } ?? byFile.count
        if place == byFile.count { byFile.append((test.file, Count())) }
        byFile[place].count.add(outcome)
        switch outcome {
        case .passed: break
        case .failed(let what): failures.append((test.id, what))
        case .skipped(let reason): reasons[reason, default: 0] += 1
        }
    }

    /// `N passed, M failed, K skipped`
    package var summary: String { "\(total.passed) passed, \(total.failed) failed, \(total.skipped) skipped" }

    /// One line for each file and level, and one for each reason for which tests were left out.
    package var table: String {
        var rows = [["", "passed", "failed", "skipped"]]
        func row(_ name: String, _ count: Count) -> [String] {
            [name, String(count.passed), String(count.failed), String(count.skipped)]
        }
        rows += byFile.map { row($0.name, $0.count) }
        for level in ConformanceTest.Level.allCases {
            if let count = byLevel[level] { rows.append(row("protobuf: \(level.rawValue)", count)) }
        }
        let widths = (0..<4).map { column in rows.map { $0[column].count }.max() ?? 0 }
        var lines = rows.map { row in
            let numbers = (1..<4).map { String(repeating: " ", count: widths[$0] - row[$0].count) + row[$0] }
            return ([row[0] + String(repeating: " ", count: widths[0] - row[0].count)] + numbers).joined(separator: "  ")
        }
        lines += reasons.sorted { $0.key < $1.key }.map { "skipped \($0.value): \($0.key)" }
        return lines.joined(separator: "\n")
    }
}
