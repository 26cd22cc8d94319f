// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import CEL
import CELTools
import Foundation

/// The language of the policies' conditions, by itself.
struct CELCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cel", abstract: "Expressions of the Common Expression Language: evaluate, check, conformance.",
        discussion: """
            All libraries are there: strings, math, lists, sets, encoders, optionals, network, two-variable macros.

              haechi cel eval '1 + 1'
              haechi cel eval 'links.exists(l, l.host == "a.example")' --input event.json --trace
              haechi cel check 'age < duration("24h")' --declare age=duration
            """,
        subcommands: [CELEvalCommand.self, CELCheckCommand.self, CELConformanceCommand.self])
}

/// Variables with their types, as the commands take them.
struct DeclarationOptions: ParsableArguments {
    @Option(
        name: .customLong("declare"),
        help: ArgumentHelp(
            "The type of a variable, may be repeated: age=duration, labels=list(string), scores=map(string, double).",
            valueName: "name=type"))
    var declared: [String] = []

    func types() throws -> [String: CELType] {
        var types: [String: CELType] = [:]
        for declaration in declared {
            let parts = declaration.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { throw ValidationError("--declare \(declaration): expected name=type") }
            do {
                types[parts[0]] = try TypeText.parse(parts[1])
            } catch {
                throw ValidationError("--declare \(declaration): \(error)")
            }
        }
        return types
    }
}

enum CELTerminal {
    /// Says what is wrong with an expression, each problem with its place.
    static func complain(_ error: CELError, in name: String? = nil) {
        let texts = error.problems.map { (name.map { $0 + ":" } ?? "") + $0.description + "\n" }
        FileHandle.standardError.write(Data(texts.joined().utf8))
    }

    /// A message with the place that it speaks of, drawn with a caret.
    static func drawn(_ message: String, at span: SourceSpan, in source: String) -> String {
        let lines = source.split(separator: "\n", omittingEmptySubsequences: false)
        let text = "\(span.line):\(span.column): \(message)"
        guard lines.indices.contains(span.line - 1) else { return text }
        let line = lines[span.line - 1]
        let length = max(1, min(span.length, line.unicodeScalars.count - span.column + 1))
        let caret = String(repeating: " ", count: span.column - 1) + String(repeating: "^", count: length)
        return "\(text)\n  \(line)\n  \(caret)"
    }

    /// The contents of a file; `-` is standard input.
    static func contents(of path: String) throws -> [UInt8] {
        if path == "-" { return Array(FileHandle.standardInput.readDataToEndOfFile()) }
        guard let data = FileManager.default.contents(atPath: path) else {
            Terminal.complain(["\(path): the file cannot be read"])
            throw ExitCode(66)  // EX_NOINPUT
        }
        return Array(data)
    }
}
