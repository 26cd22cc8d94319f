// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CELTools
import Testing

@Suite("The runner tells what passes from what does not")
struct ConformanceReportTests {
    private func outcome(_ json: String) throws -> ConformanceTest.Outcome {
        try ConformanceTest(JSON.parse(Array(json.utf8)), file: "own").run()
    }

    private func isFailure(_ json: String) throws -> Bool {
        if case .failed = try outcome(json) { true } else { false }
    }

    @Test("values are compared type for type")
    func values() throws {
        func test(_ expression: String, _ value: String) -> String {
            #"{"id": "a/b", "expr": "\#(expression)", "expect": {"kind": "value", "value": \#(value)}}"#
        }
        #expect(try outcome(test("1 + 1", #"{"t": "int", "v": "2"}"#)) == .passed)
        #expect(try isFailure(test("1 + 1", #"{"t": "uint", "v": "2"}"#)))
        #expect(try isFailure(test("1 / 0", #"{"t": "int", "v": "2"}"#)))
        #expect(try isFailure(test("1 +", #"{"t": "int", "v": "2"}"#)))
        #expect(try outcome(test("0.0 / 0.0", #"{"t": "double", "v": "NaN"}"#)) == .passed)
        #expect(try isFailure(test("0.0", #"{"t": "double", "v": "-0.0"}"#)))
    }

    @Test("an expected error must come from the evaluation")
    func errors() throws {
        #expect(try outcome(#"{"id": "a", "expr": "1 / 0", "expect": {"kind": "error"}}"#) == .passed)
        #expect(try isFailure(#"{"id": "a", "expr": "1", "expect": {"kind": "error"}}"#))
        #expect(try isFailure(#"{"id": "a", "expr": "1 + 'a'", "expect": {"kind": "error"}}"#))
        #expect(try outcome(#"{"id": "a", "expr": "1 + 'a'", "disableCheck": true, "expect": {"kind": "error"}}"#) == .passed)
    }

    @Test("types are compared")
    func types() throws {
        func test(_ element: String) -> String {
            let type = #"{"kind": "list", "params": [{"kind": "\#(element)"}]}"#
            return #"{"id": "a", "expr": "[1]", "checkOnly": true, "expect": {"kind": "typed", "type": \#(type)}}"#
        }
        #expect(try outcome(test("int")) == .passed)
        #expect(try isFailure(test("uint")))
    }

    @Test("the report counts by file and names what failed")
    func report() throws {
        var report = ConformanceReport()
        report.run(
            try [
                #"{"id": "x/1", "expr": "1", "expect": {"kind": "value", "value": {"t": "int", "v": "1"}}}"#,
                #"{"id": "x/2", "expr": "1", "expect": {"kind": "value", "value": {"t": "int", "v": "2"}}}"#,
                #"{"id": "enums/strong_proto2/x", "expr": "1", "expect": {"kind": "error"}}"#,
            ].map { try ConformanceTest(JSON.parse(Array($0.utf8)), file: "own") })
        #expect(report.summary == "1 passed, 1 failed, 1 skipped")
        #expect(report.failures.map(\.id) == ["x/2"])
        #expect(report.reasons.count == 1)
        #expect(report.table.contains("own"))
    }
}
