// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Logging
import MediaDecoding
import ModelInputs
import Signals

/// From a file's bytes to what the models say of it, through the sandboxed processes, as the server does it.
struct ModelsCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "models", abstract: "Measure looking at picture files: decoding, hashing and models, in processor time.")

    @Argument(help: "Picture files.") var files: [String]
    @Option(help: "The program haechi-media-worker.") var worker: String
    @Option(help: "The folder of native parts, absolute.") var native: String
    @Option(help: "A model as `name|version|precision|sha256|recipe|file`; any number of times.") var model: [String] = []
    @Option(help: "The raster of each model, in the same order, as `stretch:256x256`.") var raster: [String] = []
    @Option(help: "Processes that decode, and as many that run models.") var workers = 2
    @Option(help: "How often every file is looked at in each phase.") var repeats = 5
    @Flag(help: "Hash the picture as it is, and nothing of its origin: what a plain service does.") var plain = false
    @Flag(help: "Print one JSON object.") var json = false

    func validate() throws {
        guard !files.isEmpty, workers > 0, repeats > 0 else { throw ValidationError("files, workers and repeats are 1 or more") }
        guard model.count == raster.count, model.allSatisfy({ ModelLoad(text: $0) != nil }),
            raster.allSatisfy({ RasterWish($0) != nil })
        else { throw ValidationError("every --model has its --raster, and both make sense") }
    }

    func run() async throws {
        let loads = model.compactMap { ModelLoad(text: $0) }
        let wishes = raster.compactMap { RasterWish($0) }
        let bench = ModelBench(
            worker: worker, native: native, workers: workers, models: Array(zip(loads, wishes)), isPlain: plain)
        let contents = try files.map { [UInt8](try Data(contentsOf: URL(fileURLWithPath: $0))) }
        await bench.start(with: contents[0])
        var decoding: [Double] = []
        var asking = [[Double]](repeating: [], count: loads.count)
        for _ in 0..<repeats {
            var rasters: [[Raster]] = []
            decoding.append(
                await bench.milliseconds {
                    for content in contents { rasters.append(await bench.examine(content)?.rasters ?? []) }
                } / Double(contents.count))
            for (place, (load, wish)) in bench.models.enumerated() {
                let shown = rasters.compactMap { $0.first { $0.wish == wish } }
                asking[place].append(
                    await bench.milliseconds {
                        for raster in shown { _ = await bench.ask(load.name, about: raster) }
                    } / Double(max(1, shown.count)))
            }
        }
        // All at once, as a busy server: the clock on the wall.
        let all = Array(repeatElement(contents, count: repeats).joined())
        let begin = wallSeconds()
        let whole = await bench.milliseconds { await bench.lookAtAll(all) } / Double(all.count)
        let rate = Double(all.count) / (wallSeconds() - begin)
        var found: [[String: Double]] = []
        for content in contents { found.append(await bench.look(at: content)) }
        let values: [(String, any Encodable)] = [
            ("items_per_second", rate), ("cpu_ms", whole), ("decoder_cpu_ms", median(decoding)),
            ("model_cpu_ms", Dictionary(zip(loads.map(\.name), asking.map(median))) { first, _ in first }),
            ("step_us", bench.steps), ("models", bench.states), ("found", found),
        ]
        report(values, json: json)
        await bench.stop()
    }
}
