// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import MediaMarks
import Testing

@Suite("A list of certificates")
struct CertificateListTests {
    /// In the form of a certificate, whose signature has so many bytes.
    private static func certificate(_ length: Int = 300, newline: String = "\n") -> String {
        let signature = [0x03, 0x82, UInt8(length >> 8), UInt8(length & 0xff)] + (0..<length).map { UInt8($0 & 0xff) }
        let parts: [UInt8] = [0x30, 0x03, 0x02, 0x01, 0x05] + [0x30, 0x81, 0x02, 0x05, 0x00] + signature
        return pem([0x30, 0x82, UInt8(parts.count >> 8), UInt8(parts.count & 0xff)] + parts, newline: newline)
    }

    private static func pem(_ bytes: [UInt8], newline: String = "\n") -> String {
        let text = Data(bytes).base64EncodedString(options: [.lineLength64Characters, .endLineWithLineFeed])
            .replacing("\n", with: newline)
        return "-----BEGIN CERTIFICATE-----\(newline)\(text)\(newline)-----END CERTIFICATE-----\(newline)"
    }

    private func problem(_ text: String) -> String? { CertificateList.problem(in: Array(text.utf8)) }

    @Test("is right with one certificate or several, whatever stands between them", arguments: [298, 299, 300, 301])
    func right(length: Int) {
        #expect(problem(Self.certificate(length)) == nil)
        #expect(problem("# A maker of cameras, größer\n" + Self.certificate(length) + "\n" + Self.certificate()) == nil)
        #expect(problem(Self.certificate(length, newline: "\r\n")) == nil)
        #expect(problem(Self.certificate(length).trimmingCharacters(in: .newlines)) == nil)
    }

    @Test("is wrong without one, and says why")
    func wrong() {
        #expect(problem("") == "is empty")
        #expect(problem("\n \n") == "has no certificate in it")
        #expect(problem("a letter") == "has no certificate in it")
        let key = Self.certificate().replacing("CERTIFICATE", with: "PRIVATE KEY")
        #expect(problem(key) == "has no certificate in it")
        #expect(problem(String(repeating: " ", count: CertificateList.longest + 1)) == "is longer than 262144 bytes")
    }

    @Test("is wrong with one that is not whole, and says where")
    func notWhole() {
        let good = Self.certificate()
        let lines = good.split(separator: "\n").count
        #expect(problem(good + good.dropLast(40)) == "has a certificate that begins in line \(lines + 1) and does not end")
        #expect(problem("\(good.dropLast(40))\n\(good)") == "has a certificate that begins in line 1 and does not end")
        let nothing = "has no certificate where one begins, in line 1"
        for inside in ["", "garbage!", "QUJD", "AAAA\nBBBB", "MAMBAgMEBQ==", "MAMCAQU=", "MAYwADAAMAA="] {
            #expect(problem("-----BEGIN CERTIFICATE-----\n\(inside)\n-----END CERTIFICATE-----\n") == nothing, "\(inside)")
        }
        #expect(problem(good.replacing("MII", with: "MI!")) == nothing)
    }
}
