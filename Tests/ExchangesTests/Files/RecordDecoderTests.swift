// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation
import Signals
import Testing

@testable import Exchanges

private let hash = String(repeating: "0123456789abcdef", count: 4)
private let md5 = "0123456789abcdef0123456789abcdef"

/// Reads a whole text, handed over in chunks of a size.
private func read(
    _ text: String, _ options: RecordOptions = .init(), chunk: Int = 1 << 20
) throws(RecordFileError) -> (records: [FingerprintRecord], refused: [RefusedRecord]) {
    var decoder = RecordDecoder(options: options)
    var records: [FingerprintRecord] = []
    var refused: [RefusedRecord] = []
    let bytes = Array(text.utf8)
    for start in stride(from: 0, to: bytes.count, by: chunk) {
        decoder.append(bytes[start..<min(bytes.count, start + chunk)])
        while let batch = try decoder.next() {
            records += batch.records
            refused += batch.refused
        }
    }
    decoder.finish()
    while let batch = try decoder.next() {
        records += batch.records
        refused += batch.refused
    }
    return (records, refused)
}

@Suite("Lists")
struct RecordDecoderTests {
    @Test("reads every field of NDJSON", arguments: [1, 7, 1 << 20])
    func ndjson(chunk: Int) throws {
        let text = """
            {"kind":"pdq","value":"\(hash.uppercased())","trust":"verified","reference":"c\\u00e9-1","tags":["a","b"],"quality":90,"radius":12,"expires":"2027-01-31T09:00:00+09:00"}
            {"value":"\(md5)","kind":"md5","withdrawn":true,"quality":null}

            """
        let list = try read(text, chunk: chunk)
        #expect(list.refused.isEmpty)
        #expect(
            list.records == [
                FingerprintRecord(
                    kind: .pdq, value: hash.uppercased(), trust: .verified, reference: "cé-1", tags: ["a", "b"], quality: 90,
                    radius: 12, expiresAt: Timestamp.date("2027-01-31T00:00:00Z"), line: 1),
                FingerprintRecord(kind: .md5, value: md5, trust: .claimed, isWithdrawn: true, line: 2),
            ])
    }

    @Test(
        "says by line what was expected",
        arguments: [
            (#"{"kind":"pdq","value":"12"}"#, "value: expected 64 hexadecimal digits for pdq, found 2"),
            (#"{"kind":"pdq"}"#, "value is missing: expected 64 hexadecimal digits"),
            (#"{"value":"\#(hash)"}"#, "kind is missing: expected pdq, sha256 or md5"),
            (#"{"kind":"tlsh","value":"\#(hash)"}"#, "kind: expected pdq, sha256 or md5"),
            (#"{"kind":"pdq","value":"\#(hash)","qality":3}"#, "unknown field 'qality'"),
            (#"{"kind":"pdq","value":"\#(hash)","quality":101}"#, "quality: expected a whole number from 0 to 100"),
            (#"{"kind":"pdq","value":"\#(hash)","radius":64}"#, "radius: expected a whole number from 0 to 63"),
            (#"{"kind":"pdq","value":"\#(hash)","trust":"retired"}"#, "trust: expected claimed, probation, verified or benign"),
            (#"{"kind":"pdq","value":"\#(hash)","expires":"tomorrow"}"#, "expires: expected a time"),
            (#"{"kind":"pdq","value":"\#(hash)""#, "no JSON object"),
            (#"{"kind":"pdq","value":"\#(hash)"} x"#, "expected one JSON object and nothing after it"),
            ("not json", "no JSON object"),
        ])
    func badRows(row: String, reason: String) throws {
        let good = #"{"kind":"pdq","value":"\#(hash)"}"#
        let list = try read(good + "\n" + row + "\r\n\n" + good)
        #expect(list.records.map(\.line) == [1, 4])
        let refused = try #require(list.refused.first)
        #expect(list.refused.count == 1 && refused.line == 2)
        #expect(refused.reason.contains(reason), "\(refused.reason)")
    }

    @Test("reads CSV with columns in any order, other names, quotes, a byte order mark and CRLF", arguments: [1, 3, 1 << 20])
    func csv(chunk: Int) throws {
        let text =
            "\u{FEFF}Tag,MD5,filename,ID,pdq,Quality\r\n"
            + "\"one, \"\"two\"\"\r\nthree\",\(md5),\"a,b.jpg\",e-1,\(hash),77\r\n"
            + "x;y,,f,e-2,\(hash),\r\n"
        let list = try read(text, chunk: chunk)
        #expect(list.refused.isEmpty)
        #expect(
            list.records == [
                FingerprintRecord(
                    kind: .md5, value: md5, trust: .claimed, reference: "e-1", tags: ["one, \"two\"\r\nthree"], quality: 77,
                    line: 2),
                FingerprintRecord(
                    kind: .pdq, value: hash, trust: .claimed, reference: "e-1", tags: ["one, \"two\"\r\nthree"], quality: 77,
                    line: 2),
                FingerprintRecord(kind: .pdq, value: hash, trust: .claimed, reference: "e-2", tags: ["x", "y"], line: 4),
            ])
    }

    @Test("reads lists of other tools")
    func others() throws {
        let nsrl = "\"SHA-1\",\"MD5\",\"CRC32\",\"FileName\"\n\"\(digits(1, 40))\",\"\(md5.uppercased())\",\"1234abcd\",\"x\"\n"
        #expect(try read(nsrl).records.map(\.value) == [md5.uppercased()])
        #expect(try read("pdq \(hash)\n# note\nmd5 \(md5)\n").records.map(\.kind) == [.pdq, .md5])
        #expect(try read("\(md5)\n").records.map(\.kind) == [.md5])
        let pdq = RecordOptions(kind: .pdq)
        #expect(try read("\(hash),88,/a/b.jpg\n", pdq).records.map(\.quality) == [88])
        #expect(try read("\(hash),my tag\n", pdq).records.map(\.tags) == [["my tag"]])
        #expect(try read("hash=\(hash),quality=80,filename=a.jpg\n", pdq).records.map(\.quality) == [80])
        #expect(try read("hash;tag\n\(md5);x\n").records.map(\.tags) == [["x"]])
        #expect(try read("md5\n\(md5)\n").records.map(\.kind) == [.md5])
        #expect(try read("kind,value\nsha256,\(hash)\nphotodna,1234\n").refused.map(\.line) == [3])
    }

    @Test(
        "64 digits of a kind that nobody said are an error with the way out",
        arguments: ["HASH\n", "hash,tag\nHASH,x\n", "hash=HASH\n"])
    func ambiguous(text: String) throws {
        let text = text.replacingOccurrences(of: "HASH", with: hash)
        let error = #expect(throws: RecordFileError.self) { try read(text) }
        #expect(error?.message.contains("--kind pdq or --kind sha256") == true)
        #expect(try read(text, .init(kind: .sha256)).records.map(\.kind) == [.sha256])
    }

    @Test(
        "what is no list is refused as a whole",
        arguments: [
            ("[{\"kind\":\"pdq\"}]", "not a list of them"), ("<xml/>", "expected NDJSON, CSV"),
            ("hash,colour\n\(md5),red\n", "unknown column 'colour'"), ("tag,id\nx,1\n", "no column of hashes"),
            ("once,upon\n", "expected a line of column names"),
        ])
    func notAList(text: String, reason: String) {
        let error = #expect(throws: RecordFileError.self) { try read(text) }
        #expect(error?.message.contains(reason) == true)
    }

    @Test("a row without end costs that row only, and no memory")
    func longRow() throws {
        let long = "hash,tag\n\(md5),\"" + String(repeating: "x", count: 3 << 20) + "\n\(md5),y\n"
        let csv = try read(long, chunk: 100_000)
        #expect(csv.refused.map(\.line) == [2])
        #expect(csv.records.map(\.tags) == [["y"]] && csv.records.map(\.line) == [3])
        let lines =
            "{\"kind\":\"md5\",\"value\":\"\(md5)\"}\n{" + String(repeating: " ", count: 3 << 20)
            + "\n{\"kind\":\"md5\",\"value\":\"\(md5)\"}"
        let ndjson = try read(lines, chunk: 100_000)
        #expect(ndjson.refused.map(\.line) == [2] && ndjson.records.map(\.line) == [1, 3])
    }

    @Test("never more than 5,000 records at a time")
    func batches() throws {
        var decoder = RecordDecoder()
        decoder.append((0..<12_001).map { "{\"kind\":\"md5\",\"value\":\"\(digits($0, 32))\"}\n" }.joined().utf8)
        decoder.finish()
        var counts: [Int] = []
        while let batch = try decoder.next() { counts.append(batch.records.count) }
        #expect(counts == [5_000, 5_000, 2_001])
    }

    @Test("what is written is read back the same", arguments: RecordWriter.Format.allCases)
    func roundTrip(format: RecordWriter.Format) throws {
        var records = [
            FingerprintRecord(
                kind: .pdq, value: digits(1), trust: .verified, reference: "a \"b\", c", tags: ["one", "zwei, drei", "=1+1"],
                quality: 3,
                radius: 0, expiresAt: Timestamp.date("2030-02-28T23:59:59Z")),
            FingerprintRecord(kind: .md5, value: digits(2, 32), trust: .claimed, isWithdrawn: true),
            FingerprintRecord(kind: .sha256, value: digits(3), trust: .benign, reference: "줄\n바꿈"),
        ]
        var bytes = RecordWriter(format).head
        for record in records { RecordWriter(format).write(record, to: &bytes) }
        let list = try read(String(decoding: bytes, as: UTF8.self))
        for index in records.indices { records[index].line = list.records[index].line }
        #expect(list.records == records && list.refused.isEmpty)
    }

    @Test("broken bytes are refused or read, never more: mutations of good lists")
    func mutations() throws {
        let seed = UInt64.random(in: 0...UInt64.max)
        var generator = Seeded(seed: seed)
        let lists = [
            (0..<20).map { "{\"kind\":\"pdq\",\"value\":\"\(digits($0))\",\"tags\":[\"a\\u00e9\"],\"quality\":5}\n" }.joined(),
            "md5,tag\r\n" + (0..<20).map { "\(digits($0, 32)),\"a \"\"b\"\"\"\r\n" }.joined(),
            (0..<20).map { "pdq \(digits($0))\n" }.joined(), (0..<20).map { "hash=\(digits($0)),quality=4\n" }.joined(),
        ]
        for round in 0..<2_000 {
            var bytes = Array(lists[round % lists.count].utf8)
            for _ in 0..<Int.random(in: 1...8, using: &generator) {
                let at = Int.random(in: 0..<bytes.count, using: &generator)
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: bytes[at] = UInt8.random(in: 0...255, using: &generator)
                case 1: bytes.remove(at: at)
                default: bytes.insert(contentsOf: [0x22, 0x0A, 0x7B, 0x2C][..<Int.random(in: 1...4, using: &generator)], at: at)
                }
            }
            var decoder = RecordDecoder(options: .init(kind: .pdq))
            decoder.append(bytes)
            decoder.finish()
            do throws(RecordFileError) {
                while let batch = try decoder.next() {
                    for record in batch.records {
                        let isGood = record.value.utf8.count == record.kind.digits && HashText.isHex(record.value.utf8)
                        #expect(isGood, "seed \(seed), round \(round)")
                    }
                }
            } catch {
                #expect(!error.message.isEmpty, "seed \(seed)")
            }
        }
    }
}
