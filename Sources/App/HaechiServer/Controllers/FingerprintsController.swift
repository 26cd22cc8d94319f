// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Hummingbird
import Moderation
import Signals

/// Takes known hashes into banks.
struct FingerprintsController {
    static let most = 1_000

    let ports: ServerPorts
    let options: ServerOptions

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.post("/fingerprints", use: add)
        api.get("/fingerprints/stats", use: stats)
    }

    /// One delivery for each bank and source. Repeating a request that failed in between changes nothing twice.
    @Sendable func add(_ request: Request, context: ServerContext) async throws -> Response {
        let documents = try await request.document(atMost: options.bodyLimit) {
            (document) throws(JSONSyntaxError) -> [FingerprintDocument]? in
            var read: [FingerprintDocument] = []
            try document.array(atMost: Self.most) { (document) throws(JSONSyntaxError) in
                if let one = try FingerprintDocument(&document, line: read.count + 1) { read.append(one) }
            }
            return read
        }
        var tally = ImportTally()
        var deliveries: [FingerprintImport] = []
        for place in documents.map(\.place).uniqued() {
            let records = documents.filter { $0.place == place }.map(\.record)
            do throws(BankError) {
                let delivery = try await begin(place, by: context.accountName, expected: records.count)
                tally += try await ports.banks.take(records, of: delivery, strict: true, checkpoint: nil)
                deliveries.append(delivery)
            } catch {
                throw APIError(error)
            }
        }
        return Self.json(tally, deliveries)
    }

    /// Banks and sources that are named for the first time are made.
    private func begin(
        _ place: FingerprintDocument.Place, by account: String, expected: Int
    ) async throws(BankError) -> FingerprintImport {
        do {
            if try await !ports.banks.banks().contains(where: { $0.name == place.bank }) {
                try await ports.banks.create(Bank(name: place.bank, addedAt: ports.now()), by: account)
            }
            if try await !ports.banks.sources().contains(where: { $0.name == place.source }) {
                try await ports.banks.put(FingerprintSource(name: place.source, addedAt: ports.now()), by: account)
            }
        } catch let error as BankError {
            if case .bankExists = error {} else { throw error }
        } catch {
            throw .unavailable("\(error)")
        }
        return try await ports.banks.begin(bank: place.bank, source: place.source, by: account, expected: expected)
    }

    /// How many fingerprints each bank has that count.
    @Sendable func stats(_ request: Request, context: ServerContext) async throws -> Response {
        let counts = try await ports.banks.counts().filter { $0.trust != .retired }
        var writer = JSONWriter()
        writer.object { writer in
            writer.array("banks") { writer in
                for (bank, counts) in Dictionary(grouping: counts, by: \.bank).sorted(by: { $0.key < $1.key }) {
                    writer.object { writer in
                        writer.string("bank", bank)
                        writer.integer("fingerprints", counts.reduce(0) { $0 + $1.count })
                        writer.array("counts") { writer in
                            for count in counts.sorted(by: {
                                ($0.kind.rawValue, $0.trust.rawValue) < ($1.kind.rawValue, $1.trust.rawValue)
                            }) {
                                writer.object { writer in
                                    writer.string("kind", count.kind.rawValue)
                                    writer.string("trust", count.trust.rawValue)
                                    writer.integer("count", count.count)
                                }
                            }
                        }
                    }
                }
            }
        }
        return .json(writer)
    }

    private static func json(_ tally: ImportTally, _ deliveries: [FingerprintImport]) -> Response {
        var writer = JSONWriter()
        writer.object { writer in
            writer.integer("added", tally.added)
            writer.integer("changed", tally.changed)
            writer.integer("unchanged", tally.unchanged)
            writer.integer("withdrawn", tally.withdrawn)
            writer.array("imports") { writer in
                for delivery in deliveries { BanksController.write(delivery, to: &writer) }
            }
        }
        return .json(writer)
    }
}

extension Sequence where Element: Hashable {
    /// Each element once, in the order of its first place.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
