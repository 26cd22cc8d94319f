// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Casework
package import Moderation

package import struct Foundation.Date

extension Store: AccountStore {
    package func account(_ id: AccountID) async throws -> ModeratorAccount? {
        try await database.read { sql in
            try sql.query("select \(Self.accountColumns) from accounts where id = $1", [SQLValue(id)]).first.map(Self.account)
        }
    }

    package func accounts() async throws -> [ModeratorAccount] {
        try await database.read { sql in
            try sql.query("select \(Self.accountColumns) from accounts order by id").map(Self.account)
        }
    }

    package func putAccount(_ account: ModeratorAccount, ledger: LedgerEntry) async throws {
        try await database.write { sql in
            try sql.execute(
                """
                insert into accounts (id, role, password_hash, created_at, disabled_at) values ($1, $2, $3, $4, $5)
                on conflict (id) do update set
                    role = excluded.role, password_hash = excluded.password_hash, disabled_at = excluded.disabled_at
                """,
                [
                    SQLValue(account.id), SQLValue(account.role), SQLValue(account.passwordHash), SQLValue(account.createdAt),
                    SQLValue(account.disabledAt),
                ])
            try Self.append([ledger], sql)
        }
    }

    package func putSession(_ session: Session, ledger: LedgerEntry) async throws {
        try await database.write { sql in
            try sql.execute(
                "insert into sessions (token_hash, account, csrf, created_at, expires_at) values ($1, $2, $3, $4, $5)",
                [
                    SQLValue(session.tokenHash), SQLValue(session.account), SQLValue(session.csrf), SQLValue(session.createdAt),
                    SQLValue(session.expiresAt),
                ])
            try Self.append([ledger], sql)
        }
    }

    package func session(tokenHash: String) async throws -> Session? {
        try await database.read { sql in
            try sql.query(
                "select token_hash, account, csrf, created_at, expires_at from sessions where token_hash = $1",
                [SQLValue(tokenHash)]
            ).first.map { row in
                Session(
                    tokenHash: try row.text(0), account: try row.word(1), csrf: try row.text(2), createdAt: try row.date(3),
                    expiresAt: try row.date(4))
            }
        }
    }

    package func extendSession(tokenHash: String, until: Date) async throws {
        _ = try await database.write { sql in
            try sql.execute(
                "update sessions set expires_at = $2 where token_hash = $1", [SQLValue(tokenHash), SQLValue(until)])
        }
    }

    package func deleteSession(tokenHash: String, ledger: LedgerEntry) async throws {
        try await database.write { sql in
            // Nobody was logged in: nothing happened that the ledger should tell.
            guard try sql.execute("delete from sessions where token_hash = $1", [SQLValue(tokenHash)]) == 1 else { return }
            try Self.append([ledger], sql)
        }
    }

    package func deleteSessions(endedBefore: Date) async throws {
        _ = try await database.write { sql in
            try sql.execute("delete from sessions where expires_at < $1", [SQLValue(endedBefore)])
        }
    }
}

extension Store {
    private static let accountColumns = "id, role, password_hash, created_at, disabled_at"

    private static func account(_ row: SQLRow) throws -> ModeratorAccount {
        ModeratorAccount(
            id: try row.word(0), role: try row.word(1), passwordHash: try row.text(2), createdAt: try row.date(3),
            disabledAt: try row.optional(4, row.date))
    }
}
