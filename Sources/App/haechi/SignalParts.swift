// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaDecoding
import Pipeline
import Policies
import ServiceLifecycle
import Signals
import Storage

/// What looks at pictures and words: banks and their lists, the box in which media is decoded, models, look-alikes.
struct SignalParts: Sendable {
    let banks: Banks
    let bankService: BankService
    let decoder: MediaWorkerPool
    let examiner: MediaExaminer
    /// What is installed, in processes of their own or on a server.
    let models: ModelParts
    let lookAlikes: LookAlikeParts

    init(_ settings: Settings, on ground: Ground) async throws {
        let (store, logger, now) = (ground.store, ground.logger, ground.now)
        banks = try await BankIndexFolder.open(settings, store: store, logger: logger, now: now)
        bankService = BankService(store, live: banks, settings)
        decoder = MediaWorkerPool(
            executable: MediaWorkerPool.locate() ?? "haechi-media-worker", options: .init(settings), logger: logger)
        examiner = MediaExaminer(inspector: decoder, sha256: Digest.sha256)
        models = try ModelParts(settings, decoder: decoder, logger: logger)
        lookAlikes = await LookAlikeParts.open(settings, models: models, store: store, logger: logger, now: now)
    }

    var services: [any Service] { models.services + lookAlikes.services }

    func shutdown() async {
        await decoder.shutdown()
        await models.shutdown()
    }

    /// The policies as rules that can be asked, with every detector that they may need.
    func rulebook(_ policies: PolicySet) throws -> Rulebook { try models.rulebook(policies, banks: banks) }

    /// What is optional, and whether it runs.
    func standing() async -> [SignalStanding] { (models.standing + (await lookAlikes.standing())).sorted { $0.name < $1.name } }
}
