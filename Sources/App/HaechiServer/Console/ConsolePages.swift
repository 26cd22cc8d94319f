// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import Foundation
import HTTPTypes
import Hummingbird
import Moderation
import Mustache

/// Templates, parsed once, and what every page has in common.
struct ConsolePages: Sendable {
    private let library: MustacheLibrary

    init() throws {
        MustacheContentTypes.register(EscapedText(), named: "CONSOLE")
        var library = MustacheLibrary()
        let folder = try ConsoleFolder.url("templates")
        for file in try FileManager.default.contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
        where file.pathExtension == "mustache" {
            // Each template, partial or not, escapes with our own rules: see `EscapedText`.
            let text = "{{% CONTENT_TYPE:CONSOLE}}\n" + (try String(contentsOf: file, encoding: .utf8))
            try library.register(text, named: file.deletingPathExtension().lastPathComponent)
        }
        self.library = library
    }

    /// A whole page, or a part of one for a script.
    func render(
        _ template: String, _ visit: ConsoleRequest, title: String = "title.overview", status: HTTPResponse.Status = .ok,
        _ values: [String: Any] = [:]
    ) -> Response {
        var all = common(language: visit.language, visit: visit, title: title)
        all.merge(values) { _, new in new }
        guard let text = library.render(all, withTemplate: template) else { return Response(status: .internalServerError) }
        return .html(text, status: status)
    }

    func error(_ refusal: ConsoleRefusal, language: ConsoleLanguage, visit: ConsoleRequest?) -> Response {
        var all = common(language: language, visit: visit, title: "title.error")
        all["message"] = ConsoleStrings.text(refusal.message, language).replacing("%@", with: refusal.detail)
        all["back"] = visit?.visitor == nil ? "/console/login" : "/console/queue"
        guard let text = library.render(all, withTemplate: "error") else { return Response(status: .internalServerError) }
        return .html(text, status: refusal.status)
    }

    private func common(language: ConsoleLanguage, visit: ConsoleRequest?, title: String) -> [String: Any] {
        var values: [String: Any] = [
            "language": language.rawValue,
            "t": ConsoleStrings.all(language),
            "title": ConsoleStrings.text(title, language),
        ]
        let here = visit.flatMap { $0.method == .get ? ConsoleRequest.localPath($0.path) : nil } ?? "/console"
        values["languages"] = ConsoleLanguage.allCases.map { other in
            [
                "code": other.rawValue, "name": other.name, "current": other == language,
                "href": "/console/language/\(other.rawValue)?return=\(here)",
            ] as [String: Any]
        }
        guard let visit, let visitor = visit.visitor else { return values }
        values["csrf"] = visitor.session.csrf
        values["account"] = visitor.account.id.rawValue
        values["navigation"] = [
            ("/console", "title.overview"), ("/console/queue", "title.queue"), ("/console/decisions", "title.decisions"),
            ("/console/held", "title.held"), ("/console/lookback", "title.lookback"), ("/console/banks", "title.banks"),
            ("/console/rules", "title.rules"),
        ].map { path, label in
            ["href": path, "label": ConsoleStrings.text(label, language), "current": visit.path == path] as [String: Any]
        }
        // A closed list of words: nothing from the address is shown.
        if let done = visit.query["done"],
            [
                "undone", "released", "carriedOut", "givenUp", "approved", "refused", "ruleChanged", "promotionAsked",
                "liftAsked",
                "undoStarted",
            ].contains(done)
        {
            values["flash"] = ConsoleStrings.text("flash." + done, language)
        }
        return values
    }
}

/// Escapes for HTML by scalar, and makes the controls that turn the direction of writing visible.
///
/// By scalar, since a quote that is followed by a combining mark is one `Character` that is no quote: looked at by character it
/// would pass, and end the attribute that it stands in.
struct EscapedText: MustacheContentType {
    func escapeText(_ text: String) -> String {
        var result = String.UnicodeScalarView()
        result.reserveCapacity(text.unicodeScalars.count)
        for scalar in text.unicodeScalars {
            switch scalar {
            case "<": result.append(contentsOf: "&lt;".unicodeScalars)
            case ">": result.append(contentsOf: "&gt;".unicodeScalars)
            case "&": result.append(contentsOf: "&amp;".unicodeScalars)
            case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
            case "'": result.append(contentsOf: "&#39;".unicodeScalars)
            case "`": result.append(contentsOf: "&#96;".unicodeScalars)
            case "\u{202A}"..."\u{202E}", "\u{2066}"..."\u{2069}", "\u{200E}", "\u{200F}", "\u{061C}":
                result.append(contentsOf: "[U+\(String(scalar.value, radix: 16, uppercase: true))]".unicodeScalars)
            case "\t", "\n", "\r": result.append(scalar)
            case "\0"..."\u{1F}", "\u{7F}"..."\u{9F}": result.append("\u{FFFD}")
            default: result.append(scalar)
            }
        }
        return String(result)
    }
}
