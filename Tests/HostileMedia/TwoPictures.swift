// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A film in which two pictures are told apart by whether they stand alone: every key frame shows one, all that follow show the other.
/// VP8 in WebM, whose frames can stand in any number at any time. The pictures were made for this purpose with libvpx.
package enum TwoPictures {
    /// - Parameters:
    ///   - keys: when a key frame shows, in milliseconds.
    ///   - others: when another frame shows.
    ///   - duration: what the header says, in milliseconds; nil for nothing.
    ///   - large: 2000 x 2000 pixels of one grey, else 64 x 48 with a pattern.
    package static func film(keys: [Int], others: [Int], duration: Int? = nil, large: Bool = false) -> [UInt8] {
        let first = large ? largeKey : key
        // Without the picture that follows, what is the same as before would show the first one.
        let second = large ? largeOther : other
        let same = large ? largeOther : unchanged
        var (blocks, wasKey): ([UInt8], Bool) = ([], true)
        for (time, isKey) in (keys.map { ($0, true) } + others.map { ($0, false) }).sorted(by: { $0.0 < $1.0 }) {
            let frame = isKey ? first : wasKey ? second : same
            let block = [0x81, 0, 0, isKey ? 0x80 : 0] + frame
            blocks += element([0x1f, 0x43, 0xb6, 0x75], element([0xe7], Bytes.big(time, 4)) + element([0xa3], block))
            wasKey = isKey
        }
        let side = large ? (2_000, 2_000) : (64, 48)
        let video = element([0xe0], element([0xb0], Bytes.big(side.0, 2)) + element([0xba], Bytes.big(side.1, 2)))
        let track = [
            element([0xd7], [1]), element([0x73, 0xc5], [1]), element([0x83], [1]), element([0x86], Array("V_VP8".utf8)),
        ]
        let bits = duration.map { Bytes.big(Int(Double($0).bitPattern), 8) }
        let info = element([0x2a, 0xd7, 0xb1], Bytes.big(1_000_000, 4)) + (bits.map { element([0x44, 0x89], $0) } ?? [])
        let segment =
            element([0x15, 0x49, 0xa9, 0x66], info)
            + element([0x16, 0x54, 0xae, 0x6b], element([0xae], Array(track.joined()) + video)) + blocks
        return element([0x1a, 0x45, 0xdf, 0xa3], element([0x42, 0x82], Array("webm".utf8)))
            + element([0x18, 0x53, 0x80, 0x67], segment)
    }

    private static func element(_ id: [UInt8], _ body: [UInt8]) -> [UInt8] { id + [0x10] + Bytes.big(body.count, 3) + body }

    private static let key = SmallFiles.bytes(
        """
        cAsAnQEqQAAwAAHHCIWFiIWEiAICAFGD9b/3PwLrF+2Ly5o5h/nagD+vgwDco6uPsrH77sywXsiFBEJiI+2E9cFMwJTCODdMZZTIByVvFi8pshhXGqo7\
        1HIvb9y5wu6fLxKa24D+/50F93LOrXeJj2kAKu14+5xuEPJwtIx9UG1cBMLT467pZ7d8gfY0icqBoUVTi8TQL9Du8Ya+vzpSyuFt6WncoDO0RjNbCdNb\
        1pi31y/h4RE4wom7SRJYsvTg3oXEV+vMZoecjQkaXxxMiwHHLdJDJA/MASlBJQsDX6imOl7/bZfIOxHy0g4sur59u9tdOF+7pOUaGjjOMC88jSV52/mB\
        gGstA8IoY7jA8BLlgO1rYzaViUgwj3x64SBWhOPWdG4wQosFrlzvuaPUeH1lOx0gMK2rQgRrHUWoGThhb8Hx4zKi8lAbplspYTybwYAS2i/tkB/4tNMS\
        HIAA
        """)

    private static let other = SmallFiles.bytes(
        """
        sQoAExCcABgBPvmOTCB1PmP2M8cNqgBudwEx/zBG6r9d9UVQz/PgwSE24GR74uWMSRnwR2XyLwKS9YvMTMn7t7soBVi8UPiRZ07kxfAolss1omJmt2vq\
        APyruV4ZV9JE5eB3LLZN9A7pcfBehcx02BGdPpBwJeT6F3GqgodUvcGORYEmVBCvSZP2IwvxaPDaCIV5E0H3C38mP0Uxtos9BugxCY2yo8ol1rX0LGhl\
        4YSMGENCja790AprqlklAV3AMWvhcuUD7OvRpqElNMODB2WvQmLe4yhpueEKhBLmchw120EdQEBINXD060wZnLkPFp+eorYou/oA
        """)

    private static let unchanged = SmallFiles.bytes("0QEAFxCcABgAGjgv9ABDX/jkQA==")

    private static let largeKey = SmallFiles.bytes(
        "EEcDnQEq0AfQBwsHCIWFiIWEiDsCAAYamzh7" + String(repeating: "Jzh7", count: 2230) + "Jzh69AAA")

    private static let largeOther = SmallFiles.bytes(
        """
        MSwALBH8ABgAGFgv9Bf6BgYL/QMAJECAACAABAAAgAAQAAIAAsjbUbbaMbbObbZDbbDbbW7barbbSjbaDbbKbbYzba7bbWbbabbbRbbZjbbHbbX7bazb\
        bUbbaMbbObbZDbbDbbW7barbbSjbaDbbKbbYzba7bbWbbabbbRbbZjbbHbbX7bazbbUbbaMbbObbZDbbDbbW7barbbSjbaDbbKbbYzba7bbWbbabbbRb\
        bZjbbHbbX7bazbbUbbaMbbObbZDbbDbbW7barbbSjbaDbbKbbYzba7bbWbbabbbRbbZjbbHbbX7bazbbUbbaMbbObbZDbbDbbW7barbbSjbaDbbKbbYz\
        ba7bbWbbabbbRbbZjbbHbbX7bazbbUbbaMbbObbZDbbDbbW7barbbSjbaDbbKbbYzba7bbWbbabbbRbbZjbbHbbX7bazbbUbbaMbbObbZDbbDbbW7bar\
        bbSjbaDbawAA
        """)
}
