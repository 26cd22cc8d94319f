// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import ModerationTesting
import Signals
import Testing

@Suite("Provenance detector")
struct ProvenanceDetectorTests {
    private let declared = SignalDeclaration(name: "origin", kind: .provenance, bank: "")

    private func file(_ provenance: ProvenanceFacts?, id: MediaID = "m", problem: ExaminedMedia.Problem? = nil) -> ExaminedMedia {
        var facts = MediaFacts(format: "png", width: 64, height: 64, pdq: "", quality: 0)
        facts.provenance = provenance
        return ExaminedMedia(media: Media(id: id), bytes: [1], sha256: "", facts: problem == nil ? facts : nil, problem: problem)
    }

    private func state(_ files: [ExaminedMedia], of declaration: SignalDeclaration? = nil) throws -> SignalState {
        let event = try #require(PublicEvent(.sample(media: files.map(\.media)), whileSpaceIs: .public))
        let signals = ProvenanceDetector([declaration ?? declared]).detect(in: event, media: files)
        #expect(signals.map(\.name) == ["origin"])
        return try #require(signals.first).state
    }

    private func mark(_ kind: ProvenanceFacts.Mark.Kind, _ value: String, place: String = "xmp") -> ProvenanceFacts.Mark {
        ProvenanceFacts.Mark(kind: kind, value: value, place: place)
    }

    @Test("a file that says nothing of its origin is absent, not clean and not suspicious")
    func nothing() throws {
        #expect(try state([file(ProvenanceFacts())]) == .absent)
        #expect(try state([]) == .absent)
    }

    @Test("a file whose marks were not read is unknown, and says why")
    func unknown() throws {
        #expect(try state([file(nil)]) == .unknown("its marks of origin were not read"))
        #expect(try state([file(nil, problem: .unreadable("undecodable media"))]) == .unknown("undecodable media"))
        #expect(try state([file(nil, problem: .notAPicture("a song"))]) == .absent)
    }

    @Test("what one file says does not hide that another was not read, unless it is enough by itself")
    func unknownBeside() throws {
        let broken = file(nil, id: "b", problem: .unreadable("broken"))
        let camera = file(ProvenanceFacts(marks: [mark(.digitalSourceType, "digitalCapture")]))
        #expect(try state([camera, broken]) == .unknown("broken"))
        let made = file(ProvenanceFacts(marks: [mark(.generator, "comfyui")]))
        let found = SignalMeasurement(output: "generator", value: 1, counts: true, label: "comfyui", media: "m")
        #expect(try state([made, broken]) == .measured([found]))
        let terms = SignalDeclaration(name: "origin", kind: .provenance, bank: "", output: "digital-source-type")
        #expect(try state([made, broken], of: terms) == .unknown("broken"))
    }

    @Test(
        "that a machine made it, or a part of it, counts",
        arguments: [
            ("trainedAlgorithmicMedia", true), ("compositeWithTrainedAlgorithmicMedia", true), ("algorithmicMedia", true),
            ("digitalCapture", false), ("humanEdits", false), ("algorithmicallyEnhanced", false),
        ])
    func digitalSourceType(term: String, counts: Bool) throws {
        let expected = SignalMeasurement(output: "digital-source-type", value: 1, counts: counts, label: term, media: "m")
        #expect(try state([file(ProvenanceFacts(marks: [mark(.digitalSourceType, term)]))]) == .measured([expected]))
    }

    @Test("a generator's trace counts, once, with the file it is in")
    func generator() throws {
        let facts = ProvenanceFacts(marks: [mark(.generator, "comfyui"), mark(.generator, "comfyui", place: "exif")])
        let state = try state([file(ProvenanceFacts()), file(facts, id: "second")])
        let expected = SignalMeasurement(output: "generator", value: 1, counts: true, label: "comfyui", media: "second")
        #expect(state == .measured([expected]))
    }

    @Test("a camera's signature is told and does not count", arguments: ProvenanceFacts.Manifest.allCases)
    func signatureAlone(manifest: ProvenanceFacts.Manifest) throws {
        let facts = ProvenanceFacts(manifest: manifest, marks: [mark(.digitalSourceType, "digitalCapture", place: "c2pa")])
        guard case .measured(let found) = try state([file(facts)]) else {
            Issue.record("nothing measured")
            return
        }
        #expect(found.allSatisfy { !$0.counts })
        #expect(found.first { $0.output == "c2pa" }?.label == (manifest == .none ? nil : manifest.rawValue))
    }

    @Test("a signed claim that a machine made it counts, and the signature is told beside it")
    func signedByGenerator() throws {
        let claim = mark(.digitalSourceType, "trainedAlgorithmicMedia", place: "c2pa")
        let facts = ProvenanceFacts(manifest: .trusted, marks: [claim])
        guard case .measured(let found) = try state([file(facts)]) else {
            Issue.record("nothing measured")
            return
        }
        #expect(found.map(\.label) == ["trusted", "trainedAlgorithmicMedia"])
        #expect(found.map(\.counts) == [false, true])
    }

    @Test("facts that were stored before signers were named are read")
    func storedBefore() throws {
        let stored = #"{"manifest":"untrusted","codes":["a.b"],"claimGenerator":"Camera","marks":[]}"#
        let read = try JSONDecoder().decode(ProvenanceFacts.self, from: Data(stored.utf8))
        #expect(read == ProvenanceFacts(manifest: .untrusted, codes: ["a.b"], claimGenerator: "Camera"))
        let named = ProvenanceFacts(manifest: .trusted, signer: "Makers, Camera 1")
        #expect(try JSONDecoder().decode(ProvenanceFacts.self, from: JSONEncoder().encode(named)) == named)
    }

    @Test("a declaration can ask for one output only")
    func oneOutput() throws {
        let declaration = SignalDeclaration(name: "origin", kind: .provenance, bank: "", output: "c2pa")
        let facts = ProvenanceFacts(manifest: .invalid, marks: [mark(.generator, "a1111")])
        let expected = SignalMeasurement(output: "c2pa", value: 1, counts: false, label: "invalid", media: "m")
        #expect(try state([file(facts)], of: declaration) == .measured([expected]))
        #expect(try state([file(ProvenanceFacts(marks: facts.marks))], of: declaration) == .absent)
    }
}
