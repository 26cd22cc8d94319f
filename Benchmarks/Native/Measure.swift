// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Glibc

/// Processor seconds of this thread: other work on the machine does not count.
func threadSeconds() -> Double { seconds(CLOCK_THREAD_CPUTIME_ID) }

/// Processor seconds of all threads, for work that also runs in the background.
func processSeconds() -> Double { seconds(CLOCK_PROCESS_CPUTIME_ID) }

func wallSeconds() -> Double { seconds(CLOCK_MONOTONIC) }

private func seconds(_ clock: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(clock, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1e9
}

/// Bytes of memory this process has now.
func residentBytes() -> Int {
    let pages = (try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8))?.split(separator: " ").dropFirst().first
    return (pages.flatMap { Int($0) } ?? 0) * Int(sysconf(Int32(_SC_PAGESIZE)))
}

func percentile(_ values: [Double], _ part: Double) -> Double {
    guard !values.isEmpty else { return 0 }
    return values.sorted()[min(values.count - 1, Int(Double(values.count) * part))]
}

func median(_ values: [Double]) -> Double { percentile(values, 0.5) }

/// Prints results as JSON or as lines.
func report(_ values: [(String, any Encodable)], json: Bool) {
    if json {
        let parts = values.map { name, value in
            let data = (try? JSONEncoder().encode(value)) ?? Data("null".utf8)
            return "\"\(name)\":\(String(decoding: data, as: UTF8.self))"
        }
        print("{\(parts.joined(separator: ","))}")
    } else {
        for (name, value) in values { print("\(name): \(value)") }
    }
}
