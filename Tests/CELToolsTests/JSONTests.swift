// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import CELTools
import Testing

@Suite("JSON is read exactly")
struct JSONTests {
    @Test(
        "values keep their digits, texts their code points",
        arguments: [
            ("null", "null"), (" [1, 1.0, -0, 1e5] ", "[1, 1.0, -0, 1e5]"),
            (#"{"a": {"b": []}, "c": true}"#, #"{"a": {"b": []}, "c": true}"#),
            (#""\u00e9\ud83d\ude00\n""#, "\"é😀\\n\""), ("18446744073709551615", "18446744073709551615"),
            (#""\u0001""#, #""\u0001""#),
        ])
    func values(text: String, expected: String) throws {
        #expect(try JSON.parse(Array(text.utf8)).description == expected)
    }

    @Test(
        "what is no JSON is refused with the place",
        arguments: [
            "", "nul", "[1,]", "{\"a\"}", "{a: 1}", "\"a", "\"\u{1}\"", "01", "1.", "-", "1 2", #""\ud800""#, #""\x""#,
            String(repeating: "[", count: 100_000),
        ])
    func refusals(text: String) {
        #expect(throws: JSONError.self) { try JSON.parse(Array(text.utf8)) }
    }

    @Test("typed values come back as they were")
    func roundTrip() throws {
        let reader = TypedJSON(.wellKnown)
        for text in [
            #"{"t": "null", "v": null}"#, #"{"t": "int", "v": "-5"}"#, #"{"t": "uint", "v": "18446744073709551615"}"#,
            #"{"t": "double", "v": "NaN"}"#,
            #"{"t": "double", "v": "-Infinity"}"#, #"{"t": "bytes", "v": "AP8="}"#,
            #"{"t": "list", "v": [{"t": "bool", "v": true}]}"#,
            #"{"t": "map", "v": [[{"t": "uint", "v": "1"}, {"t": "string", "v": "a"}]]}"#, #"{"t": "type", "v": "int"}"#,
            #"{"t": "timestamp", "v": {"seconds": "-5", "nanos": 7}}"#,
            #"{"t": "duration", "v": {"seconds": "-1", "nanos": -500000000}}"#,
            #"{"t": "optional", "v": [{"t": "int", "v": "1"}]}"#, #"{"t": "optional", "v": []}"#,
        ] {
            #expect(TypedJSON.json(try reader.value(try JSON.parse(Array(text.utf8)))).description == text)
        }
        for text in [#"{"t": "int", "v": "x"}"#, #"{"v": 1}"#, #"{"t": "int", "v": 1}"#, #"{"t": "cat", "v": "1"}"#] {
            let json = try JSON.parse(Array(text.utf8))
            #expect(throws: TypedJSON.Problem.self) { try reader.value(json) }
        }
    }

    @Test(
        "types as people write them",
        arguments: [
            ("int", "int"), ("list(string)", "list(string)"), ("map(string, list(double))", "map(string, list(double))"),
            ("google.protobuf.Int32Value", "wrapper(int)"), (" optional( timestamp ) ", "optional(timestamp)"),
        ])
    func types(text: String, expected: String) throws {
        #expect(try TypeText.parse(text).description == expected)
    }

    @Test("no types", arguments: ["", "integer", "list(", "list(int", "map(int)", "int)", "list(int, int)"])
    func noTypes(text: String) {
        #expect(throws: TypeText.Problem.self) { try TypeText.parse(text) }
    }

    @Test("JSON takes the type that was declared")
    func plain() throws {
        let json = try JSON.parse(Array(#"{"at": "2024-01-01T00:00:00Z", "for": "90s", "n": 3, "l": [1, 2]}"#.utf8))
        func value(_ name: String, _ type: CELType) -> String? {
            json[name].flatMap { PlainJSON.value($0, as: type) }?.description
        }
        #expect(value("at", .timestamp) == "timestamp(\"2024-01-01T00:00:00Z\")")
        #expect(value("for", .duration) == "duration(\"90s\")")
        #expect(value("n", .uint) == "3u")
        #expect(value("n", .double) == "3")
        #expect(value("l", .list(.uint)) == "[1u, 2u]")
        #expect(value("n", .string) == nil)
        #expect(value("at", .duration) == nil)
        #expect(PlainJSON.json(PlainJSON.value(json)).description == json.description)
    }
}
