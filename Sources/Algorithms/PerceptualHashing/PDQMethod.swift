// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a picture is hashed from: PDQ is published with more than one answer, which differ by some bits above 512 pixels.
///
/// Two hashes of one picture made by different methods are a median of 6 and at most some 25 bits apart, so a store says how its
/// hashes were made, and hashes that are shared are made as the receiver makes them.
public enum PDQMethod: String, Sendable, Hashable, Codable, CaseIterable {
    /// A picture with a side above 512 is first reduced to 512 x 512 by taking the nearest pixels, as the reference tool for
    /// photographs does.
    case nearest512 = "nearest-512"
    /// The filter runs over all pixels, and luminance is computed in double and rounded once, as in the Python package
    /// `pdqhash`, which Hasher-Matcher-Actioner runs.
    case fullSize = "full-size"
    /// The filter runs over all pixels, and luminance is computed in Float, as in the reference tool for videos (vPDQ).
    case videoFrame = "video-frame"
}
