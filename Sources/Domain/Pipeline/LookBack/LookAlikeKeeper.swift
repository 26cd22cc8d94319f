// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Foundation
package import Logging
import ServiceLifecycle
package import Signals

/// Has the index of look-alikes forget whom it is to forget, and what is older than it may be; again and again until it is done.
package actor LookAlikeKeeper: Service {
    package struct Options: Sendable {
        /// Pictures that were seen more days ago go.
        package var days = 90
        package var pollInterval: Duration = .seconds(2)
        /// Seconds until it is tried again when the index does not obey.
        package var retryInterval: Double = 60
        /// Seconds between two looks at what is old.
        package var upkeepInterval: Double = 3_600

        package init() {}

        /// For how many seconds after its last sign of life it is written down whom an index is to forget: no longer than pictures may be
        /// kept, and no longer than a week.
        package var patience: Double { Double(min(days, 7)) * 86_400 }
    }

    private let index: String
    private let service: LookAlikeService
    private let list: any ForgetList
    private let options: Options
    private let logger: Logger
    private let now: @Sendable () -> Date
    private let wake = Wake()
    private var retryAt: Date?
    private var keptAt: Date?
    private var upkeepAt: Date?
    /// Set when it was not written down for a while whom the index was to forget.
    private var missedSome = false
    /// Why the index does not obey; nil when it does.
    private(set) package var problem: String?

    /// - Parameter index: its name in the list.
    package init(
        index: String, service: LookAlikeService, list: any ForgetList, options: Options = Options(), logger: Logger,
        now: @escaping @Sendable () -> Date
    ) {
        self.index = index
        self.service = service
        self.list = list
        self.options = options
        self.logger = logger
        self.now = now
    }

    package func run() async throws {
        await wake.rounds(every: options.pollInterval) { _ in
        } round: {
            await self.round()
            return false
        }
    }

    /// Somebody is to be forgotten.
    package nonisolated func signal() { wake.signal() }

    /// Works off what is written down and due; what fails is tried again after a while, and keeps nothing else from being done.
    package func round() async {
        let begun = now()
        guard retryAt.map({ begun >= $0 }) ?? true else { return }
        var failures: [any Error] = []
        do { try await stayKnown(at: begun) } catch { failures.append(error) }
        do { try await obey() } catch { failures.append(error) }
        do { try await letOldGo(at: begun) } catch { failures.append(error) }
        guard !Task.isCancelled else { return }
        guard let error = failures.first else {
            (retryAt, problem) = (nil, nil)
            return
        }
        retryAt = begun.addingTimeInterval(options.retryInterval)
        problem = "the index cannot be written"
        let reason = (error as? LookAlikeError)?.message ?? "\(error)"
        logger.error("look-alikes cannot be forgotten, trying again", metadata: ["reason": "\(reason)"])
    }

    /// Has nothing to do with how the index is: while this process has it open, nobody may give it up.
    private func stayKnown(at now: Date) async throws {
        guard keptAt.map({ now >= $0.addingTimeInterval(options.upkeepInterval) }) ?? true else { return }
        let wasKnown = try await list.keepIndex(index, at: now, until: now.addingTimeInterval(options.patience))
        if !wasKnown { missedSome = true }
        keptAt = now
    }

    private func obey() async throws {
        try await service.recover()
        if missedSome {
            let gone = try await service.forget(before: .distantFuture)
            missedSome = false
            logger.warning("look-alikes: nobody knows whom to forget, so all go", metadata: ["pictures": "\(gone)"])
        }
        try await forgetAll()
    }

    private static let batch = 100
    /// After so many that failed the others are left for another round, too.
    private static let mostFailures = 8

    private func forgetAll() async throws {
        var failed: Set<LookAlikeSubject> = []
        var problem: (any Error)?
        while failed.count < Self.mostFailures {
            let due = try await list.toForget(by: index, limit: Self.batch + failed.count).filter { !failed.contains($0) }
            if due.isEmpty { break }
            do {
                try await forget(due)
            } catch {
                // One by one: who cannot be forgotten now must not hold up the others.
                for subject in due where failed.count < Self.mostFailures {
                    do {
                        try await service.recover()
                        try await forget([subject])
                    } catch {
                        failed.insert(subject)
                        problem = problem ?? error
                    }
                }
            }
        }
        if let problem { throw problem }
    }

    private func forget(_ subjects: [LookAlikeSubject]) async throws {
        _ = try await service.forget(subjects) { [list, index] in try await list.forgot(subjects, by: index) }
    }

    private func letOldGo(at now: Date) async throws {
        guard upkeepAt.map({ now >= $0 }) ?? true else { return }
        let gone = try await service.forget(before: now.addingTimeInterval(-Double(options.days) * 86_400))
        if gone > 0 { logger.info("look-alikes are older than they may be", metadata: ["pictures": "\(gone)"]) }
        upkeepAt = now.addingTimeInterval(options.upkeepInterval)
    }
}
