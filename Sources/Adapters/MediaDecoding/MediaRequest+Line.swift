// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals

extension MediaRequest {
    /// The wishes as the worker reads them, with the line end.
    var line: String {
        func flag(_ value: Bool) -> String { value ? "1" : "0" }
        let background =
            switch background {
            case .none: "-"
            case .grey(let level): "\(level)"
            }
        let video =
            switch video {
            case nil: "-"
            case .everyFrame: "all"
            case .keyFrames: "key"
            case .seconds(let seconds): "\(seconds)"
            }
        return "method=\(method.rawValue) dihedrals=\(flag(dihedrals)) borders=\(flag(borders)) crops=\(flag(crops)) "
            + "background=\(background) video=\(video) frames=\(frameLimit)\n"
    }

    /// The longest answer that makes sense, in bytes.
    var largestReply: Int { video == nil ? 16_384 : 16_384 + 160 * frameLimit }
}
