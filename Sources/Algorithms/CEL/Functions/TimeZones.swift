// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

#if canImport(Darwin)
    import Darwin
#elseif canImport(Musl)
    import Musl
#else
    import Glibc
#endif

/// Time zones by name, from the system's time zone data, and by offset.
enum TimeZones {
    private static let folders = ["/usr/share/zoneinfo/", "/usr/lib/zoneinfo/", "/usr/share/lib/zoneinfo/"]
    private static let capacity = 512
    private static let largestFile = 1 << 20
    /// Also remembers names that there is no zone of, so that they are not looked for again.
    private static let known = Mutex<[String: ZoneRules?]>([:])

    /// Seconds east of UTC at an instant: of `UTC`, `+hh:mm`, `-hh:mm`, `hh:mm` or a name such as `Asia/Seoul`.
    static func offset(in zone: String, at seconds: Int64) -> Int64? {
        if zone == "UTC" || zone == "" || zone == "Z" { return 0 }
        return fixed(zone) ?? named(zone)?.offset(at: seconds)
    }

    /// Why there is no such zone; without its name, which may come from content.
    static var whyNot: String {
        hasData
            ? "there is no such time zone"
            : "this system has no time zone data (tzdata): only UTC and offsets such as +09:00 are known"
    }

    private static let hasData = folders.contains { access($0, F_OK) == 0 }

    private static func fixed(_ zone: String) -> Int64? {
        var reader = DigitReader(zone)
        let isWest = reader.take("-")
        if !isWest { _ = reader.take("+") }
        guard let hours = reader.digits(2), reader.take(":"), let minutes = reader.digits(2), reader.isAtEnd, hours < 24,
            minutes < 60
        else { return nil }
        return (hours * 3_600 + minutes * 60) * (isWest ? -1 : 1)
    }

    private static func named(_ zone: String) -> ZoneRules? {
        guard isPlain(zone) else { return nil }
        if let rules = known.withLock({ $0[zone] }) { return rules }
        let rules = folders.lazy.compactMap { read($0 + zone) }.first.flatMap { ZoneRules($0) }
        known.withLock { known in
            if known.count >= capacity { known.removeAll(keepingCapacity: true) }
            known[zone] = .some(rules)
        }
        return rules
    }

    /// Names as the data has them. Dots and leading slashes never come in, so a name cannot leave the folder.
    private static func isPlain(_ zone: String) -> Bool {
        let parts = zone.utf8.split(separator: UInt8(ascii: "/"), omittingEmptySubsequences: false)
        return zone.utf8.count <= 64 && parts.count <= 4
            && parts.allSatisfy { part in
                !part.isEmpty
                    && part.allSatisfy {
                        $0.isIdentifierStart || $0.isDigit || $0 == UInt8(ascii: "-") || $0 == UInt8(ascii: "+")
                    }
            }
    }

    private static func read(_ path: String) -> [UInt8]? {
        guard let file = fopen(path, "rb") else { return nil }
        defer { fclose(file) }
        var content = [UInt8](repeating: 0, count: 16_384)
        var size = 0
        while true {
            // The buffer is written by fread only, within its own count.
            let count = content[size...].withUnsafeMutableBytes { fread($0.baseAddress, 1, $0.count, file) }
            if count == 0 { break }
            size += count
            if size == content.count {
                guard size < largestFile else { return nil }
                content.append(contentsOf: [UInt8](repeating: 0, count: size))
            }
        }
        return Array(content[..<size])
    }
}
