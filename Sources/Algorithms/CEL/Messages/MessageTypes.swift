// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The message types that a program knows: those that the caller declares, and the well-known ones, which are always there.
public final class MessageTypes: Sendable {
    private let declared: [String: MessageType]

    /// Only the well-known types.
    public static let wellKnown = MessageTypes([:])

    public init(_ declared: [String: MessageType]) { self.declared = declared }

    /// The type of that full name.
    public subscript(name: String) -> MessageType? { declared[name] ?? WellKnown.types[name] }

    /// The enums beside the well-known types: constants by name.
    public static let wellKnownEnums: [String: [String: Int64]] = ["google.protobuf.NullValue": ["NULL_VALUE": 0]]
}
