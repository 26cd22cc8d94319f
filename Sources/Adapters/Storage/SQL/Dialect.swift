// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Synchronization

/// The few differences between the engines' SQL, as tokens that are replaced before a statement is prepared.
///
/// | token            | SQLite                              | PostgreSQL                                      |
/// | ---------------- | ----------------------------------- | ----------------------------------------------- |
/// | `$1`             | `?1`                                | `$1`                                            |
/// | `{int}`          | `integer`                           | `bigint`                                        |
/// | `{int16}`        | `integer`                           | `smallint`                                      |
/// | `{int32}`        | `integer`                           | `integer`                                       |
/// | `{blob}`         | `blob`                              | `bytea`                                         |
/// | `{serial}`       | `integer primary key autoincrement` | `bigint generated always as identity primary key` |
/// | `{for update}`   |                                     | `for update`                                    |
/// | `{for update of X}` |                                  | `for update of X`                               |
/// | `{skip locked}`  |                                     | `skip locked`                                   |
/// | `{by bytes}`     |                                     | `collate "C"`                                   |
/// | `{clustered}`    | `without rowid`                     |                                                 |
/// | `{json}`         |                                     | `::json`                                        |
/// | `{empty}`        | `delete from`                       | `truncate`                                      |
///
/// `{by bytes}` orders a text by its bytes, as SQLite always does; `{clustered}` keeps a table's rows in the order of its primary
/// key, where that saves an index; `{json}` stands behind a text that is JSON, of which `->` and `->>` take parts. Row locks have no SQLite form because its writers take turns anyway.
final class Dialect: Sendable {
    static let sqlite = Dialect(.sqlite)
    static let postgres = Dialect(.postgres)

    enum Engine: Sendable { case sqlite, postgres }

    private let engine: Engine
    private let expanded = Mutex<[String: String]>([:])

    private init(_ engine: Engine) { self.engine = engine }

    /// The engine's own text of a statement; each is expanded once.
    func text(of sql: String) -> String {
        expanded.withLock { cache in
            if let known = cache[sql] { return known }
            let text = expand(sql)
            cache[sql] = text
            return text
        }
    }

    private func expand(_ sql: String) -> String {
        var output = ""
        var rest = Substring(sql)
        while let mark = rest.firstIndex(where: { $0 == "{" || ($0 == "$" && engine == .sqlite) }) {
            output += rest[..<mark]
            if rest[mark] == "$" {
                output += "?"
                rest = rest[rest.index(after: mark)...]
            } else if let end = rest[mark...].firstIndex(of: "}") {
                output += replacement(String(rest[rest.index(after: mark)..<end]))
                rest = rest[rest.index(after: end)...]
            } else {
                break
            }
        }
        return output + rest
    }

    private func replacement(_ token: String) -> String {
        switch (token, engine) {
        case ("int", .sqlite): "integer"
        case ("int", .postgres): "bigint"
        case ("int16", .postgres): "smallint"
        case ("int16", .sqlite), ("int32", _): "integer"
        case ("blob", .sqlite): "blob"
        case ("blob", .postgres): "bytea"
        case ("serial", .sqlite): "integer primary key autoincrement"
        case ("serial", .postgres): "bigint generated always as identity primary key"
        case ("by bytes", .postgres): "collate \"C\""
        case ("clustered", .sqlite): "without rowid"
        case ("clustered", .postgres): ""
        case ("json", .sqlite): ""
        case ("json", .postgres): "::json"
        case ("empty", .sqlite): "delete from"
        case ("empty", .postgres): "truncate"
        case (_, .sqlite): ""
        case (let lock, .postgres): lock
        }
    }
}
