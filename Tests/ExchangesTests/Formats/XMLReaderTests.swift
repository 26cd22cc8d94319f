// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Testing

@testable import Exchanges

@Suite("XML")
struct XMLReaderTests {
    @Test("elements, attributes, entities, comments and CDATA, without prefixes")
    func reads() throws {
        let text = """
            \u{FEFF}<?xml version="1.0"?>
            <!-- head --><n:a xmlns:n='u' id="1 &lt; 2"> one <b/><!-- x --><![CDATA[<two>&]]> &#233;&#x1F642;&amp; </n:a>
            """
        let root = try XMLReader.read(Array(text.utf8))
        #expect(root.name == "a" && root.attributes["id"] == "1 < 2" && root.children.map(\.name) == ["b"])
        #expect(root.text == "one <two>& é🙂&")
    }

    @Test(
        "what could grow, reach out or mislead is refused",
        arguments: [
            "<!DOCTYPE a [<!ENTITY b \"bbbb\">]><a>&b;</a>", "<a>&b;</a>", "<a><b></a></b>", "<a>", "<a/><b/>", "", "<a b=1/>",
            "<a b=\"<\"/>",
            "<a>&#xD800;</a>", "<a>\u{0}", "<a><!ENTITY b \"b\"></a>",
        ])
    func refuses(text: String) {
        #expect(throws: XMLError.self) { try XMLReader.read(Array(text.utf8)) }
    }

    @Test("depth is bounded")
    func depth() {
        let deep = String(repeating: "<a>", count: 100_000) + String(repeating: "</a>", count: 100_000)
        #expect(throws: XMLError.self) { try XMLReader.read(Array(deep.utf8)) }
    }

    @Test("broken pages of exchanges give pages or errors, never more")
    func mutations() throws {
        guard try SharedVectors.arePresent else { return }
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = Seeded(seed: seed)
        let xml = try (1...3).map { try SharedVectors.bytes("ncmec-entries-page\($0).xml") }
        let json = try SharedVectors.bytes("stopncii-fetchhashes-page1.json")
        var read = 0
        for round in 0..<3_000 {
            var bytes = round % 4 == 3 ? json : xml[round % 3]
            for _ in 0..<Int.random(in: 1...6, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.removeSubrange(at..<min(bytes.count, at + Int.random(in: 1...40, using: &generator)))
                default: bytes.insert(bytes[Int.random(in: 0..<bytes.count, using: &generator)], at: at)
                }
                if bytes.isEmpty { bytes = [0] }
            }
            if round % 4 == 3 {
                if let tree = try? JSONTree.read(bytes) {
                    read += 1
                    #expect(try JSONTree.read(tree.serialized) == tree, "seed \(seed), round \(round)")
                }
            } else if (try? XMLReader.read(bytes)) != nil {
                read += 1
            }
        }
        #expect(read > 0 && read < 3_000, "seed \(seed)")
    }
}
