// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Why bytes are not a JSON document that Haechi takes, and where.
struct JSONSyntaxError: Error, Hashable {
    enum Reason: Hashable {
        case unexpectedEnd
        case unexpectedByte
        case invalidUTF8
        case invalidEscape
        case loneSurrogate
        case controlCharacterInString
        case invalidNumber
        case numberOutOfRange
        case duplicateKey
        case tooDeep(limit: Int)
        case trailingBytes
    }

    var reason: Reason
    /// Counted from 0, from the start of the body.
    var offset: Int

    /// One sentence for the caller; without a word of the document.
    var message: String {
        let what =
            switch reason {
            case .unexpectedEnd: "the document ends too early"
            case .unexpectedByte: "this byte cannot stand here"
            case .invalidUTF8: "the text is not valid UTF-8"
            case .invalidEscape: "there is no such escape"
            case .loneSurrogate: "a surrogate stands alone"
            case .controlCharacterInString: "control characters must be escaped in a string"
            case .invalidNumber: "this is not a JSON number"
            case .numberOutOfRange: "the number is too large"
            case .duplicateKey: "the object has this key already"
            case .tooDeep(let limit): "more than \(limit) levels of nesting"
            case .trailingBytes: "there is something after the end of the document"
            }
        return "malformed JSON at byte \(offset): \(what)"
    }
}
