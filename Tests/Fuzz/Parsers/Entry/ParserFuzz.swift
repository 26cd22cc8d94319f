// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc
import MediaMarks

/// What libFuzzer calls with each input. HAECHI_FUZZ names the parser; a parser stops the process when what it made is not as it
/// promises.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzzOne(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    // libFuzzer lends the bytes for the time of this call; they are copied so that reading past their end is noticed.
    parser(Array(UnsafeBufferPointer(start: start, count: count)))
    return 0
}

/// Read once: the environment does not change.
private let parser: @Sendable ([UInt8]) -> Void = {
    let name = getenv("HAECHI_FUZZ").map { String(cString: $0) } ?? ""
    guard let parser = parsers[name] else {
        print("HAECHI_FUZZ must be one of \(parsers.keys.sorted().joined(separator: " "))")
        exit(64)
    }
    return parser
}()

private let parsers: [String: @Sendable ([UInt8]) -> Void] = [
    "png": { check(marks: $0, .png) }, "jpeg": { check(marks: $0, .jpeg) }, "webp": { check(marks: $0, .webp) },
    "gif": { check(marks: $0, .gif) }, "bmff": { check(marks: $0, .heif) }, "exif": checkEXIF, "xmp": checkXMP,
    "inflate": checkInflate, "jumbf": checkJUMBF, "c2pa-json": checkReport, "decoder-reply": checkDecoderReply,
    "thinker-reply": checkThinkerReply, "greeting": checkGreeting, "recipe": checkRecipe, "inference-json": checkInferenceJSON,
    "onnx": checkONNX, "format": checkFormat, "segments": checkSegments, "decoder-request": checkDecoderRequest,
    "thinker-request": checkThinkerRequest, "look-alike": checkLookAlike, "punycode": checkPunycode, "links": checkLinks,
    "contacts": checkContacts, "numbers": checkNumbers,
]
