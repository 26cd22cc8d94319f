// swift-tools-version: 6.2
import PackageDescription

let strict: [SwiftSetting] = [
    .treatAllWarnings(as: .error),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("InternalImportsByDefault"),
]

/// One line a target: its layer is its folder, its arrows are its dependencies.
func layer(_ folder: String) -> (String, [Target.Dependency], [Resource]) -> Target {
    { name, dependencies, resources in
        .target(
            name: name, dependencies: dependencies, path: "Sources/\(folder)/\(name)", resources: resources,
            swiftSettings: strict)
    }
}
let algorithm = layer("Algorithms")
let domain = layer("Domain")
let adapter = layer("Adapters")
let app = layer("App")

func tests(
    _ name: String, _ dependencies: [Target.Dependency], _ resources: [Resource] = [], exclude: [String] = []
) -> Target {
    .testTarget(
        name: name, dependencies: dependencies, path: "Tests/\(name)", exclude: exclude, resources: resources,
        swiftSettings: strict)
}

extension Target.Dependency {
    static func product(_ name: String, _ package: String) -> Target.Dependency {
        .product(name: name, package: package)
    }
    static let crypto: Target.Dependency = .product("Crypto", "swift-crypto")
    static let cryptoExtras: Target.Dependency = .product("CryptoExtras", "swift-crypto")
    static let logging: Target.Dependency = .product("Logging", "swift-log")
    static let metrics: Target.Dependency = .product("Metrics", "swift-metrics")
    static let coreMetrics: Target.Dependency = .product("CoreMetrics", "swift-metrics")
    static let lifecycle: Target.Dependency = .product("ServiceLifecycle", "swift-service-lifecycle")
    static let httpClient: Target.Dependency = .product("AsyncHTTPClient", "async-http-client")
    static let hummingbird: Target.Dependency = .product("Hummingbird", "hummingbird")
    static let nioCore: Target.Dependency = .product("NIOCore", "swift-nio")
    static let nioPosix: Target.Dependency = .product("NIOPosix", "swift-nio")
    static let nioHTTP1: Target.Dependency = .product("NIOHTTP1", "swift-nio")
    static let httpTypes: Target.Dependency = .product("HTTPTypes", "swift-http-types")
    static let atomics: Target.Dependency = .product("Atomics", "swift-atomics")
    static let yams: Target.Dependency = .product("Yams", "Yams")
}

let package = Package(
    name: "haechi",
    products: [
        .executable(name: "haechi", targets: ["haechi"]),
        .executable(name: "haechi-media-worker", targets: ["haechi-media-worker"]),
        .library(name: "PerceptualHashing", targets: ["PerceptualHashing"]),
        .library(name: "CEL", targets: ["CEL"]),
        .library(name: "LinearRegex", targets: ["LinearRegex"]),
        .library(name: "TextMatching", targets: ["TextMatching"]),
    ],
    dependencies: [
        .package(url: "https://github.com/hummingbird-project/hummingbird", from: "2.28.0"),
        .package(url: "https://github.com/hummingbird-project/swift-mustache", from: "2.1.0"),
        .package(url: "https://github.com/groue/GRDB.swift", from: "7.10.0"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.0"),
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.0"),
        .package(url: "https://github.com/jpsim/Yams", from: "6.2.0"),
        .package(url: "https://github.com/swift-server/async-http-client", from: "1.37.0"),
        .package(
            url: "https://github.com/apple/swift-configuration", from: "1.4.0",
            traits: [.defaults, "YAML"]),
        .package(url: "https://github.com/swift-server/swift-service-lifecycle", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-log", from: "1.16.0"),
        .package(url: "https://github.com/apple/swift-metrics", from: "2.13.0"),
        .package(url: "https://github.com/apple/swift-nio", from: "2.101.0"),
        .package(url: "https://github.com/apple/swift-http-types", from: "1.8.0"),
        .package(url: "https://github.com/apple/swift-atomics", from: "1.3.0"),
    ],
    targets: [
        // Algorithms: know nothing of moderation; no I/O but the index's own file.
        .target(name: "CHashKernels", path: "Sources/C/CHashKernels"),
        algorithm("PerceptualHashing", ["CHashKernels", .atomics], []),
        .target(name: "CTextKernels", path: "Sources/C/CTextKernels"),
        .systemLibrary(name: "CUtf8proc", path: "Sources/C/CUtf8proc", providers: [.apt(["libutf8proc-dev"])]),
        algorithm("TextMatching", ["CTextKernels", "CUtf8proc"], []),
        algorithm("LinearRegex", [], []),
        algorithm("CEL", ["LinearRegex"], []),
        algorithm("CELTools", ["CEL"], []),

        algorithm("ModelInputs", [], []),
        algorithm("MediaMarks", [], []),

        // Domain: knows no vendor, no database, no HTTP.
        domain("Moderation", [], []),
        domain("Signals", ["Moderation", "PerceptualHashing", "TextMatching", "ModelInputs", .crypto], []),
        domain("Policies", ["Moderation", "CEL", .yams, .crypto], []),
        domain("Casework", ["Moderation"], []),
        domain("Records", ["Moderation", .crypto], []),
        domain(
            "Pipeline",
            ["Moderation", "PerceptualHashing", "Signals", "Policies", "Casework", "Records", .logging, .metrics, .lifecycle], []),

        // Adapters: each knows one outside thing, none knows another.
        .systemLibrary(name: "CPQ", path: "Sources/C/CPQ", pkgConfig: "libpq", providers: [.apt(["libpq-dev"])]),
        .systemLibrary(
            name: "CVipsSystem", path: "Sources/C/CVipsSystem", pkgConfig: "vips", providers: [.apt(["libvips-dev"])]),
        .target(
            name: "CVips", dependencies: ["CVipsSystem"], path: "Sources/C/CVips",
            linkerSettings: ["gmodule-2.0", "dl"].map { .linkedLibrary($0) }),
        .target(name: "CRaster", path: "Sources/C/CRaster"),
        .target(name: "CBox", path: "Sources/C/CBox"),
        .target(name: "CNative", path: "Sources/C/CNative", linkerSettings: [.linkedLibrary("dl")]),
        .systemLibrary(
            name: "CTurboJPEGSystem", path: "Sources/C/CTurboJPEGSystem", pkgConfig: "libturbojpeg",
            providers: [.apt(["libturbojpeg0-dev"])]),
        .target(name: "CTurboJPEG", dependencies: ["CTurboJPEGSystem"], path: "Sources/C/CTurboJPEG"),
        .systemLibrary(
            name: "CAVSystem", path: "Sources/C/CAVSystem", pkgConfig: "libavformat",
            providers: [.apt(["libavformat-dev", "libavcodec-dev", "libswscale-dev", "libavutil-dev"])]),
        .target(
            name: "CAV", dependencies: ["CAVSystem"], path: "Sources/C/CAV",
            linkerSettings: ["avformat", "avcodec", "swscale", "avutil"].map { .linkedLibrary($0) }),
        adapter(
            "Storage",
            [
                "Moderation", "PerceptualHashing", "Signals", "Policies", "Casework", "Records", "Pipeline", "CPQ",
                .product("GRDB", "GRDB.swift"), .logging,
            ], []),
        adapter(
            "Connectors",
            [
                "Moderation", "Casework", "Pipeline", .httpClient, .nioCore, .nioPosix, .nioHTTP1, .logging, .metrics, .crypto,
                .lifecycle,
            ], []),
        adapter("MediaDecoding", ["Moderation", "Signals", "ModelInputs", .logging], []),
        adapter(
            "Inference", ["Moderation", "Signals", "ModelInputs", .yams, .crypto, .httpClient, .nioCore, .nioHTTP1, .logging], []),
        adapter("LookAlikeFiles", ["Moderation", "Signals", "PerceptualHashing"], []),
        adapter("Exchanges", ["Moderation", "Signals", .httpClient, .nioCore, .nioHTTP1, .logging], []),
        adapter("LookBackFiles", ["Moderation", "Signals", "PerceptualHashing"], []),

        // App: the server sees ports, the executable names adapters.
        app(
            "HaechiServer",
            [
                "Moderation", "PerceptualHashing", "Signals", "Policies", "Casework", "Records", "Pipeline", .hummingbird,
                .nioCore, .httpTypes,
                .product("Mustache", "swift-mustache"), .nioPosix, .crypto, .cryptoExtras, .logging, .metrics, .coreMetrics,
                .lifecycle,
            ], [.copy("Assets")]),
        .executableTarget(
            name: "haechi",
            dependencies: [
                "Moderation", "Signals", "Policies", "Casework", "Records", "Pipeline", "HaechiServer", "Storage", "Connectors",
                "CEL", "CELTools", "MediaDecoding", "Exchanges", "LookBackFiles", "PerceptualHashing", "ModelInputs", "Inference",
                "LookAlikeFiles", "MediaMarks",
                .product("ArgumentParser", "swift-argument-parser"),
                .product("Configuration", "swift-configuration"), .yams, .crypto, .logging, .metrics, .lifecycle, .nioCore,
                .product("UnixSignals", "swift-service-lifecycle"),
            ], path: "Sources/App/haechi", swiftSettings: strict),
        .executableTarget(
            name: "haechi-bench",
            dependencies: [
                "PerceptualHashing", "LookBackFiles", "Signals", "Moderation", "Policies", "CEL", "TextMatching", "LinearRegex",
                "MediaDecoding", "ModelInputs", "LookAlikeFiles", .logging,
                .product("ArgumentParser", "swift-argument-parser"),
            ],
            path: "Benchmarks/Native", swiftSettings: strict),
        .executableTarget(
            name: "haechi-media-worker",
            dependencies: [
                "CVips", "CTurboJPEG", "CAV", "CRaster", "CBox", "CNative", "PerceptualHashing", "ModelInputs", "MediaMarks",
            ],
            path: "Sources/App/haechi-media-worker", swiftSettings: strict),

        // Tests mirror the sources; ArchitectureTests guards the arrows.
        .target(
            name: "ModerationTesting", dependencies: ["Moderation"], path: "Tests/ModerationTesting", swiftSettings: strict),
        .target(
            name: "SignalsTesting", dependencies: ["Signals", "Moderation"], path: "Tests/SignalsTesting", swiftSettings: strict),
        .target(
            name: "HTTPTesting", dependencies: [.nioCore, .nioPosix, .nioHTTP1], path: "Tests/HTTPTesting", swiftSettings: strict),
        .target(name: "PublishedVectors", path: "Tests/PublishedVectors", swiftSettings: strict),
        .target(name: "HostileMedia", path: "Tests/HostileMedia", swiftSettings: strict),
        tests("ArchitectureTests", ["PublishedVectors"]),
        .executableTarget(
            name: "IndexCrasher", dependencies: ["PerceptualHashing"], path: "Tests/IndexCrasher", swiftSettings: strict),
        .executableTarget(
            name: "MisbehavingWorker", dependencies: ["CBox"], path: "Tests/MisbehavingWorker", swiftSettings: strict),
        tests("PerceptualHashingTests", ["PerceptualHashing", "IndexCrasher", "PublishedVectors"]),
        tests("TextMatchingTests", ["TextMatching"]),
        .executableTarget(
            name: "RegexBatch", dependencies: ["LinearRegex"], path: "Tests/RegexBatch", swiftSettings: strict),
        tests("LinearRegexTests", ["LinearRegex"]),
        tests("CELTests", ["CEL", "CELTools", "PublishedVectors"], [.copy("Resources")]),
        tests("CELToolsTests", ["CEL", "CELTools"]),
        tests("PoliciesTests", ["Policies", "Moderation", "CEL"], exclude: ["Diagnostics"]),
        tests(
            "SignalsTests", ["Signals", "ModelInputs", "Moderation", "ModerationTesting", "SignalsTesting", "PerceptualHashing"]),
        tests("RecordsTests", ["Records", "Moderation"]),
        tests(
            "PipelineTests",
            [
                "Pipeline", "Moderation", "ModerationTesting", "SignalsTesting", "PerceptualHashing", "Signals", "Policies",
                "Casework", "Records", "Storage", .crypto, .logging,
            ]),
        tests(
            "StorageTests",
            [
                "Storage", "Moderation", "PerceptualHashing", "Signals", "Policies", "Casework", "Records", "Pipeline",
                .product("GRDB", "GRDB.swift"), "CPQ",
            ]),
        tests(
            "ExchangesTests",
            ["Exchanges", "HTTPTesting", "Moderation", "Signals", "PublishedVectors", .nioCore, .nioPosix, .logging]),
        tests("LookBackFilesTests", ["LookBackFiles", "Moderation", "Signals", "PerceptualHashing"]),
        tests(
            "MediaDecodingTests",
            [
                "MediaDecoding", "HostileMedia", "MisbehavingWorker", "PublishedVectors", "CNative", "CRaster", "Moderation",
                "Signals", "PerceptualHashing", "ModelInputs", .logging,
            ]),
        tests("ModelInputsTests", ["ModelInputs"]),
        tests("MediaMarksTests", ["MediaMarks", "PublishedVectors"]),
        tests(
            "InferenceTests",
            ["Inference", "HTTPTesting", "Moderation", "Signals", "ModelInputs", .logging]),
        tests("LookAlikeFilesTests", ["LookAlikeFiles", "Moderation", "Signals", "PerceptualHashing"]),
        tests(
            "ConnectorsTests",
            [
                "Connectors", "HTTPTesting", "Moderation", "Casework", "Pipeline", .nioCore, .nioHTTP1, .httpClient, .logging,
                .crypto,
            ]),
        tests(
            "HaechiServerTests",
            [
                "HaechiServer", "Moderation", "Signals", "SignalsTesting", "Policies", "Casework", "Records", "Pipeline",
                .product("HummingbirdTesting", "hummingbird"),
                .hummingbird, .nioCore, .httpTypes, .logging, .metrics,
            ]),
    ],
    swiftLanguageModes: [.v6]
)
