// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Writes a syntax tree as source text, such that reading it gives the same tree.
public struct Printer: Sendable {
    /// How strongly a form binds; what binds more weakly than its place allows gets parentheses.
    private enum Level: Int {
        case conditional, or, and, relation, sum, product, unary, member
    }

    private var text = ""

    private init() {}

    /// The expression as source text, on one line.
    public static func text(_ expression: Expression) -> String {
        var printer = Printer()
        printer.write(expression, .conditional)
        return printer.text
    }

    private mutating func write(_ expression: Expression, _ level: Level) {
        if Self.level(of: expression).rawValue < level.rawValue {
            text += "("
            write(expression)
            text += ")"
        } else {
            write(expression)
        }
    }

    private static func level(of expression: Expression) -> Level {
        if expression.macro != nil { return .member }
        switch expression.kind {
        case .conditional: return .conditional
        case .or: return .or
        case .and: return .and
        case .call(let function, nil, let arguments) where arguments.count == 2: return binary(function)?.level ?? .member
        case .call("!_", nil, _), .call("-_", nil, _): return .unary
        default: return .member
        }
    }

    private static func binary(_ function: String) -> (symbol: String, level: Level)? {
        switch function {
        case "_==_": ("==", .relation)
        case "_!=_": ("!=", .relation)
        case "_<_": ("<", .relation)
        case "_<=_": ("<=", .relation)
        case "_>_": (">", .relation)
        case "_>=_": (">=", .relation)
        case "@in": ("in", .relation)
        case "_+_": ("+", .sum)
        case "_-_": ("-", .sum)
        case "_*_": ("*", .product)
        case "_/_": ("/", .product)
        case "_%_": ("%", .product)
        default: nil
        }
    }

    private mutating func write(_ expression: Expression) {
        if let macro = expression.macro {
            writeCall(macro.name, macro.receiver, macro.arguments)
            return
        }
        switch expression.kind {
        case .literal(let value): text += LiteralText.text(value)
        case .name(let name, let isRooted): text += (isRooted ? "." : "") + Self.variable(name)
        case .select(let operand, let field, let isOptional):
            write(operand, .member)
            text += (isOptional ? ".?" : ".") + Self.field(field)
        case .has(let operand, let field):
            text += "has("
            write(operand, .member)
            text += "." + Self.field(field) + ")"
        case .call(let function, let receiver, let arguments): writeCall(function, receiver, arguments)
        case .list(let elements):
            text += "["
            separated(elements) { printer, element in
                if element.isOptional { printer.text += "?" }
                printer.write(element.value, .conditional)
            }
            text += "]"
        case .map(let entries):
            text += "{"
            separated(entries) { printer, entry in
                if entry.isOptional { printer.text += "?" }
                printer.write(entry.key, .conditional)
                printer.text += ": "
                printer.write(entry.value, .conditional)
            }
            text += "}"
        case .message(let name, let isRooted, let fields):
            text += (isRooted ? "." : "") + name + "{"
            separated(fields) { printer, entry in
                printer.text += (entry.isOptional ? "?" : "") + Self.field(entry.field) + ": "
                printer.write(entry.value, .conditional)
            }
            text += "}"
        case .and(let operands): chain(operands, " && ", .relation)
        case .or(let operands): chain(operands, " || ", .and)
        case .conditional(let test, let yes, let no):
            write(test, .or)
            text += " ? "
            write(yes, .or)
            text += " : "
            write(no, .conditional)
        case .loop(let loop): writeLoop(loop)
        case .bind(let name, let value, let body):
            text += "cel.bind(" + Self.variable(name) + ", "
            write(value, .conditional)
            text += ", "
            write(body, .conditional)
            text += ")"
        case .block(let values, let body):
            text += "cel.block(["
            separated(values) { $0.write($1, .conditional) }
            text += "], "
            write(body, .conditional)
            text += ")"
        }
    }

    private mutating func separated<Part>(_ parts: [Part], _ write: (inout Printer, Part) -> Void) {
        for (index, part) in parts.enumerated() {
            if index > 0 { text += ", " }
            write(&self, part)
        }
    }

    private mutating func chain(_ operands: [Expression], _ symbol: String, _ level: Level) {
        for (index, operand) in operands.enumerated() {
            if index > 0 { text += symbol }
            write(operand, level)
        }
    }

    private mutating func writeCall(_ function: String, _ receiver: Expression?, _ arguments: [Expression]) {
        if receiver == nil, arguments.count == 2, let (symbol, level) = Self.binary(function) {
            write(arguments[0], level)
            text += " " + symbol + " "
            write(arguments[1], Level(rawValue: level.rawValue + 1) ?? .member)
        } else if receiver == nil, arguments.count == 2, function == "_[_]" || function == "_[?_]" {
            write(arguments[0], .member)
            text += function == "_[_]" ? "[" : "[?"
            write(arguments[1], .conditional)
            text += "]"
        } else if receiver == nil, arguments.count == 1, function == "!_" || function == "-_" {
            writeUnary(function == "!_" ? "!" : "-", arguments[0])
        } else {
            if let receiver {
                write(receiver, .member)
                text += "."
            }
            text += function + "("
            separated(arguments) { $0.write($1, .conditional) }
            text += ")"
        }
    }

    private mutating func writeUnary(_ symbol: String, _ operand: Expression) {
        var inner = Printer()
        inner.write(operand, .unary)
        // Before a digit the sign would belong to the number.
        let isNumber = symbol == "-" && inner.text.utf8.first.map { $0.isDigit || $0 == UInt8(ascii: ".") } ?? false
        text += symbol + (isNumber ? "(" + inner.text + ")" : inner.text)
    }

    private mutating func writeLoop(_ loop: Expression.Loop) {
        write(loop.range, .member)
        let name = loop.kind == .existsOne && loop.secondVariable != nil ? "existsOne" : loop.kind.rawValue
        text += "." + name + "(" + Self.variable(loop.variable)
        if let second = loop.secondVariable { text += ", " + Self.variable(second) }
        for part in [loop.predicate, loop.transform].compactMap({ $0 }) {
            text += ", "
            write(part, .conditional)
        }
        text += ")"
    }

    /// Variables of `cel.block` and its loops have names that cannot be written as such.
    private static func variable(_ name: String) -> String {
        guard name.hasPrefix("@") else { return name }
        let parts = name.dropFirst().split(separator: ":")
        if name.hasPrefix("@index") { return "cel.index(\(name.dropFirst(6)))" }
        guard parts.count == 3 else { return name }
        return parts[0] == "it" ? "cel.iterVar(\(parts[1]), \(parts[2]))" : "cel.accuVar(\(parts[1]), \(parts[2]))"
    }

    private static func field(_ name: String) -> String {
        let isPlain =
            name.utf8.first?.isIdentifierStart == true && name.utf8.allSatisfy { $0.isIdentifierStart || $0.isDigit }
            && !["in", "true", "false", "null"].contains(name)
        return isPlain ? name : "`\(name)`"
    }
}
