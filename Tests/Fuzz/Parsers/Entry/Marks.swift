// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CZlib

@testable import MediaMarks

func check(marks file: [UInt8], _ container: MediaMarks.Container) { check(MediaMarks.read(file[...], as: container).marks) }

/// Nothing of a file leaves the reader but words from tables and terms of letters.
private func check(_ marks: [MediaMarks.Mark]) {
    precondition(marks.count <= 16 && Set(marks).count == marks.count)
    for mark in marks {
        precondition((1...64).contains(mark.value.utf8.count))
        precondition(
            mark.value.utf8.allSatisfy {
                (0x30...0x39).contains($0) || (0x41...0x5a).contains($0) || (0x61...0x7a).contains($0) || $0 == 0x2d
            })
    }
}

func checkEXIF(_ bytes: [UInt8]) { precondition(EXIF.generators(in: bytes[...]).allSatisfy { $0.utf8.count <= 64 }) }

func checkXMP(_ bytes: [UInt8]) {
    var findings = Findings()
    findings.add(xmp: bytes[...])
    check(findings.found.marks)
}

func checkJUMBF(_ bytes: [UInt8]) {
    var findings = Findings()
    findings.add(store: bytes[...])
    precondition(findings.found.marks.isEmpty || findings.found.hasManifest)
    check(findings.found.marks)
}

/// zlib must agree: on what a whole stream holds, and on whether it is one.
func checkInflate(_ bytes: [UInt8]) {
    let limit = 1 << 16
    let ours = Inflate.raw(bytes[...], limit: limit)
    precondition(ours.bytes.count <= limit)
    var room = [UInt8](repeating: 0, count: limit)
    let length = bytes.isEmpty ? -1 : czlib_inflate(bytes, UInt(bytes.count), &room, UInt(limit))
    precondition(ours.isWhole == (length >= 0))
    if length >= 0 { precondition(ours.bytes.elementsEqual(room.prefix(length))) }
    _ = Inflate.zlib(bytes[...], limit: limit)
}

func checkReport(_ bytes: [UInt8]) {
    guard let report = C2PAReport(json: bytes) else { return }
    check(report.marks)
    precondition(report.codes.count <= 16)
    for text in report.codes + [report.claimGenerator, report.signer].compactMap({ $0 }) {
        precondition((1...64).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20..<0x7f).contains($0) })
    }
}
