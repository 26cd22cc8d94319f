// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension MapValue {
    /// A map of these pairs.
    ///
    /// - Returns: Nil when a key comes twice or is of a type that no key has.
    public init?(pairs: some Sequence<(key: Value, value: Value)>) {
        self.init()
        for pair in pairs {
            guard let normal = MapKey(pair.key), insert(pair.key, normal: normal, pair.value) else { return nil }
        }
    }
}
