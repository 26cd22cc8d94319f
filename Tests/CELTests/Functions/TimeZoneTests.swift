// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("Times are read in zones")
struct TimeZoneTests {
    @Test(
        "zones by name follow their rules, beyond their tables too",
        arguments: [
            ("2024-01-15T12:00:00Z", "Asia/Seoul", "21"), ("2024-01-15T12:00:00Z", "America/New_York", "7"),
            ("2024-07-15T12:00:00Z", "America/New_York", "8"), ("2050-01-15T12:00:00Z", "America/New_York", "7"),
            ("2050-07-15T12:00:00Z", "America/New_York", "8"), ("2050-01-15T12:00:00Z", "Australia/Sydney", "23"),
            ("2050-07-15T12:00:00Z", "Australia/Sydney", "22"), ("2050-07-15T12:00:00Z", "Europe/Dublin", "13"),
            ("2050-01-15T12:00:00Z", "Europe/Dublin", "12"), ("9999-07-15T12:00:00Z", "Europe/Berlin", "14"),
            ("1800-01-15T12:00:00Z", "UTC", "12"), ("2024-03-31T00:59:59Z", "Europe/Berlin", "1"),
            ("2024-03-31T01:00:00Z", "Europe/Berlin", "3"), ("2024-01-15T12:00:00Z", "+05:30", "17"),
            ("2024-01-15T12:00:00Z", "-03:30", "8"), ("2024-01-15T12:00:00Z", "US/Central", "6"),
        ])
    func zones(time: String, zone: String, hours: String) throws {
        #expect(try outcome("timestamp('\(time)').getHours('\(zone)')") == hours)
    }

    @Test(
        "names that are no zones are errors, whatever lies there",
        arguments: [
            "Nowhere/City", "../../../etc/passwd", "/etc/passwd", "zone.tab", "America", "Asia/../Asia/Seoul", "Asia//Seoul",
            "+25:00",
            "+5:00", "Asia/Seoul\\u0000", "tzdata.zi", ".",
        ])
    func hostile(zone: String) throws {
        #expect(try outcome("timestamp('2024-01-15T12:00:00Z').getHours('\(zone)')") == "error")
    }
}
