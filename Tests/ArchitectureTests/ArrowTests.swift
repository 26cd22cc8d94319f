// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

/// The arrow diagram of docs/architecture.md: what each target may import of ours. The build checks declared dependencies, this checks
/// that nothing is declared, or reached through another module, that should not be.
private let arrows: [String: Set<String>] = [
    "PerceptualHashing": ["CHashKernels"], "TextMatching": ["CTextKernels", "CUtf8proc"],
    "ModelInputs": [], "MediaMarks": [],
    "LinearRegex": [], "CEL": ["LinearRegex"], "CELTools": ["CEL"],
    "Moderation": [],
    "Signals": ["Moderation", "PerceptualHashing", "TextMatching", "ModelInputs"],
    "Policies": ["Moderation", "CEL"],
    "Casework": ["Moderation"],
    "Records": ["Moderation"],
    "Pipeline": ["Moderation", "PerceptualHashing", "Signals", "Policies", "Casework", "Records"],
    "Storage": ["Moderation", "PerceptualHashing", "Signals", "Policies", "Casework", "Records", "Pipeline", "CPQ"],
    "Connectors": ["Moderation", "Casework", "Pipeline"],
    "MediaDecoding": ["Moderation", "Signals", "ModelInputs"],
    "Inference": ["Moderation", "Signals", "ModelInputs"],
    "LookAlikeFiles": ["Moderation", "Signals", "PerceptualHashing"],
    "Exchanges": ["Moderation", "Signals"],
    "LookBackFiles": ["Moderation", "Signals", "PerceptualHashing"],
    "HaechiServer": ["Moderation", "PerceptualHashing", "Signals", "Policies", "Casework", "Records", "Pipeline"],
    "haechi-media-worker": [
        "CVips", "CTurboJPEG", "CAV", "CRaster", "CBox", "CNative", "PerceptualHashing", "ModelInputs", "MediaMarks",
    ],
    "haechi": [
        "Moderation", "Signals", "Policies", "Casework", "Records", "Pipeline", "HaechiServer", "Storage", "Connectors",
        "CEL", "CELTools",
        "MediaDecoding", "Exchanges", "LookBackFiles", "PerceptualHashing", "ModelInputs", "Inference", "LookAlikeFiles",
        "MediaMarks",
    ],
]

/// Vendors that only one layer may know.
private let vendors: [String: Set<String>] = [
    "GRDB": ["Storage"], "CPQ": ["Storage"],
    "AsyncHTTPClient": ["Connectors", "Exchanges", "Inference"], "FoundationXML": ["Exchanges"], "Atomics": ["PerceptualHashing"],
    "Hummingbird": ["HaechiServer", "haechi"], "Mustache": ["HaechiServer"],
    "Yams": ["Policies", "Inference", "haechi"], "Configuration": ["haechi"], "ArgumentParser": ["haechi"],
]

private let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

private func swiftFiles(of target: String) throws -> [URL] {
    let layers = ["Algorithms", "Domain", "Adapters", "App"]
    let folder = try #require(
        layers.map { root.appending(path: "Sources/\($0)/\(target)") }.first { FileManager.default.fileExists(atPath: $0.path) },
        "no folder for target \(target)")
    let files = FileManager.default.enumerator(at: folder, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    return files.filter { $0.pathExtension == "swift" }
}

/// The modules that a file imports: `package import struct Foundation.Date` is Foundation.
private func imports(of file: URL) throws -> Set<String> {
    let words: Set<Substring> = [
        "public", "package", "internal", "@preconcurrency", "import", "struct", "class", "enum", "protocol", "func",
    ]
    return Set(
        try String(contentsOf: file, encoding: .utf8).split(separator: "\n").compactMap { line -> String? in
            let parts = line.split(separator: " ")
            guard parts.prefix(3).contains("import"), words.contains(parts[0]) else { return nil }
            return parts.first { !words.contains($0) }.flatMap { $0.split(separator: ".").first.map(String.init) }
        })
}

@Suite("Architecture")
struct ArrowTests {
    @Test("arrows point one way", arguments: arrows.keys.sorted())
    func arrowsPointOneWay(target: String) throws {
        let allowed = try #require(arrows[target])
        let ours = Set(arrows.keys).union(["CPQ", "CVips", "CTurboJPEG", "CAV", "CRaster", "CBox", "CNative", "CHashKernels"])
        let files = try swiftFiles(of: target)
        #expect(!files.isEmpty, "\(target) has no files")
        for file in files {
            let stray = try imports(of: file).intersection(ours).subtracting(allowed).subtracting([target])
            #expect(stray.isEmpty, "\(file.lastPathComponent) imports \(stray.sorted())")
        }
    }

    @Test("vendors stay where they belong", arguments: vendors.keys.sorted())
    func vendorsStay(vendor: String) throws {
        let homes = try #require(vendors[vendor])
        for target in arrows.keys.sorted() where !homes.contains(target) {
            for file in try swiftFiles(of: target) {
                #expect(try !imports(of: file).contains(vendor), "\(target)/\(file.lastPathComponent) imports \(vendor)")
            }
        }
    }

    @Test("every folder of Sources is in the table")
    func tableIsComplete() throws {
        for layer in ["Algorithms", "Domain", "Adapters", "App"] {
            let targets = try FileManager.default.contentsOfDirectory(atPath: root.appending(path: "Sources/\(layer)").path)
            #expect(Set(targets).subtracting(arrows.keys).isEmpty)
        }
    }

    @Test("only the outbox carries actions out")
    func onlyOutboxPerforms() throws {
        // Connectors pass the call on inside themselves; nobody else may make one.
        for target in arrows.keys.sorted() where target != "Connectors" {
            for file in try swiftFiles(of: target) where file.lastPathComponent != "Outbox.swift" {
                let text = try String(contentsOf: file, encoding: .utf8)
                #expect(!text.contains(".perform(action"), "\(target)/\(file.lastPathComponent) performs an action")
            }
        }
    }

    @Test("only the gate's callers make public events")
    func onlyGateMakesPublicEvents() throws {
        let callers: Set<String> = [
            "PublicEvent.swift", "EventPipeline.swift", "IntakeService.swift", "BulkLook.swift", "CaseExaminer.swift",
            // An event that a person hands over in a file. (The captured history is read by Policies' `RecordedEvent`: it was public when
            // it was recorded, and `EventHistory` passes over what is not public now.)
            "PolicyCommand+Explain.swift", "EventFile.swift",
        ]
        for target in arrows.keys.sorted() where target != "Policies" {
            for file in try swiftFiles(of: target) where !callers.contains(file.lastPathComponent) {
                #expect(
                    try !String(contentsOf: file, encoding: .utf8).contains("PublicEvent("), "\(target)/\(file.lastPathComponent)"
                )
            }
        }
    }
}
