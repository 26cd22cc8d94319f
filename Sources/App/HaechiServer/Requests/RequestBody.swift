// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HTTPTypes
import Hummingbird
import NIOCore

extension Request {
    /// The whole body; throws `APIError.tooLarge` past the limit.
    func bytes(atMost limit: Int) async throws -> [UInt8] {
        if let length = headers[.contentLength].flatMap({ Int($0) }), length > limit { throw APIError.tooLarge(limit: limit) }
        do {
            let buffer = try await body.collect(upTo: limit)
            return Array(buffer.readableBytesView)
        } catch is NIOTooManyBytesError {
            throw APIError.tooLarge(limit: limit)
        }
    }

    /// The body's media type in lower case, without parameters.
    var mediaType: String {
        let field = headers[.contentType] ?? ""
        return (field.split(separator: ";").first ?? "").lowercased().filter { $0 != " " && $0 != "\t" }
    }

    /// Reads a body that is one JSON document; throws with everything that is wrong with it.
    func document<Value>(
        atMost limit: Int, _ read: (inout DocumentReader) throws(JSONSyntaxError) -> Value?
    ) async throws -> Value {
        guard mediaType == "application/json" else { throw APIError.unsupportedType("application/json") }
        return try Self.parse(try await bytes(atMost: limit), read)
    }

    static func parse<Value>(
        _ bytes: [UInt8], _ read: (inout DocumentReader) throws(JSONSyntaxError) -> Value?
    ) throws -> Value {
        var document = DocumentReader(JSONReader(bytes))
        let value = try read(&document)
        try document.json.finish()
        guard document.problems.isEmpty, let value else { throw APIError.invalid(document.problems) }
        return value
    }
}
