// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
import Moderation
import NIOHTTP1
package import Signals

/// ThreatExchange by Meta's Graph API: the hashes of one privacy group with the opinions of its members.
///
/// Updates come in the order of time. A deletion is listed for ninety days only, so an older checkpoint is of no use.
package struct ThreatExchange: Exchange {
    private static let pageSize = 500
    private static let cursorLife = 3600
    private static let fields = "id,indicator,type,last_updated,should_delete,descriptors{id,owner{id},status,tags,reactions}"
    private static let types: [(type: String, kind: Fingerprint.Kind)] = [
        ("HASH_PDQ", .pdq), ("HASH_SHA256", .sha256), ("HASH_MD5", .md5), ("HASH_VIDEO_MD5", .md5),
    ]

    /// Five days before deletions are forgotten.
    package let memory: Duration? = .seconds(85 * 86_400)
    private let http: ExchangeHTTP
    private let options: ExchangeOptions
    private let credentials: ExchangeCredentials
    private let now: @Sendable () -> Date

    package init(
        options: ExchangeOptions, credentials: ExchangeCredentials, now: @escaping @Sendable () -> Date = { Date() }
    ) {
        self.options = options
        self.credentials = credentials
        self.now = now
        http = ExchangeHTTP(base: options.url, limit: options.bodyLimit, deadline: options.deadline)
    }

    // MARK: Fetching

    package func fetch(from checkpoint: String?, easing: Int) async throws(ExchangeError) -> ExchangePage {
        var state = CheckpointText(checkpoint)
        let clock = Int(now().timeIntervalSince1970)
        var query: [(String, String)]
        if let after = state[text: "after"], easing < 3, clock - (state["afterAt"] ?? 0) < Self.cursorLife {
            query = [("after", after)]
        } else {
            state[text: "after"] = nil
            query = []
        }
        let size = max(1, (options.pageSize ?? Self.pageSize) >> min(easing, 16))
        // A cursor belongs to the question that it was given for.
        let start = (state[text: "after"] == nil ? nil : state["start"]) ?? state["time"] ?? 0
        state["start"] = start
        if start > 0 { query.append(("start_time", String(start))) }
        query += [
            ("limit", String(size)), ("types", Self.types.map(\.type).joined(separator: ",")), ("fields", Self.fields),
            ("access_token", try token()),
        ]
        let answer: ExchangeAnswer
        do throws(ExchangeError) {
            answer = try await http.send(
                .GET, "/\(options.group)/threat_updates/?" + ExchangeHTTP.query(query), headers: [("Accept", "application/json")])
        } catch {
            guard case .refused(400...410) = error, state[text: "after"] != nil, state.restart() else { throw error }
            state[text: "after"] = nil
            return ExchangePage(checkpoint: state.text, isLast: false)
        }
        return try page(try answer.json(), after: state, clock: clock)
    }

    private func page(_ body: JSONTree, after state: CheckpointText, clock: Int) throws(ExchangeError) -> ExchangePage {
        guard let elements = body["data"]?.array else { throw .malformed("data is missing") }
        var state = state
        var page = ExchangePage(checkpoint: "", isLast: true)
        var latest = state["time"] ?? 0
        for (index, element) in elements.enumerated() {
            do throws(RowError) {
                if let time = element["last_updated"]?.lenientInteger { latest = max(latest, Int(exactly: time) ?? latest) }
                if let record = try record(element, place: index + 1, ignored: &page.ignored) { page.records.append(record) }
            } catch {
                page.refused.append(RefusedRecord(line: index + 1, reason: error.reason))
            }
        }
        state["time"] = latest
        state["skips"] = nil
        if let next = body["paging"]?["next"]?.string {
            // The address of the next page holds the access token, which must not get into the store: only the cursor is kept.
            guard let after = Self.cursor(of: next) ?? body["paging"]?["cursors"]?["after"]?.string else {
                throw .malformed("the next page has no cursor")
            }
            guard after != state[text: "after"] else { throw .malformed("the next page is the same page") }
            state[text: "after"] = after
            state["afterAt"] = clock
            page.isLast = false
        } else {
            state[text: "after"] = nil
            state["afterAt"] = nil
            state["start"] = nil
            state["restarts"] = nil
        }
        page.checkpoint = state.text
        return page
    }

    private static func cursor(of address: String) -> String? {
        URLComponents(string: address)?.queryItems?.first { $0.name == "after" }?.value.flatMap { $0.isEmpty ? nil : $0 }
    }

    private func record(_ element: JSONTree, place: Int, ignored: inout [String: Int]) throws(RowError) -> FingerprintRecord? {
        guard let type = element["type"]?.string else { throw RowError("type is missing") }
        guard let kind = Self.types.first(where: { $0.type == type })?.kind else {
            ignored[type.hasPrefix("HASH_") ? String(type.prefix(40)) : "another", default: 0] += 1
            return nil
        }
        guard let value = element["indicator"]?.string else { throw RowError("indicator is missing") }
        if let problem = HashText.problem(value, kind) { throw RowError("indicator: \(problem)") }
        guard let id = element["id"]?.string ?? element["id"]?.integer.map({ String($0) }), !id.isEmpty else {
            throw RowError("id is missing")
        }
        try RecordFields.check(reference: id)
        var record = FingerprintRecord(kind: kind, value: value, trust: options.trust, reference: id, line: place)
        // Deleted ones come without descriptors, and sometimes without the mark.
        let descriptors = element["descriptors"]?["data"]?.array ?? []
        let opinions = descriptors.compactMap { Opinion($0) }
        guard element["should_delete"]?.bool != true, element["descriptors"] != nil else {
            record.isWithdrawn = true
            return record
        }
        guard !opinions.isEmpty else { throw RowError("no descriptor that says who owns it") }
        Opinion.sum(opinions, options: options, into: &record)
        return record
    }

    /// What one member says of a hash.
    private struct Opinion {
        var owner: String
        var status: String
        var tags: [String]
        var isDisputed: Bool

        init?(_ descriptor: JSONTree) {
            guard let owner = descriptor["owner"]?["id"]?.string else { return nil }
            self.owner = String(owner.prefix(30))
            status = descriptor["status"]?.string ?? "UNKNOWN"
            let list = descriptor["tags"]?.array ?? descriptor["tags"]?["data"]?.array ?? []
            tags = list.compactMap { $0.string ?? $0["text"]?.string }.map { String($0.prefix(RecordFields.longestTag)) }
            isDisputed = (descriptor["reactions"]?.array ?? []).contains { $0["key"]?.string == "DISAGREE_WITH_TAGS" }
        }

        /// A hash that members call harmless is never benign here by their word alone: they could open the door to what they
        /// like. It is a
        /// claim at most, and nothing when nobody stands by it.
        static func sum(_ opinions: [Opinion], options: ExchangeOptions, into record: inout FingerprintRecord) {
            let harmless = opinions.filter { $0.status == "NON_MALICIOUS" }
            record.isWithdrawn = harmless.count == opinions.count
            let isDisputed = !harmless.isEmpty || opinions.contains { $0.isDisputed }
            let isAsserted = opinions.contains { $0.status == "MALICIOUS" }
            record.trust = isAsserted ? options.trustByWord["malicious"] ?? options.trust : .claimed
            if isDisputed { record.trust = .claimed }
            var tags = Set(opinions.flatMap { $0.tags }.prefix(32))
            tags.formUnion(opinions.prefix(16).map { "owner:" + $0.owner })
            if isDisputed { tags.insert("disputed") }
            record.tags = tags.sorted()
        }
    }

    /// Updates are in the order of time, so what cannot be read is behind what has been.
    package func skip(past checkpoint: String?) -> (checkpoint: String, what: String)? {
        var state = CheckpointText(checkpoint)
        let time = state["time"] ?? 0
        guard time < Int(now().timeIntervalSince1970) else { return nil }
        let step = state.skipped()
        state["time"] = time + step
        return (state.text, "updates in \(step) s from \(Timestamp.text(Date(timeIntervalSince1970: Double(time))))")
    }

    // MARK: Telling

    package func push(_ records: [FingerprintRecord]) async throws(ExchangeError) -> Int {
        for record in records {
            let type = Self.types.first { $0.kind == record.kind }?.type ?? ""
            var form = [
                ("indicator", record.value.lowercased()), ("type", type), ("description", "shared by Haechi"),
                ("status", record.isWithdrawn ? "UNKNOWN" : "MALICIOUS"), ("share_level", "AMBER"),
                ("privacy_type", "HAS_PRIVACY_GROUP"), ("privacy_members", options.group),
            ]
            let tags = record.tags.filter { options.sharedTags.contains($0) }
            if !tags.isEmpty { form.append(("tags", tags.joined(separator: ","))) }
            let answer = try await post("/threat_descriptors", form).json()
            // To send a hash again is to change our opinion of it, and tells its id; so taking back needs no memory of ours.
            guard record.isWithdrawn else { continue }
            guard let id = answer["id"]?.string, Self.isNumber(id) else { throw .malformed("the answer has no id") }
            _ = try await http.send(.DELETE, "/\(id)?" + ExchangeHTTP.query([("access_token", try token())]), headers: [])
        }
        return 0
    }

    package func send(_ feedback: [ExchangeFeedback]) async throws(ExchangeError) -> Int {
        let own = try token().prefix { $0 != "|" }
        var notTaken = 0
        for item in feedback {
            guard Self.isNumber(item.reference) else {
                notTaken += 1
                continue
            }
            let query = ExchangeHTTP.query([("fields", "id,owner{id}"), ("limit", "100"), ("access_token", try token())])
            let list: JSONTree
            do throws(ExchangeError) {
                list = try await http.send(.GET, "/\(item.reference)/descriptors?" + query, headers: []).json()
            } catch {
                // The hash is gone, so there is nothing to say about it.
                guard case .refused(400...410) = error else { throw error }
                notTaken += 1
                continue
            }
            for descriptor in list["data"]?.array ?? [] {
                guard let id = descriptor["id"]?.string, Self.isNumber(id), descriptor["owner"]?["id"]?.string != String(own)
                else {
                    continue
                }
                _ = try await post("/\(id)", [("reactions", Self.reaction(item.outcome))])
            }
        }
        return notTaken
    }

    private static func reaction(_ outcome: MatchOutcome.Kind) -> String {
        switch outcome {
        case .matched: "SAW_THIS_TOO"
        case .confirmed: "HELPFUL"
        case .overturned: "DISAGREE_WITH_TAGS"
        }
    }

    private func post(_ path: String, _ form: [(String, String)]) async throws(ExchangeError) -> ExchangeAnswer {
        let body = ExchangeHTTP.query(form + [("access_token", try token())])
        return try await http.send(
            .POST, path, headers: [("Content-Type", "application/x-www-form-urlencoded")], body: Array(body.utf8))
    }

    /// `APPID|SECRET`.
    private func token() throws(ExchangeError) -> String {
        if let token = credentials.optional("token") { return token }
        return try credentials.require("app-id") + "|" + credentials.require("app-secret")
    }

    private static func isNumber(_ text: String) -> Bool {
        (1...30).contains(text.utf8.count) && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) }
    }
}
