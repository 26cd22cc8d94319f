// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
package import Moderation
import Signals

/// How one exchange is connected.
package struct ExchangeOptions: Hashable, Sendable {
    package enum Kind: String, Hashable, Sendable, CaseIterable {
        case stopncii, ncmec, threatexchange
        /// Another Haechi's list over HTTP, or any server that sends NDJSON in the same way.
        case ndjson
    }

    /// Letters, digits, `-` and `_`; names its checkpoint, so a new name begins anew.
    package var name: String
    package var kind: Kind
    /// The bank that it fills.
    package var bank: String
    /// The source that its fingerprints are said to come from.
    package var source: String
    /// Without a slash at its end; `https`, or `http` for this machine.
    package var url: String
    /// A file of `name: value` lines.
    package var credentials: String
    /// Between the end of a round and the next one.
    package var interval: Duration
    /// What its hashes count as; the source's ceiling may make less of it.
    package var trust: Trust
    /// Other trust for hashes with a word of the exchange: a classification (`a1`), `blocked`, `malicious`.
    package var trustByWord: [String: Trust]
    /// ThreatExchange: the privacy group.
    package var group: String
    /// NCMEC: only entries of these members; empty for all.
    package var members: Set<String>
    /// NCMEC: the reason that goes with a negative vote.
    package var negativeReason: String
    /// Whether our own fingerprints of sources that may be shared are sent there.
    package var shares: Bool
    /// The bank that is shared from.
    package var sharedBank: String
    /// Whether outcomes of matches are sent there.
    package var sendsFeedback: Bool
    /// Tags that may go out; all others stay.
    package var sharedTags: Set<String>
    /// nil for what the exchange recommends.
    package var pageSize: Int?
    /// Most bytes of one answer.
    package var bodyLimit: Int
    /// For one answer.
    package var deadline: Duration

    package init(name: String, kind: Kind, bank: String, url: String) {
        self.name = name
        self.kind = kind
        self.bank = bank
        self.url = url
        source = name
        credentials = ""
        interval = .seconds(3600)
        trust = .claimed
        trustByWord = [:]
        group = ""
        members = []
        negativeReason = ""
        shares = false
        sharedBank = bank
        sendsFeedback = false
        sharedTags = []
        pageSize = nil
        bodyLimit = 64 << 20
        deadline = .seconds(120)
    }
}

/// Everything that is wrong with the settings of one exchange.
package struct ExchangeOptionsError: Error, Hashable, Sendable {
    package var problems: [String]
}

extension ExchangeOptions {
    /// The keys that `init(_:)` knows, besides `trust.WORD`.
    package static let keys = [
        "name", "kind", "bank", "source", "url", "environment", "credentials", "interval", "trust", "group", "members",
        "negative-reason", "share", "share-bank", "feedback", "share-tags", "page-size", "body-limit", "deadline",
    ]

    /// NCMEC's databases, by the names that we give them.
    package static let environments = [
        "industry": "https://report.cybertip.org/hashsharing",
        "industry-exploitative": "https://report.cybertip.org/exploitative-hashsharing",
        "law-enforcement": "https://lesp.ncmec.org/csam-hashsharing",
        "npo": "https://hashsharing.ncmec.org/npo",
        "exploitative": "https://hashsharing.ncmec.org/exploitative",
        "generative-ai-csam": "https://hashsharing.ncmec.org/generative-ai-csam",
        "generative-ai-exploitative": "https://hashsharing.ncmec.org/generative-ai-exploitative",
        "test-industry": "https://exttest.cybertip.org/hashsharing",
        "test-industry-exploitative": "https://exttest.cybertip.org/exploitative-hashsharing",
        "test-npo": "https://hashsharing-test.ncmec.org/npo",
        "test-exploitative": "https://hashsharing-test.ncmec.org/exploitative",
    ]

    /// Settings as they stand in a file, all as text.
    /// - Throws: all problems at once.
    package init(_ settings: [String: String]) throws(ExchangeOptionsError) {
        var reader = SettingsReader(settings)
        let name = reader.text("name", check: Bank.isName, expected: "letters, digits, - and _")
        let kind = reader.required("kind") { Kind(rawValue: $0) } ?? .ndjson
        let bank = reader.text("bank", check: Bank.isName, expected: "the name of a bank")
        self.init(name: name, kind: kind, bank: bank, url: reader.url(for: kind))
        source = reader["source"] ?? name
        credentials = reader["credentials"] ?? ""
        if kind != .ndjson, credentials.isEmpty { reader.complain("credentials: expected the path of a file") }
        if let interval = reader.duration("interval") { self.interval = interval }
        if interval < .seconds(60) { reader.complain("interval: expected at least 1m") }
        if let deadline = reader.duration("deadline") { self.deadline = deadline }
        trust = reader.trust("trust") ?? .claimed
        trustByWord = reader.trustByWord()
        group = reader["group"] ?? ""
        if kind == .threatexchange, !Self.isNumber(group) { reader.complain("group: expected the number of a privacy group") }
        members = reader.list("members")
        if !members.allSatisfy({ Self.isNumber($0) }) { reader.complain("members: expected numbers with commas between them") }
        negativeReason = reader["negative-reason"] ?? ""
        shares = reader.flag("share")
        if shares, kind != .stopncii, kind != .threatexchange { reader.complain("share: \(kind.rawValue) takes no hashes") }
        sharedBank = reader["share-bank"] ?? bank
        sendsFeedback = reader.flag("feedback")
        if sendsFeedback, kind == .ndjson { reader.complain("feedback: ndjson takes none") }
        sharedTags = reader.list("share-tags")
        pageSize = reader.whole("page-size", 1...5_000)
        bodyLimit = reader.whole("body-limit", 4_096...(1 << 30)) ?? bodyLimit
        try reader.finish()
    }

    private static func isNumber(_ text: String) -> Bool {
        (1...20).contains(text.utf8.count) && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
