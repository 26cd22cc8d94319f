// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Foundation

/// Compiles and evaluates an expression without checks of types.
func evaluate(_ source: String, _ bindings: [String: Value] = [:]) throws -> Value {
    var options = Program.Options()
    options.checksTypes = false
    let declarations = Declarations(bindings.mapValues { _ in .dyn })
    return try Program.compile(source, declarations: declarations, options: options).evaluate(NamedBindings(bindings))
}

/// The value's text; errors only say that they are.
func outcome(_ source: String, _ bindings: [String: Value] = [:]) throws -> String {
    let value = try evaluate(source, bindings)
    if case .error = value { return "error" }
    return value.description
}

/// The problems of an expression under the declarations of a small event.
func problems(_ source: String) -> [CELProblem] {
    do throws(CELError) {
        _ = try Program.compile(source, declarations: sampleDeclarations)
        return []
    } catch {
        return error.problems
    }
}

let sampleDeclarations: Declarations = {
    var declarations: Declarations = [
        "text": .string, "links": .list(.string), "scores": .map(.string, .double), "count": .int,
        "media": .list(.message("media")),
    ]
    declarations.record("actor", ["id": .string, "age": .duration])
    declarations.record("media_match", ["matched": .bool, "trust": .string, "distance": .int])
    declarations.declare("media", ["id": .string, "type": .string])
    return declarations
}()
