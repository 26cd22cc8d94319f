// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CUtf8proc

/// What libutf8proc knows of single characters.
enum Unicode15 {
    /// Whether nothing below says anything about it: the quick answer for most characters.
    static func isPlain(_ scalar: UInt32) -> Bool {
        let property = utf8proc_get_property(Int32(bitPattern: scalar)).pointee
        return property.decomp_seqindex == .max && property.casefold_seqindex == .max && property.ignorable == 0
            && property.category != UTF8PROC_CATEGORY_MN.rawValue && property.category != UTF8PROC_CATEGORY_ME.rawValue
    }

    /// Its compatibility decomposition, also without letter case if asked for; itself if there is none.
    static func decomposed(_ scalar: UInt32, foldsCase: Bool) -> [UInt32] {
        var options = UTF8PROC_STABLE.rawValue | UTF8PROC_COMPAT.rawValue | UTF8PROC_DECOMPOSE.rawValue | UTF8PROC_IGNORE.rawValue
        if foldsCase { options |= UTF8PROC_CASEFOLD.rawValue }
        return decomposed(scalar, utf8proc_option_t(rawValue: options))
    }

    /// Its canonical decomposition.
    static func canonical(_ scalar: UInt32) -> [UInt32] {
        decomposed(scalar, utf8proc_option_t(rawValue: UTF8PROC_STABLE.rawValue | UTF8PROC_DECOMPOSE.rawValue))
    }

    private static func decomposed(_ scalar: UInt32, _ options: utf8proc_option_t) -> [UInt32] {
        // The longest decomposition has 18 characters.
        var buffer = [Int32](repeating: 0, count: 32)
        var boundary: Int32 = 0
        let count = utf8proc_decompose_char(Int32(bitPattern: scalar), &buffer, buffer.count, options, &boundary)
        guard (0...buffer.count).contains(count) else { return [scalar] }
        return buffer.prefix(count).map { UInt32(bitPattern: $0) }
    }

    /// Decomposed characters, sorted by their combining class where it says so, composed (NFC).
    static func composed(_ scalars: [UInt32]) -> [UInt32] {
        guard scalars.count > 1 else { return scalars }
        var buffer = sorted(scalars).map { Int32(bitPattern: $0) }
        let options = utf8proc_option_t(rawValue: UTF8PROC_STABLE.rawValue | UTF8PROC_COMPOSE.rawValue)
        let count = utf8proc_normalize_utf32(&buffer, buffer.count, options)
        guard (0...buffer.count).contains(count) else { return scalars }
        return buffer.prefix(count).map { UInt32(bitPattern: $0) }
    }

    /// The canonical order of marks: by class, those of one class as they were. Short lists only.
    private static func sorted(_ scalars: [UInt32]) -> [UInt32] {
        var result = scalars
        for place in result.indices.dropFirst() {
            let moving = combiningClass(result[place])
            var target = place
            while moving > 0, target > 0, combiningClass(result[target - 1]) > moving {
                result.swapAt(target, target - 1)
                target -= 1
            }
        }
        return result
    }

    private static func combiningClass(_ scalar: UInt32) -> Int16 {
        // The table has a row for every number, also for those that are no characters.
        utf8proc_get_property(Int32(bitPattern: scalar)).pointee.combining_class
    }

    /// Non-spacing and enclosing marks.
    static func isMark(_ scalar: UInt32) -> Bool {
        let category = utf8proc_category(Int32(bitPattern: scalar))
        return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME
    }
}
