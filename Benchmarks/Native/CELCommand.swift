// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import CEL
import Foundation

/// Rule conditions in the Common Expression Language: six conditions alone, and sets of hundreds and thousands.
struct CELCommand: ParsableCommand {
    static let configuration = CommandConfiguration(commandName: "cel", abstract: "Measure rule conditions.")

    @Option(help: "How often each measurement is taken; medians are told.")
    var repeats = 31

    @Option(help: "Sizes of the sets of rules.")
    var sizes: [Int] = [300, 3_000]

    @Flag(help: "Print one JSON object.")
    var json = false

    func run() throws {
        var results: [(String, any Encodable)] = []
        let event = SampleEvent()
        let programs = try SampleEvent.conditions.map { try Program.compile($0.source, declarations: SampleEvent.declarations) }
        let layout = FrameLayout(programs.map(\.checked), declarations: SampleEvent.declarations)
        let frame = Frame(layout)
        let filler = SampleEvent.Filler(layout)
        filler.fill(frame, event)
        for (condition, program) in zip(SampleEvent.conditions, programs) {
            let typed = try? TypedProgram(program, layout: layout)
            let bindings = FrameBindings(frame)
            if let typed {
                guard typed.evaluate(frame) == (condition.holds ? .yes : .no) else { throw Wrong(name: condition.name) }
                results.append(("\(condition.name)Nanoseconds", nanoseconds(20_000) { typed.evaluate(frame).rawValue }))
            }
            guard case .bool(condition.holds) = program.evaluate(bindings) else { throw Wrong(name: condition.name) }
            results.append(
                (
                    "\(condition.name)GenericNanoseconds",
                    nanoseconds(300) { if case .bool(true) = program.evaluate(bindings) { 1 } else { 0 } }
                ))
            results.append(
                (
                    "\(condition.name)ParseAndCheckMicroseconds",
                    nanoseconds(200) {
                        let checked = try? Program.check(condition.source, declarations: SampleEvent.declarations)
                        return UInt8(truncatingIfNeeded: checked?.slots.count ?? 0)
                    } / 1_000
                ))
        }
        results.append(
            (
                "fillNanoseconds",
                nanoseconds(2_000) {
                    filler.fill(frame, event); return 1
                }
            ))
        for size in sizes { try measureSet(size, &results) }
        report(results, json: json)
    }

    struct Wrong: Error, CustomStringConvertible {
        let name: String
        var description: String { "\(name) gives a wrong value" }
    }

    /// Processor nanoseconds of one call.
    private func nanoseconds(_ calls: Int, _ body: () -> UInt8) -> Double {
        var sum = 0
        let times = (0..<repeats).map { _ in
            let begin = threadSeconds()
            for _ in 0..<calls { sum &+= Int(body()) }
            return (threadSeconds() - begin) / Double(calls) * 1e9
        }
        // The outcomes are used, or the compiler might leave the calls out.
        if sum == -1 { print(sum) }
        return median(times)
    }

    private func measureSet(_ size: Int, _ results: inout [(String, any Encodable)]) throws {
        let rules = RuleSample(count: size)
        let begin = threadSeconds()
        let entries = try rules.sources.map { ProgramSet.Entry(try Program.compile($0, declarations: SampleEvent.declarations)) }
        let layout = FrameLayout(entries.map(\.program.checked), paths: ["event.type"], declarations: SampleEvent.declarations)
        let set = ProgramSet(entries, layout: layout)
        results.append(("set\(size)LoadMilliseconds", (threadSeconds() - begin) * 1_000))
        results.append(("set\(size)Shared", set.sharedCount))
        let judge = Judge(set)
        let frame = Frame(layout)
        let singles = try entries.map { try TypedProgram($0.program, layout: layout) }
        let filler = SampleEvent.Filler(layout)
        for (name, event) in [("NoMatch", rules.quiet), ("OnePercent", rules.matching)] {
            filler.fill(frame, event)
            judge.evaluate(frame)
            guard judge.reportedCount == (name == "NoMatch" ? 0 : size / 100) else {
                throw Wrong(name: "the set of \(size) rules")
            }
            let alone = singles.indices.filter { singles[$0].evaluate(frame) != .no }
            guard judge.reported.map(\.program) == alone else { throw Wrong(name: "the index of \(size) rules") }
            results.append(("set\(size)\(name)Candidates", judge.candidateCount))
            results.append(
                (
                    "set\(size)\(name)Microseconds",
                    nanoseconds(600_000 / size) {
                        judge.evaluate(frame); return UInt8(truncatingIfNeeded: judge.reportedCount)
                    } / 1_000
                ))
            results.append(
                (
                    "set\(size)\(name)WithFillMicroseconds",
                    nanoseconds(600_000 / size) {
                        filler.fill(frame, event)
                        judge.evaluate(frame)
                        return UInt8(truncatingIfNeeded: judge.reportedCount)
                    } / 1_000
                ))
            results.append(
                (
                    "set\(size)\(name)LoopMicroseconds",
                    nanoseconds(max(20_000 / size, 1)) { singles.reduce(0) { $0 &+ $1.evaluate(frame).rawValue } } / 1_000
                ))
        }
    }
}
