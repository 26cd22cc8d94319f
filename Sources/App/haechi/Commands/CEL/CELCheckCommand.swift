// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import CEL
import CELTools
import Foundation

struct CELCheckCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Says of which type expressions are and what they cost, or what is wrong with them.",
        discussion: """
            One line for each expression: its type, and the least and the most that evaluating it can cost. Each problem is printed
            with its place, what was expected, and the line with a caret.
            The exit status is 0 when every expression is right, 1 when one is not.
            """)

    @Argument(help: "Expressions, or files that hold one expression each.") var subjects: [String]
    @OptionGroup var declarations: DeclarationOptions

    func run() throws {
        let declarations = Declarations(try declarations.types(), libraries: Library.all)
        var isRight = true
        for subject in subjects {
            let isFile = FileManager.default.fileExists(atPath: subject)
            let source = isFile ? String(decoding: try CELTerminal.contents(of: subject), as: UTF8.self) : subject
            let name = isFile ? subject : nil
            do {
                let program = try Program.compile(source, declarations: declarations)
                let estimate = program.checked.estimatedCost()
                let cost = estimate.max == .max ? "at least \(estimate.min)" : "\(estimate.min) to \(estimate.max)"
                Terminal.say("\(name.map { $0 + ": " } ?? "")\(program.resultType), cost \(cost)")
            } catch {
                isRight = false
                CELTerminal.complain(error, in: name)
            }
        }
        if !isRight { throw ExitCode(1) }
    }
}
