// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// What the processor can do for models.
struct Machine: Encodable {
    var architecture: String
    var processor: String
    var processors: Int
    /// Of those that matter here: `avx2`, `fma`, `f16c`, `avx512f`, `amx_fp16` …
    var capabilities: [String]

    private static let known = [
        "avx2", "fma", "f16c", "bmi2", "avx512f", "avx512bw", "avx512_vnni", "avx512_bf16", "avx512_fp16", "amx_tile", "amx_int8",
        "amx_bf16", "amx_fp16", "asimd", "fphp", "asimdhp", "asimddp", "i8mm", "bf16", "sve",
    ]

    init() {
        let text = (try? String(contentsOfFile: "/proc/cpuinfo", encoding: .utf8)) ?? ""
        func value(_ names: [String]) -> String? {
            for line in text.split(separator: "\n") {
                let pair = line.split(separator: ":", maxSplits: 1).map { $0.trimmingCharacters(in: .whitespaces) }
                if pair.count == 2, names.contains(pair[0]) { return pair[1] }
            }
            return nil
        }
        #if arch(x86_64)
            architecture = "x86_64"
        #elseif arch(arm64)
            architecture = "aarch64"
        #else
            architecture = "other"
        #endif
        processor = value(["model name", "CPU part"]) ?? "unknown"
        processors = ProcessInfo.processInfo.activeProcessorCount
        let flags = Set((value(["flags", "Features"]) ?? "").split(separator: " ").map { String($0) })
        capabilities = Self.known.filter { flags.contains($0) }
    }

    /// What that means for how networks are computed.
    var words: String {
        if capabilities.contains("amx_fp16") || capabilities.contains("avx512_fp16") {
            return "computes networks in 16 bits, several times faster than in 32"
        }
        if capabilities.contains("avx2") || capabilities.contains("asimd") { return "computes networks in 32 bits" }
        return "has no fast vector arithmetic: networks are slow, and text embeddings are off"
    }
}
