// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation
import Moderation

/// How values are written for people.
enum Shown {
    /// `2026-03-01 12:30:05`, in UTC; pages say once that it is.
    static func time(_ date: Date) -> String {
        var text = date.formatted(Date.ISO8601FormatStyle())
        text = text.replacing("T", with: " ")
        return text.hasSuffix("Z") ? String(text.dropLast()) : text
    }

    static func machineTime(_ date: Date) -> String { date.formatted(Date.ISO8601FormatStyle()) }

    /// `3 min ago`.
    static func age(_ date: Date, at now: Date, _ language: ConsoleLanguage) -> String {
        let seconds = now.timeIntervalSince(date)
        if seconds < 1 { return ConsoleStrings.text("time.now", language) }
        return ConsoleStrings.text("time.ago", language).replacing("%@", with: span(seconds, language))
    }

    /// The two fields that a `<time>` needs.
    static func moment(_ date: Date, at now: Date, _ language: ConsoleLanguage) -> [String: Any] {
        ["machine": machineTime(date), "text": time(date), "age": age(date, at: now, language)]
    }

    /// `45 s`, `3 min`, `2 h`, `5 d`.
    static func span(_ seconds: TimeInterval, _ language: ConsoleLanguage) -> String {
        func unit(_ key: String, _ count: Int) -> String {
            ConsoleStrings.text(key, language).replacing("%@", with: String(count))
        }
        return switch seconds {
        case ..<60: unit("time.s", Int(max(0, seconds)))
        case ..<3600: unit("time.min", Int(seconds / 60))
        case ..<86_400: unit("time.h", Int(seconds / 3600))
        default: unit("time.d", Int(min(seconds / 86_400, 99_999)))
        }
    }

    /// A latency: milliseconds below ten seconds.
    static func latency(_ seconds: TimeInterval, _ language: ConsoleLanguage) -> String {
        let seconds = max(0, seconds)
        if seconds < 10 {
            let milliseconds = Int((seconds * 1000).rounded())
            return milliseconds < 1000 ? "\(milliseconds) ms" : String(format: "%.2f s", seconds)
        }
        return span(seconds, language)
    }

    /// `12.5 s`, a place in a video or its length.
    static func seconds(_ seconds: Double) -> String { String(format: "%.1f s", seconds) }

    /// `1,234,567`.
    static func count(_ number: Int) -> String { number.formatted(.number.locale(Locale(identifier: "en_US"))) }

    static func size(_ bytes: Int) -> String {
        bytes < 1024
            ? "\(bytes) B" : bytes < 1 << 20 ? "\(bytes / 1024) kB" : String(format: "%.1f MB", Double(bytes) / 1_048_576)
    }

    /// The beginning of a long id or hash; the whole stands in the title.
    static func short(_ id: String) -> String { id.count > 14 ? String(id.prefix(12)) + "…" : id }

    static func decider(_ by: Decider, _ language: ConsoleLanguage) -> String {
        switch by {
        case .person(let account): account.rawValue
        case .rules(let rules):
            ConsoleStrings.text("by.rules", language).replacing("%@", with: rules.map(\.id).joined(separator: ", "))
        }
    }

    static func verdict(_ verdict: Verdict, _ language: ConsoleLanguage) -> String {
        ConsoleStrings.text("verdict.\(verdict.rawValue)", language)
    }

    static func effect(_ kind: EffectKind, _ language: ConsoleLanguage) -> String {
        ConsoleStrings.text("effect.\(kind.rawValue)", language)
    }

    /// One step of a path in an address.
    static func path(_ id: String) -> String {
        let allowed = CharacterSet(charactersIn: "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.~:")
        return id.addingPercentEncoding(withAllowedCharacters: allowed) ?? ""
    }
}
