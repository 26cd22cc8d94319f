// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Glibc

/// How far a long list is, on standard error: one line that is written over on a terminal, a line every ten seconds elsewhere.
struct HashProgress {
    private let isShown: Bool
    private let isTerminal = isatty(2) == 1
    private let start = ContinuousClock.now
    private var last: ContinuousClock.Instant
    private(set) var done = 0
    private(set) var failed = 0

    /// - Parameters:
    ///   - isWanted: asked for; otherwise it shows on a terminal only.
    ///   - isLong: whether the list is long enough to be worth it.
    init(isWanted: Bool, isLong: Bool) {
        isShown = isWanted || isLong && isTerminal
        last = start
    }

    mutating func count(failed hasFailed: Bool) {
        done += 1
        if hasFailed { failed += 1 }
        let now = ContinuousClock.now
        guard isShown, now - last >= (isTerminal ? .milliseconds(200) : .seconds(10)) else { return }
        last = now
        show(now, end: isTerminal ? "" : "\n")
    }

    func finish() {
        if isShown { show(.now, end: "\n") }
    }

    private func show(_ now: ContinuousClock.Instant, end: String) {
        let elapsed = (now - start) / .seconds(1)
        let rate = elapsed > 0 ? Int(Double(done) / elapsed) : 0
        let text = "\(isTerminal ? "\r\u{1b}[K" : "")\(done) files, \(rate)/s, \(failed) failed\(end)"
        FileHandle.standardError.write(Data(text.utf8))
    }
}
