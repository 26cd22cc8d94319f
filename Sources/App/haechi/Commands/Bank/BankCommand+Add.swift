// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Foundation
import Logging
import MediaDecoding
import Moderation
import Signals

extension BankCommand {
    struct Add: AsyncParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Adds pictures to a bank: their SHA-256 and, when they have a good one, their PDQ hash.",
            discussion: "The pictures themselves are not kept. Files that cannot be decoded are named, and nothing is written.")

        @OptionGroup var options: SettingsOptions
        @OptionGroup var person: Person
        @OptionGroup var place: Place
        @Flag(help: "Also the hashes of 24 parts of the picture, so that cropped copies are found.")
        var variants = false
        @Argument(help: "Picture files.") var files: [String]

        func run() async throws {
            let settings = try await options.settings()
            guard let worker = MediaWorkerPool.locate() else { throw ValidationError("haechi-media-worker is not beside haechi") }
            let decoder = MediaWorkerPool(executable: worker, options: .init(settings), logger: Logger(label: "haechi"))
            var records: [FingerprintRecord] = []
            var problems: [String] = []
            for file in files {
                do {
                    records += try await self.records(of: file, decoder)
                } catch let error as MediaError {
                    problems.append("\(file): \(error.message)")
                } catch {
                    problems.append("\(file): cannot be read")
                }
            }
            await decoder.shutdown()
            guard problems.isEmpty else {
                Terminal.complain(problems)
                throw ExitCode(65)
            }
            let tools = try await BankTools.open(settings)
            try await tools.take(records, into: place, by: person.name)
        }

        private func records(of file: String, _ decoder: MediaWorkerPool) async throws -> [FingerprintRecord] {
            let bytes = [UInt8](try Data(contentsOf: URL(filePath: file)))
            let reference = place.reference ?? ""
            var request = MediaRequest()
            request.borders = true
            request.crops = variants
            let facts = try await decoder.inspect(bytes, request)
            var records = [
                FingerprintRecord(kind: .sha256, value: Digest.sha256(bytes), trust: place.trust, reference: reference)
            ]
            guard !facts.isIncomplete else { throw MediaError.undecodable("it ends early; a whole copy is needed for a bank") }
            let pictures = [MediaVariant(name: "", pdq: facts.pdq, quality: facts.quality)] + facts.variants
            for picture in pictures where picture.quality >= Bank.usualQualityGate {
                records.append(
                    FingerprintRecord(
                        kind: .pdq, value: picture.pdq, trust: place.trust, reference: reference,
                        tags: picture.name.isEmpty ? [] : [picture.name], quality: picture.quality))
            }
            return records
        }
    }

    /// Where fingerprints belong and come from.
    struct Place: ParsableArguments {
        @Option(help: "Bank to add to; made when there is none of that name.") var bank: String
        @Option(help: "What the source says of them: claimed, probation, verified or benign.") var trust: Trust = .verified
        @Option(help: "Whose word it is; made when there is none of that name.") var source = "operator"
        @Option(help: "The source's own name for them, such as a case number.") var reference: String?
    }
}
