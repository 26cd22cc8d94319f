// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

// Applies batches from standard input to the index in a folder, and names each tag on standard output once it is
// acknowledged. The crash test kills it at any moment.
//
//     IndexCrasher FOLDER DELTA-LIMIT
//     + 64-hex-digits key bank | - 64-hex-digits key | apply tag | compact | limit bytes

import Glibc
import PerceptualHashing

func say(_ line: String) {
    let bytes = Array((line + "\n").utf8)
    _ = write(1, bytes, bytes.count)
}

let index = try HammingIndex.open(
    at: CommandLine.arguments[1], options: .init(deltaLimit: Int(CommandLine.arguments[2]) ?? 64))
say("open \(index.tag)")
var changes: [HammingChange] = []
while let line = readLine() {
    let words = line.split(separator: " ")
    do {
        switch words[0] {
        case "+":
            let labels = HammingLabels(bank: UInt16(words[3]) ?? 0)
            changes.append(.add(HammingEntry(hash: try PDQHash(hex: words[1]), key: UInt64(words[2]) ?? 0, labels: labels)))
        case "-": changes.append(.remove(hash: try PDQHash(hex: words[1]), key: UInt64(words[2]) ?? 0))
        case "apply":
            let batch = changes
            changes = []
            try index.apply(batch, tag: UInt64(words[1]) ?? 0)
            say("applied \(words[1])")
        case "compact":
            try index.compact()
            say("compacted")
        case "limit":
            // Stands for a full disk: writing behind it fails in the same way.
            signal(SIGXFSZ, SIG_IGN)
            var limit = rlimit()
            getrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            limit.rlim_cur = rlim_t(words[1]) ?? limit.rlim_max
            setrlimit(__rlimit_resource_t(RLIMIT_FSIZE.rawValue), &limit)
            say("limited")
        default: say("unknown \(line)")
        }
    } catch {
        say("refused \(error)")
    }
}
say("count \(index.count)")
