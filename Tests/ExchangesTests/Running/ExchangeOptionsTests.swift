// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Testing

@testable import Exchanges

@Suite("Settings of an exchange")
struct ExchangeOptionsTests {
    @Test("are read, with defaults that trust nobody")
    func reads() throws {
        let options = try ExchangeOptions([
            "name": "npo", "kind": "ncmec", "bank": "csam", "environment": "npo", "credentials": "/run/secrets/npo",
            "interval": "10m", "trust.A1": "probation", "members": "1, 42",
        ])
        #expect(options.url == "https://hashsharing.ncmec.org/npo" && options.interval == .seconds(600))
        #expect(options.trust == .claimed && options.trustByWord == ["a1": .probation] && options.members == ["1", "42"])
        #expect(options.source == "npo" && !options.shares && !options.sendsFeedback)
        let stop = try ExchangeOptions(["name": "s", "kind": "stopncii", "bank": "b", "credentials": "c"])
        #expect(stop.url == "https://api.stopncii.org/v1" && stop.interval == .seconds(3600))
    }

    @Test("tell everything that is wrong at once")
    func problems() {
        let error = #expect(throws: ExchangeOptionsError.self) {
            try ExchangeOptions([
                "name": "a b", "kind": "ncmec", "bank": "", "environment": "moon", "interval": "5", "trust": "benign",
                "colour": "red",
                "share": "true",
            ])
        }
        let names = error?.problems.map { String($0.prefix { $0 != ":" }) } ?? []
        #expect(names.sorted() == ["bank", "colour", "credentials", "environment", "interval", "name", "share", "trust"])
    }

    @Test(
        "an address is HTTPS, or HTTP on this machine",
        arguments: [
            ("https://example.org/list/", true), ("http://127.0.0.1:1/x", true), ("http://localhost:1", true),
            ("http://example.org", false),
            ("http://127.0.0.1.example.org", false), ("https://u:p@example.org", false), ("https://example.org?x", false),
            ("ftp://x", false),
            ("", false),
        ])
    func addresses(url: String, isGood: Bool) {
        let options = try? ExchangeOptions(["name": "n", "kind": "ndjson", "bank": "b", "url": url])
        #expect((options != nil) == isGood)
    }

    @Test("credentials show up in no text")
    func secrets() {
        let credentials = ExchangeCredentials(text: "# note\nuser: someone\npassword: a:b c\n")
        #expect((try? credentials.require("user")) == "someone" && credentials.optional("password") == "a:b c")
        for text in ["\(credentials)", String(reflecting: credentials), String(describing: credentials)] {
            #expect(text == "(secret)")
        }
        var dumped = ""
        dump(credentials, to: &dumped)
        #expect(!dumped.contains("someone"))
    }
}
