// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Inference
import Logging
import MediaDecoding
import ModelInputs
import Signals

extension MediaCommand {
    struct Doctor: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows the sandbox at work, which parts are there, and which signals are off and why.",
            discussion: """
                Starts a process of each role, loads everything, and tries in the sandbox what must not work there. The exit status
                is 1 when something was not denied or pictures cannot be decoded; a part that is missing is no failure. It takes a minute or
                two; what it looks at is said on standard error.
                """)

        @OptionGroup var options: SettingsOptions
        @Flag(help: "As JSON.") var json = false

        func run() async throws {
            let settings = try await options.settings()
            let folder = ModelCommand.folder(settings)
            try ModelCommand.check(settings, against: folder)
            let report = await DoctorReport.make(settings, folder, worker: try MediaCommand.worker()) { Terminal.complain([$0]) }
            Terminal.say(json ? try MediaCommand.json(report) : report.text)
            if !report.isSafe { throw ExitCode(1) }
        }
    }
}

/// What `haechi media doctor` says.
struct DoctorReport: Encodable {
    var worker: String
    var machine: Machine
    var sandboxes: [SandboxReport]
    var health: [MediaWorkerHealth]
    var models: [ModelState]
    /// What looks at files besides models: on, or why not.
    var signals: [String: String]
    var parts: [NativeParts.Part]

    /// - Parameter progress: told what is looked at.
    static func make(
        _ settings: Settings, _ folder: ModelFolder, worker: String, progress: (String) -> Void
    ) async -> DoctorReport {
        var decoding = MediaWorkerOptions(settings)
        decoding.workers = 1
        var thinking = ThinkerOptions()
        thinking.workers = min(1, settings.number("models.workers"))
        let native = Paths.absolute(settings.text("models.native_path"))
        let (loads, off) = models(settings, folder)

        let logger = Logger(label: "haechi") { _ in SwiftLogNoOpLogHandler() }
        let decoder = MediaWorkerPool(executable: worker, options: decoding, logger: logger)
        let thinker = ThinkerPool(executable: worker, native: native, models: loads, options: thinking, logger: logger)
        progress("starting the process that decodes pictures and videos")
        await decoder.waitUntilReady(until: .now + .seconds(60))
        let thinks = thinking.workers > 0 && !loads.isEmpty
        if thinks {
            progress("starting the process that runs models, and loading \(loads.map(\.name).joined(separator: ", "))")
        }
        await thinker.waitUntilReady(until: .now + .seconds(180))
        let (health, states) = ([decoder.health, thinker.health], thinker.states + off)
        await thinker.shutdown()
        await decoder.shutdown()

        progress("trying what the sandbox of the decoder must deny")
        var sandboxes = [SandboxReport.decoder(executable: worker, options: decoding)]
        if thinks {
            progress("loading the models again, and trying what their sandbox must deny")
            sandboxes.append(.thinker(executable: worker, native: native, models: loads, options: thinking))
        }
        return DoctorReport(
            worker: worker, machine: Machine(), sandboxes: sandboxes, health: health,
            models: states.sorted { $0.name < $1.name }, signals: signals(health[0], settings),
            parts: NativeParts.all(native: native))
    }

    /// As the server loads them.
    private static func models(_ settings: Settings, _ folder: ModelFolder) -> (loads: [ModelLoad], off: [ModelState]) {
        let remote = settings["models.server_url"] == nil ? [] : Set(settings.serverModels.keys.map { "\($0)" })
        var loads = folder.loads(
            precision: settings.text("models.precision"), optIn: settings.enabledModels, remote: remote)
        for index in loads.indices where loads[index].recipe.engine == .tesseract {
            loads[index].file = settings.text("ocr.languages")
        }
        return (loads, folder.offStates(optIn: settings.enabledModels, remote: remote))
    }

    private static func signals(_ decoder: MediaWorkerHealth, _ settings: Settings) -> [String: String] {
        guard decoder.running > 0 || decoder.problem == nil else {
            let why = "off: \(decoder.problem ?? "no decoder runs")"
            return ["pictures and videos": why, "HEIC and AVIF": why, "signed manifests": why]
        }
        let trust =
            switch TrustList(greeting: decoder.greeting) ?? .off {
            case .on: "with your trust list"
            case .off: "without a trust list: every signer is unknown (provenance.trust_anchors_file)"
            case .unreadable, .invalid: "without your trust list"
            }
        var signals = [
            "pictures and videos": "on",
            "HEIC and AVIF": decoder.greeting["heif"] == "on" ? "on" : "off: libvips has no module for them here",
            "marks in files": "on",
            "signed manifests": decoder.greeting["c2pa"] == "on"
                ? "on, \(trust)" : "off: native/c2pa is not there (scripts/bootstrap models)",
        ]
        if let list = TrustList(greeting: decoder.greeting), list != .off {
            signals["trust list"] = list.problem.map { "off: \($0)" } ?? "on"
        }
        return signals
    }

    /// Optional parts may be missing; the box may not.
    var isSafe: Bool { sandboxes.allSatisfy(\.isTight) && health.first?.problem == nil }

    // MARK: - Words

    var text: String {
        let capabilities = machine.capabilities.joined(separator: " ")
        var lines = [
            "worker     \(worker)",
            "processor  \(machine.processor), \(machine.processors) of \(machine.architecture); \(capabilities)",
            "           \(machine.words)",
        ]
        for role in health { lines += ["", "\(role.role.rawValue)"] + words(role) + sandboxWords(role.role) }
        lines += ["", "signals"]
        lines += signals.sorted { $0.key < $1.key }.map { "  \(Self.column($0.key, 22))\($0.value)" }
        lines += models.map { model in
            let state = model.problem.map { "off: \($0)" } ?? "on, version \(model.version), \(model.precision)"
            return "  \(Self.column("model " + model.name, 22))\(state)"
        }
        lines += ["", "parts"]
        lines += parts.map { "  \(Self.column($0.name, 22))\($0.problem.map { "off: \($0)" } ?? $0.version ?? "there")" }
        return lines.joined(separator: "\n")
    }

    private func words(_ health: MediaWorkerHealth) -> [String] {
        if let problem = health.problem { return ["  does not start: \(problem)"] }
        if health.running == 0 { return ["  none runs: there is nothing for it to do"] }
        let defences = ["seccomp", "landlock", "rlimits"].map { "\($0) \(health.greeting[$0] ?? "unknown")" }
        return ["  runs; " + defences.joined(separator: ", ")]
    }

    private func sandboxWords(_ role: MediaWorkerHealth.Role) -> [String] {
        guard let report = sandboxes.first(where: { $0.role == role }) else { return [] }
        if let problem = report.problem { return ["  the sandbox could not be tried: \(problem)"] }
        let denied = report.attempts.count(where: \.isDenied)
        return ["  \(denied) of \(report.attempts.count) attempts denied, with everything loaded:"]
            + report.attempts.map { "    \(Self.column($0.name, 34))\($0.outcome)" }
    }

    private static func column(_ text: String, _ width: Int) -> String {
        text + String(repeating: " ", count: max(1, width - text.count))
    }
}
