// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What `format` does: a text with clauses, each replaced by one argument.
///
/// A clause is `%`, perhaps a precision (`.3`), and a verb: `s` any value, `d` decimal, `f` fixed point, `e` with an exponent, `b`
/// binary, `o` octal, `x` and `X` hexadecimal. `%%` is a percent sign. There are no locales.
struct TextFormat {
    /// Decimals that may be asked for.
    private static let maximumPrecision = 100
    private static let defaultPrecision = 6

    private struct Failure: Error {
        let code: EvaluationError.Code
        let message: String
    }

    private var template: ArraySlice<UInt8>
    private var arguments: ArraySlice<Value>
    private var result: [UInt8] = []

    private init(_ template: String, _ arguments: [Value]) {
        self.template = Array(template.utf8)[...]
        self.arguments = arguments[...]
    }

    /// The text, or an error that says which clause is wrong; arguments that no clause asks for are left out.
    static func format(_ template: String, _ arguments: [Value]) -> Value {
        var format = TextFormat(template, arguments)
        do throws(Failure) {
            try format.run()
            return .string(String(decoding: format.result, as: UTF8.self))
        } catch {
            return .failure(error.code, error.message)
        }
    }

    private mutating func run() throws(Failure) {
        while let byte = template.popFirst() {
            if byte != UInt8(ascii: "%") {
                try append(CollectionOfOne(byte))
            } else if template.first == UInt8(ascii: "%") {
                try append(CollectionOfOne(byte))
                template.removeFirst()
            } else {
                try clause()
            }
        }
    }

    /// Everything that is written goes through here, so that lists which hold one another many times cannot grow without end.
    private mutating func append(_ bytes: some Collection<UInt8>) throws(Failure) {
        guard bytes.count <= ExtensionLimits.textLength - result.count else {
            throw Failure(code: .limitExceeded, message: "the formatted text is too long")
        }
        result += bytes
    }

    private mutating func clause() throws(Failure) {
        let precision = try precision()
        guard let verb = template.popFirst() else {
            throw Failure(code: .badConversion, message: "a clause of format has no verb")
        }
        guard "sdfeboxX".utf8.contains(verb) else {
            throw Failure(code: .badConversion, message: "format has no such verb; there are s, d, f, e, b, o, x and X")
        }
        guard let argument = arguments.popFirst() else {
            throw Failure(code: .indexOutOfRange, message: "format has more clauses than arguments")
        }
        if verb == UInt8(ascii: "s") {
            try append(argument)
            return
        }
        let text =
            switch verb {
            case UInt8(ascii: "d"): Self.decimal(argument)
            case UInt8(ascii: "f"): Self.floating(argument) { $0.fixed(decimals: precision) }
            case UInt8(ascii: "e"): Self.floating(argument) { $0.scientific(decimals: precision) }
            case UInt8(ascii: "b"): Self.binary(argument)
            case UInt8(ascii: "o"): Self.integer(argument, radix: 8)
            case UInt8(ascii: "x"): Self.hexadecimal(argument, uppercase: false)
            default: Self.hexadecimal(argument, uppercase: true)
            }
        guard let text else { throw Self.refusal(of: argument, by: verb) }
        try append(text.utf8)
    }

    private static func refusal(of argument: Value, by verb: UInt8) -> Failure {
        let verb = String(decoding: [verb], as: UTF8.self)
        return Failure(code: .noSuchOverload, message: "no such overload: %\(verb) of format cannot take \(argument.typeName)")
    }

    private mutating func precision() throws(Failure) -> Int {
        guard template.first == UInt8(ascii: ".") else { return Self.defaultPrecision }
        template.removeFirst()
        var digits = 0
        var precision = 0
        while let byte = template.first, (0x30...0x39).contains(byte) {
            template.removeFirst()
            digits += 1
            precision = precision * 10 + Int(byte - 0x30)
            guard precision <= Self.maximumPrecision else {
                throw Failure(code: .limitExceeded, message: "format gives at most \(Self.maximumPrecision) decimals")
            }
        }
        guard digits > 0 else { throw Failure(code: .badConversion, message: "a precision of format has no digits") }
        return precision
    }

    // MARK: Any value

    /// What has a text: lists and maps with all that is in them, maps in the order of their keys' texts.
    private mutating func append(_ value: Value) throws(Failure) {
        switch value {
        case .list(let elements):
            try append("[".utf8)
            for (index, element) in elements.enumerated() {
                if index > 0 { try append(", ".utf8) }
                try append(element)
            }
            try append("]".utf8)
        case .map(let map):
            var entries: [(key: String, value: Value)] = []
            for entry in map.entries { entries.append((try Self.text(entry.key), entry.value)) }
            // By bytes: the order of String itself follows canonical equivalence.
            entries.sort { $0.key.utf8.lexicographicallyPrecedes($1.key.utf8) }
            try append("{".utf8)
            for (index, entry) in entries.enumerated() {
                try append(((index > 0 ? ", " : "") + entry.key + ": ").utf8)
                try append(entry.value)
            }
            try append("}".utf8)
        default: try append(Self.text(value).utf8)
        }
    }

    /// Of a value that is no list or map.
    private static func text(_ value: Value) throws(Failure) -> String {
        switch value {
        case .null: return "null"
        case .bool(let bool): return bool ? "true" : "false"
        case .int(let number): return String(number)
        case .uint(let number): return String(number)
        case .double(let number): return plain(number)
        case .string(let text): return text
        case .bytes(let bytes):
            guard let text = String(validating: bytes, as: UTF8.self) else {
                throw Failure(code: .badConversion, message: "the bytes are no UTF-8")
            }
            return text
        case .duration(let nanoseconds): return TimeText.duration(nanoseconds)
        case .timestamp(let time): return TimeText.timestamp(time)
        case .type(let name): return name
        default: throw refusal(of: value, by: UInt8(ascii: "s"))
        }
    }

    // MARK: Verbs; nil for types that a verb does not take

    private static func decimal(_ value: Value) -> String? {
        switch value {
        case .int(let number): String(number)
        case .uint(let number): String(number)
        case .double(let number): plain(number)
        default: nil
        }
    }

    private static func floating(_ value: Value, _ write: (DecimalDigits) -> String) -> String? {
        let number: Double
        switch value {
        case .int(let integer): number = Double(integer)
        case .uint(let integer): number = Double(integer)
        case .double(let double): number = double
        default: return nil
        }
        return number.isFinite ? write(DecimalDigits(exactly: number)) : plain(number)
    }

    /// The shortest digits that read back, never with an exponent.
    private static func plain(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "Infinity" }
        return DecimalDigits(shortest: number).plain()
    }

    private static func binary(_ value: Value) -> String? {
        if case .bool(let bool) = value { return bool ? "1" : "0" }
        return integer(value, radix: 2)
    }

    private static func hexadecimal(_ value: Value, uppercase: Bool) -> String? {
        switch value {
        case .string(let text): hexadecimal(Array(text.utf8), uppercase: uppercase)
        case .bytes(let bytes): hexadecimal(bytes, uppercase: uppercase)
        default: integer(value, radix: 16, uppercase: uppercase)
        }
    }

    private static func hexadecimal(_ bytes: [UInt8], uppercase: Bool) -> String {
        let digits = Array((uppercase ? "0123456789ABCDEF" : "0123456789abcdef").utf8)
        return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
    }

    private static func integer(_ value: Value, radix: Int, uppercase: Bool = false) -> String? {
        switch value {
        case .int(let number): String(number, radix: radix, uppercase: uppercase)
        case .uint(let number): String(number, radix: radix, uppercase: uppercase)
        default: nil
        }
    }
}
