// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Logging
import Metrics
import Policies
import ServiceLifecycle
import Synchronization
import UnixSignals

/// Watches the policy files and their lists while Haechi runs, and has a changed set used as a whole; a bad file never replaces a good set.
///
/// SIGHUP reads them at once. A set with no file in it is taken for a folder that is not there, not for the wish to have no rules.
actor PolicyWatch: Service {
    static let interval = Duration.seconds(2)
    /// What changes a file without changing its size or time is found after so many rounds.
    static let roundsPerLook = 15

    private let path: String
    private let use: @Sendable (PolicySet) async throws -> Void
    private let logger: Logger
    /// The lists that the policies name: they may lie where nothing else is watched, such as behind a link to another folder.
    private var lists: Set<String> = []
    /// What the watched files have been, and how they were read last.
    private var mark: String
    private var text: String
    /// A change waits until the files have been the same twice: an editor may be in the middle of writing.
    private var unsettled: String?
    private var mustRetry = false
    private var rounds = 0
    private nonisolated let found = Mutex<[String]>([])

    /// - Parameter use: registers a set and judges by it from then on; when it throws, the set before stays.
    init(path: String, logger: Logger, use: @escaping @Sendable (PolicySet) async throws -> Void) {
        self.path = path
        self.use = use
        self.logger = logger
        if let files = try? PolicyFiles.read([path]) { _ = try? PolicyFiles.compile(files, lists: &lists) }
        let watched = [path] + lists.sorted()
        mark = PolicyFiles.mark(of: watched)
        text = PolicyFiles.digest(of: watched)
    }

    private var watched: [String] { [path] + lists.sorted() }

    /// What is wrong with the files as they are; empty when they are used.
    nonisolated var problems: @Sendable () -> [String] {
        { self.found.withLock { $0 } }
    }

    func run() async throws {
        await cancelWhenGracefulShutdown {
            await withTaskGroup(of: Void.self) { group in
                group.addTask {
                    while !Task.isCancelled {
                        try? await Task.sleep(for: Self.interval)
                        await self.look()
                    }
                }
                group.addTask {
                    for await _ in await UnixSignalsSequence(trapping: .sighup) { await self.reload(why: "SIGHUP") }
                }
            }
        }
    }

    /// One round.
    func look() async {
        rounds += 1
        let now = PolicyFiles.mark(of: watched)
        if now != mark {
            guard now == unsettled else {
                unsettled = now
                return
            }
        } else if !mustRetry, rounds % Self.roundsPerLook != 0 {
            return
        }
        unsettled = nil
        mark = now
        await readIfChanged()
    }

    /// Reads the files at once, whether they look changed or not.
    func reload(why: String) async {
        logger.info("reading the policies again", metadata: ["why": "\(why)"])
        mark = PolicyFiles.mark(of: watched)
        mustRetry = true
        await readIfChanged()
    }

    private func readIfChanged() async {
        do {
            // A list that is named for the first time is not in it: then the next rounds read once more.
            let digest = PolicyFiles.digest(of: watched)
            guard digest != text || mustRetry || !problems().isEmpty else { return }
            let files = try PolicyFiles.read([path])
            guard !files.isEmpty else {
                return refuse(["\(path): there is no policy file; the policies before are used on"], retry: false)
            }
            let set: PolicySet
            do {
                set = try PolicyFiles.compile(files, lists: &lists)
            } catch {
                text = digest
                return refuse(error.diagnostics.map(\.description), retry: false)
            }
            try await use(set)
            text = digest
            mustRetry = false
            found.withLock { $0 = [] }
            Self.count("used", problems: 0)
            logger.notice("policies read again", metadata: ["rules": "\(set.ruleCount)", "version": "\(set.version)"])
        } catch let error as PolicyFiles.Unreadable {
            refuse([error.message], retry: false)
        } catch {
            // The database may be away: the same files are tried again.
            refuse(["the policies could not be put to use: \(error)"], retry: true)
        }
    }

    private func refuse(_ problems: [String], retry: Bool) {
        mustRetry = retry
        guard found.withLock({ $0 }) != problems else { return }
        found.withLock { $0 = problems }
        Self.count("refused", problems: problems.count)
        for problem in problems.prefix(20) {
            logger.error("the policy files are not used; the ones before are", metadata: ["why": "\(problem)"])
        }
    }

    private static func count(_ result: String, problems: Int) {
        Counter(label: "haechi_policy_reloads_total", dimensions: [("result", result)]).increment()
        Gauge(label: "haechi_policy_file_problems").record(problems)
    }
}
