// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Answers lines {"pattern": …, "text": …} from standard input with {"matches", "start", "end", "groups"} or {"error", "message"}, for
// Tests/Fuzz/regex_differential.py. With a number as argument, that many bytes are the memory of each automaton.

import Foundation
import LinearRegex

private struct Question: Decodable {
    let pattern: String
    let text: String
}

private struct Answer: Encodable {
    var matches: Bool?
    var start: Int?
    var end: Int?
    var groups: [[Int]?]?
    var error: String?
    var message: String?

    init(_ question: Question, limits: LinearRegex.Limits) {
        do throws(RegexError) {
            let regex = try LinearRegex(question.pattern, limits: limits)
            matches = regex.matches(question.text)
            guard let match = regex.firstMatch(in: question.text) else { return }
            start = match.range.lowerBound
            end = match.range.upperBound
            groups = match.groups.map { $0.map { [$0.lowerBound, $0.upperBound] } }
        } catch {
            self.error = "\(error.kind)"
            message = error.description
        }
    }
}

var limits = LinearRegex.Limits()
if CommandLine.arguments.count > 1, let bytes = Int(CommandLine.arguments[1]) { limits.cacheBytes = bytes }
let decoder = JSONDecoder()
let encoder = JSONEncoder()
while let line = readLine() {
    let question = try decoder.decode(Question.self, from: Data(line.utf8))
    print(String(decoding: try encoder.encode(Answer(question, limits: limits)), as: UTF8.self))
}
