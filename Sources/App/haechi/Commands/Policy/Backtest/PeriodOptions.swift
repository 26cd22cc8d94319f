// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Pipeline

/// Which part of the history.
struct PeriodOptions: ParsableArguments {
    @Option(
        help: ArgumentHelp(
            "Only events received from this time on, such as 2026-11-01 or 2026-11-01T08:00:00Z.", valueName: "time"))
    var from: TimeArgument?
    @Option(help: ArgumentHelp("Only events received before this time.", valueName: "time")) var until: TimeArgument?

    var period: HistoryPeriod { HistoryPeriod(from: from?.date, until: until?.date) }

    func validate() throws {
        if let from, let until, from.date >= until.date { throw ValidationError("--from must lie before --until") }
    }
}
