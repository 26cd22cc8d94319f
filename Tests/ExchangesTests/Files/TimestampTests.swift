// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

@testable import Exchanges

@Suite("Times in lists")
struct TimestampTests {
    @Test(
        "are read with offset and fraction",
        arguments: [
            ("1970-01-01T00:00:00Z", 0.0), ("2026-11-22T09:30:00+09:00", 1_795_307_400),
            ("2000-02-29T12:00:00.5Z", 951_825_600.5),
            ("2017-10-24T15:10:00Z", 1_508_857_800), ("1969-12-31T23:59:59Z", -1), ("2100-03-01T00:00:00-01:30", 4_107_547_800),
        ])
    func reads(text: String, seconds: Double) {
        #expect(Timestamp.date(text)?.timeIntervalSince1970 == seconds)
    }

    @Test(
        "are refused when they are none",
        arguments: ["", "2026-13-01T00:00:00Z", "2026-01-01", "2026-01-01T00:00:00", "2026-01-01T00:00:00Zx"])
    func refuses(text: String) { #expect(Timestamp.date(text) == nil) }

    @Test("are written in UTC whatever the zone of the machine")
    func writes() {
        for seconds in stride(from: -4_000_000_000.0, through: 8_000_000_000, by: 86_399 * 97) {
            let date = Date(timeIntervalSince1970: seconds)
            #expect(Timestamp.date(Timestamp.text(date)) == date)
        }
        #expect(Timestamp.text(Date(timeIntervalSince1970: 1_508_857_800)) == "2017-10-24T15:10:00Z")
    }
}
