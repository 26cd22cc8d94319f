// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import HTTPTesting
import Signals
import Synchronization
import Testing

@testable import Inference

@Suite("Models on a server")
struct OpenInferenceRunnerTests {
    @Test(
        "a picture's numbers go there and scores come back, in JSON and in bytes", arguments: ["[]", #"["binary_tensor_data"]"#])
    func asks(extensions: String) async throws {
        let fake = FakeModelServer()
        fake.says(extensions: extensions)
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url) { $0.token = "secret" }
            #expect(runner.states.map(\.problem) == ["not asked yet"])
            let output = try await runner.run("ours", on: picture(51), until: .soon)
            guard case .scores(let scores) = output else { throw TooLong("scores, but \(output)") }
            #expect(scores.count == 2 && abs(scores[0] - 0.2) < 1e-6 && abs(scores[1] - 0.8) < 1e-6)
            #expect(runner.states == [ModelState(name: "ours", version: "1", precision: "server")])
            #expect(fake.requests.allSatisfy { $0.headers["authorization"] == "Bearer secret" })
            let isBinary = fake.questions[0].headers["inference-header-content-length"] != nil
            #expect(isBinary == (extensions != "[]"))
        }
    }

    @Test("binary answers are read by their own header")
    func binaryAnswer() async throws {
        let fake = FakeModelServer()
        fake.says(extensions: #"["binary_tensor_data"]"#)
        fake.answers { question in
            let json =
                #"{"id":"\#(question.id)","outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32","#
                + #""parameters":{"binary_data_size":8}}]}"#
            let numbers: [Float] = [0.25, 0.75]
            let bytes = numbers.flatMap { number in (0..<4).map { UInt8(truncatingIfNeeded: number.bitPattern >> (8 * $0)) } }
            return TestResponse(
                headers: ["Inference-Header-Content-Length": "\(json.utf8.count)"], body: Array(json.utf8) + bytes)
        }
        try await TestServer.with(fake.respond) { server in
            let output = try await runner(server.url).run("ours", on: picture(1), until: .soon)
            #expect(output == .scores([0.25, 0.75]))
        }
    }

    @Test("inputs that come together are asked together, and each gets its own answer")
    func batches() async throws {
        let fake = FakeModelServer()
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url) { $0.batchWait = .milliseconds(200) }
            // Before the first answer it does not know how many the server takes.
            _ = try await runner.run("ours", on: picture(0), until: .soon)
            try await withThrowingTaskGroup(of: (UInt8, ModelOutput).self) { group in
                for grey in 1...16 {
                    group.addTask { (UInt8(grey), try await runner.run("ours", on: picture(UInt8(grey)), until: .soon)) }
                }
                for try await (grey, output) in group {
                    guard case .scores(let scores) = output else { throw TooLong("scores") }
                    #expect(abs(scores[0] - Double(grey) / 255) < 1e-6)
                }
            }
            #expect(fake.batches.first == 1)
            #expect(fake.batches.dropFirst().reduce(0, +) == 16)
            #expect(fake.batches.contains(8), "\(fake.batches)")
            #expect(fake.batches.allSatisfy { $0 <= 8 })
        }
    }

    @Test("a model that takes one at a time gets one at a time")
    func oneAtATime() async throws {
        let fake = FakeModelServer()
        fake.describesItself(as: #"{"name":"theirs","inputs":[],"outputs":null,"versions":null}"#)
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url)
            await withTaskGroup(of: Void.self) { group in
                for grey in 0..<6 { group.addTask { _ = try? await runner.run("ours", on: picture(UInt8(grey)), until: .soon) } }
            }
            #expect(fake.batches == [1, 1, 1, 1, 1, 1])
        }
    }

    @Test(
        "an answer that makes no sense is refused, in words",
        arguments: [
            (#"{"id":"ID","outputs":[]}"#, "0 outputs"),
            ("{", "no reply"), ("<html>", "no reply"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32","data":[NaN,1]}]}"#, "no reply"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32","data":[null,1]}]}"#, "no finite number"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32","data":[1e39,1]}]}"#, "no finite number"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[2,2],"datatype":"FP32","data":[1,1,1,1]}]}"#, "shape"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,3],"datatype":"FP32","data":[1,0]}]}"#, "2 numbers"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,-2],"datatype":"FP32","data":[]}]}"#, "shape"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,999999,999999],"datatype":"FP32","data":[]}]}"#, "too large"),
            (
                #"{"id":"ID","outputs":[{"name":"scores","shape":[1,1],"datatype":"FP32","data":[0.5]}]}"#,
                "1 numbers where the manifest names 2"
            ),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32","data":[2,-1]}]}"#, "not from 0 to 1"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,2],"datatype":"BYTES","data":["a","b"]}]}"#, "no reply"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,2],"datatype":"INT64","data":[1,0]}]}"#, "INT64"),
            (#"{"id":"ID","outputs":[{"name":"other","shape":[1,2],"datatype":"FP32","data":[1,0]}]}"#, "no output 'scores'"),
            (#"{"id":"ID","outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32"}]}"#, "no data"),
            (
                #"{"id":"ID","outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32","parameters":{"binary_data_size":8}}]}"#,
                "cut off"
            ),
            (#"{"id":"another","outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32","data":[1,0]}]}"#, "another question"),
        ])
    func nonsense(body: String, words: String) async throws {
        let fake = FakeModelServer()
        fake.answers { .json(body.replacing("ID", with: $0.id)) }
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url)
            await #expect {
                _ = try await runner.run("ours", on: picture(1), until: .soon)
            } throws: { error in
                guard case .refused(let why)? = error as? ModelError else { return false }
                return why.contains(words)
            }
        }
    }

    @Test(
        "numbers may be nested, and the id may be missing",
        arguments: [
            #"{"outputs":[{"name":"scores","shape":[1,2],"datatype":"FP32","data":[[0.25,0.75]]}]}"#,
            #"{"id":null,"outputs":[{"name":"scores","shape":[1,2],"datatype":"FP64","data":[0.25,0.75],"parameters":null}]}"#,
        ])
    func lenient(body: String) async throws {
        let fake = FakeModelServer()
        fake.answers { _ in .json(body) }
        try await TestServer.with(fake.respond) { server in
            let output = try await runner(server.url).run("ours", on: picture(1), until: .soon)
            #expect(output == .scores([0.25, 0.75]))
        }
    }

    @Test(
        "a model that is another than the manifest's is not asked",
        arguments: [
            (#"{"inputs":[{"name":"a","datatype":"FP32","shape":[-1,3,224,224]}]}"#, "[-1, 3, 224, 224]"),
            (#"{"inputs":[{"name":"a","datatype":"UINT8","shape":[-1,2,2,3]}]}"#, "UINT8"),
            (#"{"inputs":[{"name":"a","datatype":"FP32","shape":[4,2,2,3]}]}"#, "4 inputs"),
            (
                #"{"inputs":[{"name":"a","datatype":"FP32","shape":[1,2,2,3]},{"name":"b","datatype":"FP32","shape":[1]}]}"#,
                "2 inputs"
            ),
            ("[]", "does not speak"),
        ])
    func anotherModel(description: String, words: String) async throws {
        let fake = FakeModelServer()
        fake.describesItself(as: description)
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url)
            let error = await #expect(throws: ModelError.self) {
                try await runner.run("ours", on: picture(1), until: .soon)
            }
            #expect(error?.message.contains(words) == true)
            #expect(runner.states[0].problem?.contains(words) == true)
            #expect(fake.questions.isEmpty)
        }
    }

    @Test(
        "a server that hangs, drips or cuts costs no more than the deadline",
        arguments: [TestResponse.Manner.silent, .dripping, .cut])
    func slow(manner: TestResponse.Manner) async throws {
        let fake = FakeModelServer()
        fake.answers { _ in TestResponse(body: Array("{\"outputs\":".utf8), manner: manner) }
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url)
            #expect(!(await runner.check(until: .soon)).isEmpty)
            let start = ContinuousClock.now
            let error = await #expect(throws: ModelError.self) {
                try await runner.run("ours", on: picture(1), until: manner == .cut ? .soon : .now + .milliseconds(300))
            }
            if manner == .cut {
                #expect(error?.message.contains("unavailable") == true)
            } else {
                #expect(error == .deadline)
            }
            #expect(.now - start < .seconds(60))
        }
    }

    @Test(
        "what is no answer is unavailable, and says why",
        arguments: [
            (500, "status 500"), (503, "status 503"), (302, "redirect"), (401, "token"), (404, "404"), (429, "429"),
        ])
    func status(status: Int, words: String) async throws {
        let fake = FakeModelServer()
        fake.answers { _ in .json(#"{"error":"a text that is not shown"}"#, status: status) }
        try await TestServer.with(fake.respond) { server in
            let error = await #expect(throws: ModelError.self) {
                try await runner(server.url).run("ours", on: picture(1), until: .soon)
            }
            guard case .unavailable(let why)? = error else { throw TooLong("unavailable, but \(String(describing: error))") }
            #expect(why.contains(words) && !why.contains("a text"))
        }
    }

    @Test("a redirect is not followed, so the token goes nowhere else")
    func redirect() async throws {
        let elsewhere = FakeModelServer()
        try await TestServer.with(elsewhere.respond) { other in
            let location = other.url
            try await TestServer.with { _ in
                TestResponse(status: 307, headers: ["Location": location])
            } _: { server in
                await #expect(throws: ModelError.self) {
                    try await runner(server.url) { $0.token = "secret" }.run("ours", on: picture(1), until: .soon)
                }
                #expect(elsewhere.requests.isEmpty)
            }
        }
    }

    @Test("an answer larger than a mebibyte is not read to its end")
    func huge() async throws {
        let fake = FakeModelServer()
        fake.answers { $0.reply(data: "[\(String(repeating: "0.5,", count: 400_000))0]") }
        try await TestServer.with(fake.respond) { server in
            let error = await #expect(throws: ModelError.self) {
                try await runner(server.url).run("ours", on: picture(1), until: .soon)
            }
            #expect(error?.message.contains("larger than") == true)
        }
    }

    @Test("nobody listens: unavailable, without an address or content")
    func unreachable() async throws {
        // A port that was free a moment ago.
        let port = try await TestServer.with({ _ in .json("") }, { server in server.port })
        let error = await #expect(throws: ModelError.self) {
            try await runner("http://127.0.0.1:\(port)").run("ours", on: picture(1), until: .soon)
        }
        guard case .unavailable(let why)? = error else { throw TooLong("unavailable") }
        #expect(!why.contains("127.0.0.1"))
    }

    @Test("after five failures nothing is asked, then one probe, then all again")
    func breaks() async throws {
        let fake = FakeModelServer()
        fake.answers { _ in .json("{}", status: 500) }
        try await TestServer.with(fake.respond) { server in
            let start = ContinuousClock.now
            let passed = Mutex(Duration.zero)
            let runner = runner(server.url, now: { start + passed.withLock { $0 } })
            for _ in 0..<5 { _ = try? await runner.run("ours", on: picture(1), until: .soon) }
            #expect(fake.questions.count == 5)
            let error = await #expect(throws: ModelError.self) { try await runner.run("ours", on: picture(1), until: .soon) }
            #expect(error?.message.contains("left alone") == true)
            #expect(fake.questions.count == 5)
            fake.answers(nil)
            passed.withLock { $0 = .seconds(60) }
            _ = try await runner.run("ours", on: picture(1), until: .soon)
            #expect(runner.states[0].problem == nil)
            _ = try await runner.run("ours", on: picture(2), until: .soon)
        }
    }

    @Test("an input that the server does not take costs the others nothing, and does not stop the model")
    func oneBadInput() async throws {
        let fake = FakeModelServer()
        // White is refused, and with it everything beside it.
        fake.answers { $0.numbers.contains(1) ? .json("{}", status: 400) : $0.answer }
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url) { $0.batchWait = .milliseconds(200) }
            #expect(!(await runner.check(until: .soon)).isEmpty)
            for _ in 0..<3 {
                let bad = Task { try await runner.run("ours", on: picture(255), until: .soon) }
                async let good = runner.run("ours", on: picture(51), until: .soon)
                async let other = runner.run("ours", on: picture(102), until: .soon)
                await #expect(throws: ModelError.refused("by the model server (status 400)")) { try await bad.value }
                guard case .scores(let scores) = try await good, case .scores(let others) = try await other else {
                    throw TooLong("scores")
                }
                #expect(abs(scores[0] - 0.2) < 1e-6 && abs(others[0] - 0.4) < 1e-6)
            }
            #expect(fake.batches.contains { $0 > 1 })
            for _ in 0..<6 { _ = try? await runner.run("ours", on: picture(255), until: .soon) }
            _ = try await runner.run("ours", on: picture(1), until: .soon)
            #expect(runner.states[0].problem == nil)
            for _ in 0..<10 { _ = try? await runner.run("ours", on: picture(255), until: .soon) }
            #expect(runner.states[0].problem?.contains("400") == true, "when nothing is taken any more, people are told")
        }
    }

    @Test("a deadline that was too short says nothing of the server")
    func hurry() async throws {
        let fake = FakeModelServer()
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url)
            #expect(!(await runner.check(until: .soon)).isEmpty)
            fake.answers { _ in TestResponse(manner: .silent) }
            for _ in 0..<6 {
                _ = try? await runner.run("ours", on: picture(1), until: .now + .milliseconds(60))
            }
            fake.answers(nil)
            _ = try await runner.run("ours", on: picture(1), until: .soon)
        }
    }

    @Test("what the asker takes back is cancelled, and is not the server's failure")
    func cancelled() async throws {
        let fake = FakeModelServer()
        fake.answers { _ in TestResponse(manner: .silent) }
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url)
            for _ in 0..<6 {
                let before = fake.questions.count
                let asking = Task { try await runner.run("ours", on: picture(1), until: .soon) }
                try await eventually("the question arrives") { fake.questions.count > before }
                asking.cancel()
                await #expect(throws: ModelError.self) { try await asking.value }
            }
            // Six failures would have opened it.
            fake.answers(nil)
            _ = try await runner.run("ours", on: picture(1), until: .soon)
        }
    }

    @Test("more inputs than may wait are refused at once")
    func busy() async throws {
        let fake = FakeModelServer()
        fake.answers { _ in TestResponse(manner: .silent) }
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url) {
                $0.queue = 2
                $0.batch = 1
            }
            let waiting = (0..<2).map { _ in Task { try await runner.run("ours", on: picture(1), until: .soon) } }
            try await eventually("both are asked") { fake.questions.count == 2 }
            let error = await #expect(throws: ModelError.self) { try await runner.run("ours", on: picture(1), until: .soon) }
            guard case .busy? = error else { throw TooLong("busy, but \(String(describing: error))") }
            for task in waiting { task.cancel() }
            for task in waiting { _ = try? await task.value }
        }
    }

    @Test("a text goes there as it is", arguments: ["[-1]", "[-1,1]", "[-1,-1]"])
    func text(shape: String) async throws {
        let fake = FakeModelServer()
        fake.describesItself(as: #"{"inputs":[{"name":"text","datatype":"BYTES","shape":\#(shape)}],"outputs":[]}"#)
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url, manifest: .sample(input: .text))
            let text = "quoted \"words\", a \\ and\na line \u{1} 안녕 👋"
            let output = try await runner.run("ours", on: .text(text), until: .soon)
            #expect(output == .scores([Double(Float(text.count) / 100), 0.5]))
            #expect(FakeQuestion(fake.questions[0])?.texts == [text])
            #expect(FakeQuestion(fake.questions[0])?.shape == (shape == "[-1]" ? [1] : [1, 1]))
            await #expect(throws: ModelError.self) { try await runner.run("ours", on: picture(1), until: .soon) }
        }
    }

    @Test("the states say what the server says when it is looked at")
    func check() async throws {
        let fake = FakeModelServer()
        try await TestServer.with(fake.respond) { server in
            let runner = runner(server.url) { $0.models["second"] = .init(name: "nowhere") }
            let found = await runner.check(until: .soon)
            let ours = try found["ours"]?.get()
            #expect(ours == "fake 1, input 'pixels', up to 8 at once, JSON")
            let second = found["second"]
            #expect(throws: ModelError.self) { try second?.get() }
            #expect(runner.states.map(\.problem) == [nil, "no manifest has this name"])
            fake.answersAll(.json("{}", status: 503))
            _ = await runner.check(until: .soon)
            #expect(runner.states[0].problem?.contains("503") == true)
        }
    }

    @Test(
        "a URL that cannot be meant is refused, and a token only travels hidden",
        arguments: [
            ("http://models.example.org", "token", false), ("https://models.example.org", "token", true),
            ("http://127.0.0.1:8080", "token", true), ("http://models.example.org", nil, true), ("models", nil, false),
            ("ftp://models", nil, false), ("https://user@models", nil, false), ("https://models?x=1", nil, false),
        ])
    func urls(url: String, token: String?, isRight: Bool) {
        let options = OpenInferenceOptions(url: url, token: token, models: [:])
        #expect((options.problem == nil) == isRight)
        #expect((options.warning != nil) == url.hasPrefix("http://models"))
    }

    @Test("names on the server may have a version")
    func names() {
        #expect(OpenInferenceOptions.RemoteModel(text: "a") == .init(name: "a"))
        #expect(OpenInferenceOptions.RemoteModel(text: "a/3") == .init(name: "a", version: "3"))
    }
}
