// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

#if canImport(Glibc)
    import Glibc
#elseif canImport(Musl)
    import Musl
#else
    import Foundation
#endif

/// The exponential function of the C library.
enum Exponential {
    static func of(_ x: Double) -> Double { exp(x) }
}
