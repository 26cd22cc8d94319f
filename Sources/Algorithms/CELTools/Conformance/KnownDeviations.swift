// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Where Haechi knowingly differs from the conformance data.
package enum KnownDeviations {
    /// By the id of a test, or by the beginning of the ids of a section.
    private static let skipped: [(prefix: String, reason: String)] = [
        ("enums/strong_proto2/", strongEnums), ("enums/strong_proto3/", strongEnums),
    ]

    private static let strongEnums = "enums are ints, as in every implementation: types of their own were never introduced"

    /// Calls that have no overload: the checker says so already, where the data expects it of the evaluation.
    private static let refusedWhenChecked = ["network_ext/ip_type/is_ip_cidr_compile_error"]

    static func reason(_ id: String) -> String? { skipped.first { id.hasPrefix($0.prefix) }?.reason }

    static func isRefusedWhenChecked(_ id: String) -> Bool { refusedWhenChecked.contains(id) }
}
