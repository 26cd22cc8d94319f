// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension LinearRegex {
    /// What a pattern may cost, so that whoever writes patterns cannot take the memory or the time of those who match.
    public struct Limits: Sendable, Hashable {
        /// UTF-8 bytes of the pattern.
        public var patternBytes: Int
        /// Groups inside groups.
        public var nesting: Int
        /// Steps of the compiled program: about one for each byte range of the pattern, repetitions written out.
        public var programSize: Int
        /// Bytes of remembered states in each matcher's cache; when full it starts again.
        public var cacheBytes: Int

        public init(
            patternBytes: Int = 16_384, nesting: Int = 250, programSize: Int = 20_000, cacheBytes: Int = 1 << 20
        ) {
            self.patternBytes = patternBytes
            self.nesting = nesting
            self.programSize = programSize
            self.cacheBytes = cacheBytes
        }
    }
}
