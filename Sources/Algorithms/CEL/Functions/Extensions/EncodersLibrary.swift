// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// `encoders`: `base64.encode` of bytes and `base64.decode` to bytes.
    public static let encoders = Library(
        "encoders",
        functions: [
            Function("base64.encode", [Overload("base64_encode_bytes", [.bytes], .string)], cost: .perCharacter([0])) { a in
                guard case .bytes(let bytes) = a else { return .noOverload("base64.encode", a) }
                return .string(Base64.encode(bytes))
            },
            Function("base64.decode", [Overload("base64_decode_string", [.string], .bytes)], cost: .perCharacter([0])) { a in
                guard case .string(let text) = a else { return .noOverload("base64.decode", a) }
                return Base64.decode(text).map { .bytes($0) } ?? .failure(.badConversion, "the text is no base64")
            },
        ])
}
