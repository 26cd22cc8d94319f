// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Storage

@Suite("Event as JSON")
struct EventJSONTests {
    @Test("is read back as the same event, whatever its texts hold")
    func roundTrip() throws {
        let texts = [
            "", "plain", "안녕 👋", "\" \\ / \u{0}\u{1}\u{1F}\u{7F}\n\r\t\u{2028}",
            String((UInt8(0)..<128).map { Character(UnicodeScalar($0)) }),
        ]
        var events = texts.map { Sample.event($0, space: SpaceID($0), text: $0) }
        events[0].item = nil
        events[1].actor.createdAt = nil
        events[2].item?.text = nil
        events[2].item?.replaces = "$0"
        events[3].item?.media = []
        events[4].item?.media = [Media(id: "a"), Media(id: "b", type: "c", url: "d", sha256: "e")]
        events[4].at = .distantPast
        for event in events {
            #expect(try JSONDecoder().decode(Event.self, from: Data(EventJSON.text(of: event).utf8)) == event)
        }
    }
}
