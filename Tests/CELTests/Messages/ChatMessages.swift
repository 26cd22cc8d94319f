// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL

/// A small message type of the tests' own, with a field of every kind.
let chatTypes: MessageTypes = {
    let name = "chat.v1.Post"
    func field(
        _ name: String, _ number: Int32, _ encoding: FieldEncoding, _ cardinality: MessageField.Cardinality = .single,
        _ presence: MessageField.Presence = .implicit, oneof: String? = nil
    ) -> MessageField {
        MessageField(
            name: name, number: number, encoding: encoding, cardinality: cardinality, presence: presence, oneof: oneof)
    }
    let post = MessageType(
        name: name,
        fields: [
            field("id", 1, .int64), field("text", 2, .string), field("parent", 3, .message(name)),
            field("marks", 4, .int32, .repeated), field("scores", 5, .double, .map(key: .string)),
            field("edited", 6, .bool, .single, .tracked), field("likes", 7, .sint32), field("weight", 8, .float),
            field("size", 9, .fixed32), field("link", 10, .string, oneof: "content"),
            field("image", 11, .bytes, oneof: "content"), field("quote", 12, .message(name), oneof: "content"),
            field("length", 13, .message("google.protobuf.Duration")), field("extra", 14, .message("google.protobuf.Any")),
            field("replies", 15, .message(name), .repeated), field("count", 16, .message("google.protobuf.UInt32Value")),
            field("data", 17, .message("google.protobuf.Struct")),
        ])
    return MessageTypes([name: post])
}()

func post(_ fields: (field: String, value: Value)...) throws -> Value {
    guard let type = chatTypes["chat.v1.Post"] else { throw WrongType() }
    return chatTypes.build(type, fields)
}

func decodedPost(_ bytes: [UInt8]) throws -> MessageValue {
    guard case .message(let message) = try chatTypes.decode(bytes, as: "chat.v1.Post") else { throw WrongType() }
    return message
}

struct WrongType: Error {}
