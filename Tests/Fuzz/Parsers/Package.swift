// swift-tools-version: 6.2
// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors
import PackageDescription

// The parsers of hostile bytes and what they need, instrumented for libFuzzer: built by scripts/fuzz-parsers, apart from the project,
// because the instrumentation is for these only.
let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

func ours(_ folder: String, _ name: String, _ dependencies: [Target.Dependency] = [], only sources: [String]? = nil) -> Target {
    .target(
        name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", sources: sources, swiftSettings: strict)
}

let package = Package(
    name: "parser-fuzz",
    products: [.library(name: "ParserFuzz", type: .static, targets: ["ParserFuzz"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
    ],
    targets: [
        .target(name: "CHashKernels", path: "Sources/C/CHashKernels"),
        .target(name: "CTextKernels", path: "Sources/C/CTextKernels"),
        .systemLibrary(name: "CUtf8proc", path: "Sources/C/CUtf8proc"),
        .systemLibrary(name: "CZlib", path: "CZlib"),
        // Of these only the names are needed.
        .systemLibrary(name: "CVips", path: "CVips"),
        .systemLibrary(name: "CAV", path: "CAV"),
        .target(name: "CBox", path: "Sources/C/CBox"),
        ours("Algorithms", "MediaMarks"),
        ours("Algorithms", "ModelInputs"),
        ours("Algorithms", "PerceptualHashing", ["CHashKernels", .product(name: "Atomics", package: "swift-atomics")]),
        ours("Algorithms", "TextMatching", ["CTextKernels", "CUtf8proc"]),
        ours("Domain", "Moderation"),
        ours(
            "Domain", "Signals",
            ["Moderation", "PerceptualHashing", "TextMatching", "ModelInputs", .product(name: "Crypto", package: "swift-crypto")]),
        ours(
            "Adapters", "MediaDecoding", ["Moderation", "Signals", "ModelInputs"],
            only: [
                "Decoder/MediaWorkerReply.swift", "Decoder/MediaReplyExtras.swift", "Decoder/MediaRequest+Line.swift",
                "Thinker/ThinkerReply.swift", "Thinker/ThinkerQuestion.swift", "Processes/WorkerGreeting.swift",
            ]),
        ours("Adapters", "LookAlikeFiles", ["Moderation", "Signals"], only: ["Record.swift", "ShortVector.swift"]),
        .target(
            name: "Worker", dependencies: ["CVips", "CAV", "CBox", "ModelInputs", "PerceptualHashing"],
            path: "Sources/App/haechi-media-worker",
            sources: [
                "Decoder/MediaFormat.swift", "Decoder/JPEGSegments.swift", "Decoder/ISOBoxes.swift",
                "Decoder/PNGChunks.swift", "Decoder/WorkerRequest.swift",
                "Decoder/WorkerRaster.swift", "Shared/WorkerArguments.swift", "Thinker/ThinkerEngine.swift",
                "Thinker/ThinkerRequest.swift",
            ], swiftSettings: strict),
        ours("Adapters", "Inference", only: ["Server/InferenceJSON.swift"]),
        .target(
            name: "ParserFuzz",
            dependencies: [
                "MediaMarks", "ModelInputs", "TextMatching", "Moderation", "Signals", "MediaDecoding", "Inference",
                "LookAlikeFiles", "Worker",
                "CZlib",
            ], path: "Entry", swiftSettings: strict),
    ],
    swiftLanguageModes: [.v6]
)
