// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Walks over visible text from one way of contact to the next.
struct ContactScanner {
    let bytes: [UInt8]
    /// Whether letter case is lost, so that what needs it is not looked for.
    let isFolded: Bool
    private(set) var steps = 0
    private var found: [TextFinding] = []
    private var position = 0
    /// The messenger that was named last, and where its name ended.
    private var named: (type: String, end: Int)?

    init(bytes: [UInt8], isFolded: Bool) {
        self.bytes = bytes
        self.isFolded = isFolded
    }

    mutating func scan() -> [TextFinding] {
        while position < bytes.count, found.count < FindingReader.mostFindings {
            let byte = bytes[position]
            steps += 1
            if byte.isASCIIDigit || byte.isASCIILetter {
                word()
            } else if byte == UInt8(ascii: "@") {
                handle()
            } else if byte == UInt8(ascii: ".") {
                host(separator: position..<(position + 1))
            } else if byte >= 0xE3, byte < 0xF0 {
                if let name = MessengerNames.native(bytes, at: position) {
                    position += name.length
                    self.name(name.type)
                } else {
                    position += 3
                }
            } else {
                position += 1
            }
        }
        return found
    }

    private mutating func add(_ type: String, _ entry: String, _ range: Range<Int>) {
        found.append(TextFinding(type: type, entry: entry, range: range))
    }

    // MARK: Words

    private mutating func word() {
        let start = position
        while position < bytes.count, bytes[position].isASCIIDigit || bytes[position].isASCIILetter { position += 1 }
        let length = position - start
        steps += length
        if length == 3, bytes[start] | 0x20 == UInt8(ascii: "d"), bytes[start + 1] | 0x20 == UInt8(ascii: "o"),
            bytes[start + 2] | 0x20 == UInt8(ascii: "t")
        {
            host(separator: start..<position)
        } else if length <= 9, let type = MessengerNames.latin(bytes, start..<position) {
            name(type)
        } else if length >= 14 {
            if !isFolded, let wallet = Wallets.read(bytes[start..<position]) {
                add("wallet", wallet, start..<position)
            } else {
                account(at: start)
            }
        } else if length >= 4 {
            account(at: start)
        }
    }

    private mutating func account(at start: Int) {
        guard bytes[start].isASCIILetter, bytes[start + 1].isASCIILetter, let account = IBANReader.read(bytes, at: start) else {
            return
        }
        add("iban", "iban:" + String(decoding: account.text, as: UTF8.self), start..<account.end)
        position = max(position, account.end)
    }

    // MARK: Handles

    /// After the name of a messenger: a handle or number may follow, with a sign or a word that says so.
    private mutating func name(_ type: String) {
        named = (type, position)
        let introduced = MessengerNames.introduction(bytes, from: position)
        guard introduced.isSure || introduced.hasSign, introduced.end < bytes.count else { return }
        if type == "whatsapp", bytes[introduced.end] == UInt8(ascii: "+") {
            telephone(at: introduced.end)
        } else if bytes[introduced.end] != UInt8(ascii: "@"), let end = handleEnd(from: introduced.end) {
            let range = introduced.end..<end
            // A colon alone introduces anything: a handle shows itself by a digit or a low line.
            let isHandle = introduced.isSure || bytes[range].contains { $0.isASCIIDigit || $0 == UInt8(ascii: "_") }
            guard isHandle else { return }
            add(type, "\(type):" + lower(range), range)
            position = end
        }
    }

    private mutating func telephone(at plus: Int) {
        let run = DigitRun(bytes, from: plus + 1)
        guard (9...15).contains(run.digitCount) else { return }
        add("whatsapp", "whatsapp:+" + run.digits(0..<run.groups.count).map { "\($0)" }.joined(), plus..<run.end)
        position = run.end
    }

    private mutating func handle() {
        let at = position
        position += 1
        guard at == 0 || !(bytes[at - 1].isASCIIWord || bytes[at - 1] == UInt8(ascii: ".")), let end = handleEnd(from: at + 1)
        else { return }
        var type = "handle"
        if let named, at - named.end <= 24 { type = named.type }
        var name = lower((at + 1)..<end)
        position = end
        // Users of Matrix have a server after a colon.
        if end < bytes.count, bytes[end] == UInt8(ascii: ":") {
            var server = end + 1
            while server < bytes.count,
                bytes[server].isASCIIDigit || bytes[server].isASCIILetter || ".-".utf8.contains(bytes[server])
            {
                server += 1
            }
            while server > end + 1, ".-".utf8.contains(bytes[server - 1]) { server -= 1 }
            if bytes[(end + 1)..<server].contains(UInt8(ascii: ".")) {
                (type, position) = ("handle", server)
                name += ":" + lower((end + 1)..<server)
            }
        }
        add(type, "\(type):\(name)", at..<position)
    }

    /// The end of a name of 3 to 32 signs with a letter in it; nil if there is none. A number after `#` is part of it.
    private func handleEnd(from start: Int) -> Int? {
        var end = start
        while end < bytes.count, end - start <= 32, bytes[end].isASCIIWord || bytes[end] == UInt8(ascii: ".") { end += 1 }
        while end > start, bytes[end - 1] == UInt8(ascii: ".") { end -= 1 }
        guard (3...32).contains(end - start), bytes[start..<end].contains(where: \.isASCIILetter) else { return nil }
        if end + 5 <= bytes.count, bytes[end] == UInt8(ascii: "#"), bytes[(end + 1)..<(end + 5)].allSatisfy(\.isASCIIDigit) {
            end += 5
        }
        return end
    }

    private func lower(_ range: Range<Int>) -> String { String(decoding: bytes[range], as: UTF8.self).lowercased() }

    // MARK: Hosts

    /// Looks at both sides of a full stop, or of what is written for one: `.`, `[.]`, `(dot)`, ` dot `.
    private mutating func host(separator: Range<Int>) {
        position = separator.upperBound
        var (left, right) = (separator.lowerBound, separator.upperBound)
        let isOpen = left > 0 && "[({".utf8.contains(bytes[left - 1])
        if isOpen, right < bytes.count, "])}".utf8.contains(bytes[right]) {
            left -= 1
            right += 1
        }
        left -= spaces(before: left)
        right += spaces(after: right)
        // The word needs something around it.
        guard separator.count == 1 || left < separator.lowerBound && right > separator.upperBound else { return }
        let names = label(before: left)..<label(after: right)
        guard names.lowerBound < left, right < names.upperBound, left - names.lowerBound <= 16, names.upperBound - right <= 8
        else { return }
        let domain = lower(names.lowerBound..<left) + "." + lower(right..<names.upperBound)
        guard let service = ContactHosts.services[domain] else { return }
        let below = isStop(names.lowerBound - 1) ? label(before: names.lowerBound - 1)..<(names.lowerBound - 1) : 0..<0
        let isWhole = !below.isEmpty || names.lowerBound == 0 || !"-_@".utf8.contains(bytes[names.lowerBound - 1])
        guard isWhole,
            names.upperBound == bytes.count || !"-.".utf8.contains(bytes[names.upperBound]) || isSentenceEnd(names.upperBound)
        else { return }
        let path = ContactPath(bytes, from: names.upperBound)
        steps += path.end - left
        guard let entry = service.entry(below: lower(below), path: path, isFolded: isFolded, domain: domain) else { return }
        let start = below.isEmpty ? names.lowerBound : below.lowerBound
        add(service.type, entry, start..<max(path.end, names.upperBound))
        position = max(path.end, names.upperBound)
    }

    private func isStop(_ place: Int) -> Bool { place > 0 && bytes[place] == UInt8(ascii: ".") }

    private func isSentenceEnd(_ place: Int) -> Bool { place + 1 >= bytes.count || bytes[place + 1] == 0x20 }

    private func spaces(before end: Int) -> Int { end > 0 && bytes[end - 1] == 0x20 ? 1 : 0 }

    private func spaces(after start: Int) -> Int { start < bytes.count && bytes[start] == 0x20 ? 1 : 0 }

    private func isLabel(_ byte: UInt8) -> Bool {
        byte.isASCIIDigit || byte.isASCIILetter || byte == UInt8(ascii: "-") || byte == 0x5F
    }

    private func label(before end: Int) -> Int {
        var start = end
        while start > 0, end - start <= 32, isLabel(bytes[start - 1]) { start -= 1 }
        return start
    }

    private func label(after start: Int) -> Int {
        var end = start
        while end < bytes.count, end - start <= 32, isLabel(bytes[end]) { end += 1 }
        return end
    }
}
