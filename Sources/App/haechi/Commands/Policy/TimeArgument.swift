// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation

/// A moment on the command line: a day (its beginning, UTC) or a time.
struct TimeArgument: ExpressibleByArgument {
    let date: Date

    init?(argument: String) {
        let day = try? Date(argument, strategy: .iso8601.year().month().day())
        let formats: [Date.ISO8601FormatStyle] = [.iso8601, Date.ISO8601FormatStyle(includingFractionalSeconds: true)]
        let time = formats.lazy.compactMap { try? Date(argument, strategy: $0) }.first
        // The style for days takes a time too, and leaves it out.
        guard let date = time ?? (argument.count == 10 ? day : nil) else { return nil }
        self.date = date
    }
}
