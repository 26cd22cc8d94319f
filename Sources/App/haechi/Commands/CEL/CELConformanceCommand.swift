// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import CELTools

struct CELConformanceCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "conformance", abstract: "Runs conformance tests of the language that are written as JSON.",
        discussion: """
            A file holds an object with a list "tests"; each test has an expression, bindings, and the value, error or type that it
            must come to. Tests whose ids are on the short list of known deviations are skipped, with the reason.
            The exit status is 0 when no test failed, 1 when one did.
            """)

    @Argument(help: "Files, or folders whose .json files are run.") var paths: [String]
    @Flag(help: "Also print the counts by file, by what tests need of protobuf, and by the reason for which they were skipped.")
    var byFile = false

    func run() throws {
        var report = ConformanceReport()
        do {
            report.run(try ConformanceFiles.tests(in: paths))
        } catch {
            Terminal.complain(["\(error)"])
            throw ExitCode(66)  // EX_NOINPUT
        }
        for failure in report.failures { Terminal.say("FAILED \(failure.id): \(failure.what)") }
        if byFile { Terminal.say(report.table) }
        Terminal.say(report.summary)
        if report.total.failed > 0 { throw ExitCode(1) }
    }
}
