// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import NIOHTTP1
import Signals

/// The list of another Haechi, or of any server that answers in this way:
///
///     GET URL?after=CURSOR&limit=N      (the first time without `after`)
///     200, application/x-ndjson: one record a line, withdrawn ones with "withdrawn": true
///     Haechi-Cursor: where the next page begins, given with every answer
///     Haechi-More: true or false
///
/// HMA has no call that lists what is in a bank, so an HMA is joined to Haechi by files, or by both reading the same exchange.
package struct NDJSONFeed: Exchange {
    package static let cursorHeader = "Haechi-Cursor"
    package static let moreHeader = "Haechi-More"
    private static let pageSize = 5_000
    private static let longestCursor = 200

    package let memory: Duration? = nil
    private let http: ExchangeHTTP
    private let options: ExchangeOptions
    private let credentials: ExchangeCredentials?

    package init(options: ExchangeOptions, credentials: ExchangeCredentials?) {
        self.options = options
        self.credentials = credentials
        http = ExchangeHTTP(base: options.url, limit: options.bodyLimit, deadline: options.deadline)
    }

    package func fetch(from checkpoint: String?, easing: Int) async throws(ExchangeError) -> ExchangePage {
        var query = [("limit", String(max(1, (options.pageSize ?? Self.pageSize) >> min(easing, 16))))]
        if let checkpoint { query.append(("after", checkpoint)) }
        var headers = [("Accept", "application/x-ndjson")]
        if let credentials { headers.append(("Authorization", "Bearer " + (try credentials.require("token")))) }
        let answer = try await http.send(.GET, "?" + ExchangeHTTP.query(query), headers: headers)
        try answer.checkNotAWebPage()
        guard let cursor = answer.headers.first(name: Self.cursorHeader), (1...Self.longestCursor).contains(cursor.utf8.count),
            cursor.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7F })
        else { throw .malformed("the header \(Self.cursorHeader) is missing") }
        let more = answer.headers.first(name: Self.moreHeader)
        guard more == "true" || more == "false" else { throw .malformed("the header \(Self.moreHeader) is missing") }
        guard more == "false" || cursor != checkpoint else { throw .malformed("the next page is the same page") }
        var page = ExchangePage(checkpoint: cursor, isLast: more == "false")
        try read(answer.body, into: &page)
        return page
    }

    private func read(_ body: [UInt8], into page: inout ExchangePage) throws(ExchangeError) {
        var decoder = RecordDecoder(options: RecordOptions(format: .ndjson, trust: .claimed))
        decoder.append(body)
        decoder.finish()
        do throws(RecordFileError) {
            while let batch = try decoder.next() {
                page.records += batch.records.map { record in
                    var record = record
                    // What they found harmless is nothing that they stand by; it says nothing here of what we found.
                    if record.trust == .benign { record.isWithdrawn = true }
                    // The other side's trust is its own; here a record is what the operator says, or less.
                    record.trust = Self.lower(record.trust, options.trust)
                    return record
                }
                page.refused += batch.refused
            }
        } catch {
            throw .malformed(error.message)
        }
    }

    private static func lower(_ said: Trust, _ allowed: Trust) -> Trust {
        let order: [Trust] = [.claimed, .probation, .verified]
        guard let said = order.firstIndex(of: said), let allowed = order.firstIndex(of: allowed) else { return .claimed }
        return order[min(said, allowed)]
    }
}
