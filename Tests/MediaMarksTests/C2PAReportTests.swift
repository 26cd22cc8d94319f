// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import MediaMarks
import Testing

@Suite("Report on signed manifests")
struct C2PAReportTests {
    private func report(
        state: String = "Valid", codes: String = "",
        generator: String = #""claim_generator_info":[{"name":"Camera","version":"1"}]"#,
        assertions: String = "", signature: String = #""issuer": "Makers", "common_name": "Camera 1""#, more: String = ""
    ) -> String {
        """
        {"active_manifest": "urn:b", "manifests": {
          "urn:a": {"claim_generator": "Adobe_Firefly", "assertions": [{"label": "c2pa.actions",
            "data": {"actions": [{"action": "c2pa.created", "digitalSourceType": "\(Files.machine)", "x": [1, -2.5e3, true, null]}]}}],
            "signature_info": {"issuer": "Another", "common_name": "Another's name"}},
          "urn:b": {\(generator), "title": "caf\\u00e9 \\"x\\"", "assertions": [\(assertions)],
            "signature_info": {"alg": "Es256", \(signature), "cert_serial_number": "1"}}},
         "validation_status": [\(codes)], \(more) "validation_state": "\(state)"}
        """
    }

    @Test("the state", arguments: [("Trusted", C2PAReport.State.trusted), ("Valid", .untrusted), ("Invalid", .invalid)])
    func states(word: String, state: C2PAReport.State) throws {
        #expect(try #require(C2PAReport(json: Array(report(state: word).utf8))).state == state)
    }

    @Test("terms of every claim about the picture, generators that are known, the program of the last claim")
    func claims() throws {
        let assertions = """
            {"label": "c2pa.actions.v2", "data": {"actions": [{"digitalSourceType": "http://c2pa.org/digitalsourcetype/empty"}]}},
            {"label": "org.example", "data": {"actions": [{"digitalSourceType": "\(Files.machine)X"}]}}
            """
        let report = try #require(C2PAReport(json: Array(report(assertions: assertions).utf8)))
        #expect(report.claimGenerator == "Camera")
        #expect(report.marks.map(\.value) == ["empty", "trainedAlgorithmicMedia", "adobe-firefly"])
        #expect(report.marks.map(\.place) == [.c2pa, .ingredient, .ingredient])
    }

    @Test("what an ingredient's maker signed is not the word of whoever signed last; what both say is")
    func ingredients() throws {
        let camera =
            #""assertions": [{"label": "c2pa.actions", "data": {"actions": [{"digitalSourceType": "\#(Files.machine)"}]}}]"#
        // The ingredient's manifest stands before and behind the last one, and the last one is named before and behind both.
        for (order, isFirst) in [(["urn:a", "urn:b"], true), (["urn:b", "urn:a"], false), (["urn:a", "urn:b"], false)] {
            for (speaks, place) in [("urn:a", MediaMarks.Mark.Place.ingredient), ("urn:b", .c2pa)] {
                let manifests = order.map { #""\#($0)": {\#($0 == speaks ? camera : #""assertions": []"#)}"# }.joined(
                    separator: ",")
                let active = #""active_manifest": "urn:b""#
                let json =
                    #"{\#(isFirst ? active + "," : "") "manifests": {\#(manifests)}, \#(isFirst ? "" : active + ",") "validation_state": "Trusted"}"#
                let read = try #require(C2PAReport(json: Array(json.utf8)))
                #expect(read.marks == [MediaMarks.Mark(.digitalSourceType, place, "trainedAlgorithmicMedia")])
            }
            let both = order.map { #""\#($0)": {\#(camera)}"# }.joined(separator: ",")
            let json = #"{"active_manifest": "urn:b", "manifests": {\#(both)}, "validation_state": "Trusted"}"#
            #expect(try #require(C2PAReport(json: Array(json.utf8))).marks.map(\.place) == [.c2pa])
        }
        // Without a last one nobody vouches.
        let json = #"{"manifests": {"urn:a": {\#(camera)}}, "validation_state": "Valid"}"#
        #expect(try #require(C2PAReport(json: Array(json.utf8))).marks.map(\.place) == [.ingredient])
    }

    @Test("codes are words from the library's set, each once, at most sixteen")
    func codes() throws {
        let codes = #"{"code":"signingCredential.untrusted"},{"code":"a b"},{"code":""},{"code":"signingCredential.untrusted"}"#
        let failure = #"{"success":[{"code":"fine"}],"failure":[{"code":"assertion.dataHash.mismatch"}]}"#
        let more = #""validation_results":{"activeManifest":\#(failure)},"#
        let report = try #require(C2PAReport(json: Array(report(codes: codes, more: more).utf8)))
        #expect(report.codes == ["signingCredential.untrusted", "assertion.dataHash.mismatch"])
        let many = (0..<40).map { #"{"code":"code.\#($0)"}"# }.joined(separator: ",")
        #expect(C2PAReport(json: Array(self.report(codes: many).utf8))?.codes.count == 16)
    }

    @Test("a program's name is cleaned and cut")
    func generator() throws {
        let name = String(repeating: "n", count: 100)
        let long = try #require(C2PAReport(json: Array(report(generator: #""claim_generator":"\#(name)""#).utf8)))
        #expect(long.claimGenerator?.count == 64)
        let odd = try #require(C2PAReport(json: Array(report(generator: #""claim_generator":"\u0007 é\n ""#).utf8)))
        #expect(odd.claimGenerator == "? ?")
        #expect(C2PAReport(json: Array(report(generator: #""claim_generator":"""#).utf8))?.claimGenerator == nil)
    }

    @Test(
        "the signer is the holder of the last claim's certificate, whatever the program calls itself",
        arguments: [
            (#""issuer": "Makers", "common_name": "Camera 1""#, "Makers, Camera 1"),
            (#""issuer": "Makers", "common_name": "Makers""#, "Makers"),
            (#""issuer": " Makers\n""#, "Makers"), (#""common_name": "Camera 1""#, "Camera 1"),
            (#""issuer": "", "common_name": "\u0007 Camera""#, "? Camera"), (#""issuer": "한국 Org""#, "?? Org"),
            (#""issuer": "", "common_name": " ""#, nil), (#""issuer": 7"#, nil), (#""more": {"issuer": "Makers"}"#, nil),
        ] as [(String, String?)])
    func signer(signature: String, expected: String?) throws {
        let generator = #""claim_generator":"Somebody Known""#
        let read = try #require(C2PAReport(json: Array(report(generator: generator, signature: signature).utf8)))
        #expect(read.signer == expected)
        #expect(read.claimGenerator == "Somebody Known")
    }

    @Test("a signer's name is cut, and nobody signed what does not hold")
    func signerLimits() throws {
        let name = String(repeating: "n", count: 2_000)
        let long = try #require(C2PAReport(json: Array(report(signature: #""issuer": "\#(name)""#).utf8)))
        #expect(long.signer?.utf8.count == 64)
        let invalid = try #require(C2PAReport(json: Array(report(state: "Invalid").utf8)))
        #expect(invalid.signer == nil && invalid.claimGenerator == "Camera")
        #expect(C2PAReport(json: Array(report(state: "Trusted").utf8))?.signer == "Makers, Camera 1")
    }

    @Test(
        "what is no report is nil",
        arguments: [
            "", "{", "[]", "{}", #"{"validation_state": "Perfect"}"#, #"{"validation_state": 1}"#,
            #"{"validation_state": "Valid""#,
            #"{"a": {"validation_state": "Valid"}}"#, #"{"validation_state": "Valid"} x"#, #"{"validation_state" "Valid"}"#,
            #"{"validation_state": "Valid"]"#, #"{"validation_state": "Valid",}"#, #"["validation_state", "Valid"]"#,
        ])
    func nonsense(json: String) { #expect(C2PAReport(json: Array(json.utf8)) == nil) }

    @Test("nests without end and too long reports are refused")
    func deep() {
        let nest = String(repeating: "[", count: 100_000)
        #expect(C2PAReport(json: Array((#"{"a": "# + nest).utf8)) == nil)
        #expect(C2PAReport(json: Array(#"{"validation_state": "Valid"}"#.utf8) + [UInt8](repeating: 32, count: 256 << 10)) == nil)
    }

    @Test("cut anywhere, a report is nil")
    func cut() {
        let whole = Array(report().utf8)
        for count in whole.indices { #expect(C2PAReport(json: Array(whole[..<count])) == nil) }
    }
}
