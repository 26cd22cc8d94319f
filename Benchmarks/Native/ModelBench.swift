// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Glibc
import Logging
import MediaDecoding
import ModelInputs
import Moderation
import Signals
import Synchronization

/// The two pools of processes, and what they use of the processor.
final class ModelBench: Sendable {
    let models: [(load: ModelLoad, wish: RasterWish)]
    private let decoders: MediaWorkerPool
    private let thinkers: ThinkerPool
    private let request: MediaRequest
    private let workers: Int
    private let took = Mutex<(sum: [String: Int], files: Int)>(([:], 0))

    init(worker: String, native: String, workers: Int, models: [(ModelLoad, RasterWish)], isPlain: Bool) {
        self.models = models.map { (load: $0.0, wish: $0.1) }
        self.workers = workers
        let logger = Logger(label: "haechi-bench") { _ in SwiftLogNoOpLogHandler() }
        var decoding = MediaWorkerOptions()
        decoding.workers = workers
        decoding.picturesPerWorker = 1_000_000
        decoding.native = native
        decoders = MediaWorkerPool(executable: worker, options: decoding, logger: logger)
        var thinking = ThinkerOptions()
        thinking.workers = workers
        thinking.jobsPerWorker = 1_000_000
        thinkers = ThinkerPool(
            executable: worker, native: native, models: models.map(\.0), options: thinking, logger: logger)
        var request = MediaRequest()
        request.method = isPlain ? .fullSize : .nearest512
        request.dihedrals = !isPlain
        request.borders = !isPlain
        request.preview = !isPlain
        request.provenance = !isPlain
        for (_, wish) in models where !request.rasters.contains(wish) { request.rasters.append(wish) }
        self.request = request
    }

    /// Returns when every process runs: one that still loads its models would be counted.
    func start(with content: [UInt8]) async {
        let end = ContinuousClock.now + .seconds(180)
        await thinkers.waitUntilReady(until: end)
        repeat { await lookAtAll(Array(repeating: content, count: 4 * workers)) } while !isComplete && ContinuousClock.now < end
        took.withLock { $0 = ([:], 0) }
    }

    private var isComplete: Bool {
        decoders.workers.count == workers && (models.isEmpty || thinkers.workers.count == workers)
    }

    func stop() async {
        await decoders.shutdown()
        await thinkers.shutdown()
    }

    func examine(_ content: [UInt8]) async -> MediaFacts? {
        let facts = try? await decoders.inspect(content, request)
        if let facts {
            took.withLock { took in
                took.files += 1
                for (step, time) in facts.times { took.sum[step, default: 0] += time }
            }
        }
        return facts
    }

    func ask(_ model: String, about raster: Raster) async -> ModelOutput? {
        try? await thinkers.run(model, on: .raster(raster), until: .now + .seconds(60))
    }

    /// By output: the score, or how many boxes there are and how sure the surest is.
    func look(at content: [UInt8]) async -> [String: Double] {
        guard let facts = await examine(content) else { return [:] }
        var found: [String: Double] = [:]
        for (load, wish) in models {
            guard let raster = facts.rasters.first(where: { $0.wish == wish }) else { continue }
            switch await ask(load.name, about: raster) {
            case .scores(let scores):
                for (name, score) in zip(load.recipe.outputs, scores) where !name.isEmpty { found[name] = score }
            case .regions(let regions):
                found[load.name] = Double(regions.count)
                found[load.name + "-score"] = regions.map(\.score).max() ?? 0
            default: continue
            }
        }
        return found
    }

    /// Twice as many at a time as there are processes, so that none waits for work.
    func lookAtAll(_ contents: [[UInt8]]) async {
        await withTaskGroup(of: Void.self) { group in
            for (place, content) in contents.enumerated() {
                if place >= 2 * workers { await group.next() }
                group.addTask { _ = await self.look(at: content) }
            }
        }
    }

    /// Microseconds of each step of decoding, a file.
    var steps: [String: Double] {
        took.withLock { took in took.sum.mapValues { Double($0) / Double(max(1, took.files)) } }
    }

    /// `nudity@1:f32`, or why a model does not run.
    var states: [String] {
        thinkers.states.map { $0.problem.map { why in "off: \(why)" } ?? "\($0.name)@\($0.version):\($0.precision)" }
    }

    /// Processor time of this process and of the workers that ran all the while.
    func milliseconds(_ work: () async -> Void) async -> Double {
        let (begin, own) = (workerSeconds, processSeconds())
        await work()
        let (end, others) = (workerSeconds, begin.keys)
        return (processSeconds() - own + others.reduce(0) { $0 + max(0, end[$1, default: 0] - begin[$1, default: 0]) }) * 1_000
    }

    private var workerSeconds: [Int32: Double] {
        let processes = (decoders.workers + thinkers.workers).map(\.processID)
        return Dictionary(processes.map { ($0, seconds(of: $0)) }) { first, _ in first }
    }

    private func seconds(of process: Int32) -> Double {
        var (clock, time) = (clockid_t(), timespec())
        guard clock_getcpuclockid(process, &clock) == 0, clock_gettime(clock, &time) == 0 else { return 0 }
        return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
    }
}
