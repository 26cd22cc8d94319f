// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// Where a model server is and how it is asked.
package struct OpenInferenceOptions: Sendable {
    /// What one of our models is called there.
    package struct RemoteModel: Sendable, Hashable {
        package var name: String
        /// Nil for the one that the server takes.
        package var version: String?

        package init(name: String, version: String? = nil) {
            self.name = name
            self.version = version
        }

        /// `open_nsfw` or `open_nsfw/3`.
        package init(text: String) {
            let parts = text.split(separator: "/", maxSplits: 1).map { String($0) }
            self.init(name: parts.first ?? text, version: parts.count > 1 ? parts[1] : nil)
        }

        package var text: String { version.map { "\(name)/\($0)" } ?? name }
    }

    /// Base URL, `https://models.example.org`.
    package var url: String
    package var token: String?
    /// By our name of the model.
    package var models: [String: RemoteModel]
    /// For one answer, whatever the asker's deadline.
    package var deadline: Duration = .seconds(10)
    /// Inputs that are sent together, where the server takes several.
    package var batch = 8
    /// How long the first input of a batch waits for others.
    package var batchWait: Duration = .milliseconds(5)
    /// Inputs of one model that wait or are under way; more are refused as busy.
    package var queue = 256
    package var breaker = Breaker.Options()

    package init(url: String, token: String? = nil, models: [String: RemoteModel]) {
        self.url = url
        self.token = token.flatMap { $0.isEmpty ? nil : $0 }
        self.models = models
    }

    /// Why it cannot be asked; nil when it can.
    package var problem: String? {
        guard let parts = URLComponents(string: url), let host = parts.host, !host.isEmpty,
            let scheme = parts.scheme?.lowercased(), ["http", "https"].contains(scheme), parts.user == nil, parts.query == nil,
            parts.fragment == nil
        else { return "the model server's URL is not https://… or http://… without user, query or fragment" }
        if scheme == "http", token != nil, !Self.isThisMachine(host) {
            return "a token is sent to another machine over https only"
        }
        return nil
    }

    /// What the operator should know: pictures would travel in the clear.
    package var warning: String? {
        guard let parts = URLComponents(string: url), parts.scheme?.lowercased() == "http", !Self.isThisMachine(parts.host ?? "")
        else { return nil }
        return "pictures and texts go to the model server over plain HTTP; use https, or a network that nobody else hears"
    }

    private static func isThisMachine(_ host: String) -> Bool { ["localhost", "127.0.0.1", "::1", "[::1]"].contains(host) }
}
