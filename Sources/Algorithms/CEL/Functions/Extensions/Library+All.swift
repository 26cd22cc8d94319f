// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Library {
    /// Everything that CEL has: the standard library and every extension.
    public static let all: [Library] = [
        .standard, .strings, .math, .lists, .sets, .encoders, .regex, .optionals, .bindings, .twoVariable, .block, .network,
        .protos,
    ]
}
