// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CBox
import Glibc

// A worker that has been taken over: it greets like a real one, sits in the same box, and does what its input says after the word
// `misbehave:`. Anything else it answers well. Tests show with it that each misdeed costs one process and nothing else.

let isThinker = CommandLine.arguments.contains("--think")
var greeting = ["ready role=\(isThinker ? "thinker" : "decoder") seccomp=on landlock=on rlimits=on"]
for (index, argument) in CommandLine.arguments.enumerated() where argument == "--model" {
    let words = CommandLine.arguments[index + 1].split(separator: "|").map { String($0) }
    say("loading \(words[0])")
    if words[0] == "deadly" { _exit(1) }
    // Ends the process that loads it first, and leaves a file behind by which the next one knows.
    if words[0] == "fragile", let file = words.last, access(file, F_OK) != 0 {
        close(open(file, O_CREAT | O_WRONLY, 0o600))
        _exit(1)
    }
    greeting.append("model \(words[0]) \(words[1]) on f32")
}
var limits = cbox_limits(memory_bytes: 256 << 20, cpu_seconds: 60, may_start_threads: isThinker ? 0 : 1)
var landlock: Int32 = 0
guard cbox_lock_down(&limits, &landlock) == 0 else { exit(71) }
say(greeting.joined(separator: "\n"))

while let message = hear() {
    let text = String(decoding: message.suffix(64), as: UTF8.self)
    if let misdeed = text.wordAfter("misbehave:") {
        misbehave(misdeed, asked: String(decoding: message.prefix(256), as: UTF8.self))
    } else if isThinker {
        say("text\ntime 1\n\n" + afterHeader(message))
    } else {
        say("picture png 8 8 whole nearest-512")
    }
}

/// Answers `unsupported denied` where the misdeed only fails.
func misbehave(_ misdeed: String, asked: String) {
    switch misdeed {
    case "read": conclude(open("/etc/hostname", O_RDONLY) >= 0)
    case "write": conclude(open("/tmp/haechi-misbehaving", O_CREAT | O_WRONLY, 0o600) >= 0)
    case "socket": conclude(socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0) >= 0)
    case "spawn":
        var child: pid_t = 0
        var arguments: [UnsafeMutablePointer<CChar>?] = [strdup("true"), nil]
        var environment: [UnsafeMutablePointer<CChar>?] = [nil]
        conclude(posix_spawn(&child, "/bin/true", nil, nil, &arguments, &environment) == 0)
    case "kill": conclude(kill(getppid(), 0) == 0)
    case "execute": conclude(mmap(nil, 4_096, PROT_READ | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) != MAP_FAILED)
    case "allocate": allocate()
    case "crash": abort()
    // A manifest that ends its library: without it the picture is a good one.
    case "manifest":
        if asked.wordAfter("provenance=1") != nil { abort() }
        let raster = asked.wordAfter("rasters=") != nil
        say(
            "picture png 8 8 whole nearest-512"
                + (raster ? "\nraster stretch:8x8 8 8 3 192 -\n\n" + String(repeating: "x", count: 192) : ""))
    // Pixels that end whatever makes them smaller.
    case "sizes":
        if asked.wordAfter("rasters=") != nil || asked.wordAfter("preview=1") != nil { abort() }
        say("picture png 8 8 whole nearest-512")
    case "end": exit(0)
    case "hang": while true { sched_yield() }
    case "sleep": while true { sleep(1_000) }
    case "nonsense": say("picture png -1 8 whole nearest-512")
    case "raster": say("picture png 8 8 whole nearest-512\nraster fit:512 8 8 3 192 -\n\nshort")
    case "empty": say("")
    case "huge": send([0xff, 0xff, 0xff, 0x7f])
    case "numbers":
        send([0x22, 0, 0, 0] + Array("vector 2\ntime 1\n\n".utf8) + [0, 0, 0xc0, 0x7f] + [UInt8](repeating: 0, count: 14))
    default: abort()
    }
}

func conclude(_ worked: Bool) {
    let outcome = worked ? "worked" : "denied"
    say(isThinker ? "unknown \(outcome)\ntime 1" : "unsupported \(outcome)")
}

/// Until there is none; then it ends as a library does that cannot go on.
func allocate() {
    let step = 16 << 20
    for _ in 0..<1_024 {
        guard let memory = mmap(nil, step, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0), memory != MAP_FAILED
        else {
            abort()
        }
        memset(memory, 1, 4_096)
    }
    conclude(true)
}

func afterHeader(_ message: [UInt8]) -> String {
    String(decoding: message, as: UTF8.self).split(separator: "\n\n", maxSplits: 1).last.map { String($0) } ?? ""
}

func say(_ text: String) {
    let body = Array(text.utf8)
    send((0..<4).map { UInt8(truncatingIfNeeded: body.count >> (8 * $0)) } + body)
}

func send(_ bytes: [UInt8]) {
    _ = bytes.withUnsafeBytes { write(1, $0.baseAddress, $0.count) }
}

func hear() -> [UInt8]? {
    guard let header = read(4) else { return nil }
    return read(header.reversed().reduce(0) { $0 << 8 | Int($1) })
}

func read(_ count: Int) -> [UInt8]? {
    var bytes = [UInt8](repeating: 0, count: count)
    var filled = 0
    while filled < count {
        let got = bytes[filled...].withUnsafeMutableBytes { Glibc.read(0, $0.baseAddress, $0.count) }
        guard got > 0 else { return nil }
        filled += got
    }
    return bytes
}

extension String {
    /// The rest behind a word; nil when it is not there.
    func wordAfter(_ word: String) -> String? {
        var rest = self[...]
        while !rest.isEmpty {
            if rest.hasPrefix(word) { return String(rest.dropFirst(word.count)) }
            rest = rest.dropFirst()
        }
        return nil
    }
}
