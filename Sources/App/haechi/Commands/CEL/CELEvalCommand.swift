// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import CEL
import CELTools
import Foundation

struct CELEvalCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "eval", abstract: "Evaluates an expression and prints its value as JSON.",
        discussion: """
            The members of the JSON object in --input are the variables: objects are maps, whole numbers ints, other numbers doubles;
            --declare gives a variable another type, so that text is a timestamp or a duration.
            The exit status is 0 when there is a value, 1 when there is an error, which is drawn with its place.

            With --batch each line of standard input is a request,
              {"expr": "x + 1", "bindings": {"x": {"t": "int", "v": "1"}}, "types": {"x": {"kind": "int"}}}
            and each line of the output its answer, with "value", "error" or "refused".
            """)

    @Argument(help: "The expression.") var expression: String?
    @Option(help: ArgumentHelp("A JSON object with the variables; - is standard input.", valueName: "file")) var input: String?
    @OptionGroup var declarations: DeclarationOptions
    @Flag(help: "Also print what the parts of the expression came to, in order.") var trace = false
    @Flag(help: "Answer requests, one JSON object a line.") var batch = false

    func validate() throws {
        if batch, expression != nil || input != nil || trace { throw ValidationError("--batch takes nothing else") }
        if !batch, expression == nil { throw ValidationError("expected an expression, or --batch") }
    }

    func run() throws {
        guard let expression else { return answerRequests() }
        let (types, values) = try variables()
        let program: Program
        do {
            program = try Program.compile(expression, declarations: Declarations(types, libraries: Library.all))
        } catch {
            CELTerminal.complain(error)
            throw ExitCode(1)
        }
        var steps = Trace()
        let bindings = NamedBindings(values)
        let value = trace ? program.evaluate(bindings, recording: &steps) : program.evaluate(bindings)
        for step in steps.steps { Terminal.say("\(step.span.line):\(step.span.column)  \(step.text)  =  \(step.value)") }
        if case .error(let error) = value {
            let problem = error.span.map { CELTerminal.drawn(error.message, at: $0, in: expression) } ?? "\(error)"
            FileHandle.standardError.write(Data((problem + "\n").utf8))
            throw ExitCode(1)
        }
        Terminal.say(PlainJSON.json(value).description)
    }

    /// The variables of the input, with the declared types where there are some.
    private func variables() throws -> (types: [String: CELType], values: [String: Value]) {
        var types = try declarations.types()
        guard let input else { return (types, [:]) }
        let json: JSON
        do {
            json = try JSON.parse(try CELTerminal.contents(of: input))
        } catch let error as JSONError {
            Terminal.complain(["\(input): \(error)"])
            throw ExitCode(65)  // EX_DATAERR
        }
        guard let members = json.members else {
            Terminal.complain(["\(input): expected a JSON object, whose members are the variables"])
            throw ExitCode(65)
        }
        var values: [String: Value] = [:]
        for (name, member) in members {
            let type = types[name] ?? .dyn
            guard let value = PlainJSON.value(member, as: type) else {
                Terminal.complain(["\(input): '\(name)' is no \(type)"])
                throw ExitCode(65)
            }
            types[name] = type
            values[name] = value
        }
        return (types, values)
    }

    private func answerRequests() {
        let batch = Batch()
        while let line = readLine(strippingNewline: true) {
            if !line.isEmpty { Terminal.say(batch.answer(Array(line.utf8)).description) }
        }
    }
}
