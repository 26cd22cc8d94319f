// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// For whom a model is asked: what somebody waits for goes before what comes by itself.
///
/// It travels with the task, so that detectors need not know of it: whoever asks for a person's sake says so once, around the call.
package enum ModelPriority: Int, Sendable, Hashable, Comparable, CaseIterable {
    /// Samples and indexes that nobody waits for.
    case trend
    /// An event that just happened.
    case live
    /// A report, or a case of somebody depicted: never shed.
    case report

    @TaskLocal package static var current = ModelPriority.live

    package static func < (a: ModelPriority, b: ModelPriority) -> Bool { a.rawValue < b.rawValue }
}
