// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

package import struct Foundation.Date

/// Someone who may use the console.
package struct ModeratorAccount: Hashable, Sendable {
    package enum Role: String, Hashable, Sendable, CaseIterable {
        case moderator
        /// May also manage accounts and banks.
        case admin
    }

    /// The name used to log in; shown to colleagues, never to the public.
    package var id: AccountID
    package var role: Role
    /// A password hash with its algorithm and parameters inside, made by the server.
    package var passwordHash: String
    package var createdAt: Date
    package var disabledAt: Date?

    package init(id: AccountID, role: Role, passwordHash: String, createdAt: Date, disabledAt: Date? = nil) {
        self.id = id
        self.role = role
        self.passwordHash = passwordHash
        self.createdAt = createdAt
        self.disabledAt = disabledAt
    }
}

/// A logged-in browser.
package struct Session: Hashable, Sendable {
    /// Lower-case hexadecimal SHA-256 of the cookie's secret: the secret itself is never stored.
    package var tokenHash: String
    package var account: AccountID
    /// Sent back with every form, against requests forged by other sites.
    package var csrf: String
    package var createdAt: Date
    package var expiresAt: Date

    package init(tokenHash: String, account: AccountID, csrf: String, createdAt: Date, expiresAt: Date) {
        self.tokenHash = tokenHash
        self.account = account
        self.csrf = csrf
        self.createdAt = createdAt
        self.expiresAt = expiresAt
    }
}

/// Port: who may log in, and who is.
package protocol AccountStore: Sendable {
    func account(_ id: AccountID) async throws -> ModeratorAccount?
    func accounts() async throws -> [ModeratorAccount]
    /// Makes or changes an account, with its ledger entry in the same transaction.
    func putAccount(_ account: ModeratorAccount, ledger: LedgerEntry) async throws
    /// Begins a session, with its ledger entry in the same transaction.
    func putSession(_ session: Session, ledger: LedgerEntry) async throws
    func session(tokenHash: String) async throws -> Session?
    func extendSession(tokenHash: String, until: Date) async throws
    func deleteSession(tokenHash: String, ledger: LedgerEntry) async throws
    /// Deletes sessions that ended before a time.
    func deleteSessions(endedBefore: Date) async throws
}
