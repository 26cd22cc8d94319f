// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Pipeline

/// Why the store could not do something: what, where, and what was expected. Never holds content or passwords.
package enum StorageError: Error, Hashable, Sendable {
    /// The address is none that we understand.
    case badAddress(String)
    case cannotOpen(location: String, reason: String)
    /// The database was written by a newer Haechi.
    case schemaTooNew(location: String, found: Int64, known: Int64)
    /// A reader found an older schema, which only a server or a tool may bring up to date.
    case schemaTooOld(location: String, found: Int64, known: Int64)
    /// Another server works on the same file.
    case inUse(location: String, by: String)
    case diskFull(location: String)
    case readOnly(location: String)
    /// Nothing of the running transaction was kept, unless its end was under way; the next one connects anew.
    case connectionLost(location: String, reason: String)
    /// Others held what was needed for too long.
    case busy(location: String, reason: String)
    /// A rule of the schema was broken, such as a unique id given twice.
    case constraint(String)
    /// What was read is not what was written.
    case corrupt(String)
    case failed(location: String, reason: String)
    case closed

    package var message: String {
        switch self {
        case .badAddress(let text):
            "'\(text)' is no storage address: expected sqlite:PATH or postgres://USER@HOST/DATABASE"
        case .cannotOpen(let location, let reason): "cannot open \(location): \(reason)"
        case .schemaTooNew(let location, let found, let known):
            "\(location) has schema \(found), this Haechi knows up to \(known): use the Haechi that wrote it or a newer one"
        case .schemaTooOld(let location, let found, let known):
            "\(location) has schema \(found), this Haechi needs \(known): start the server once to bring it up to date"
        case .inUse(let location, let owner):
            "\(location) is in use by another Haechi (\(owner)): stop it first, or use PostgreSQL"
        case .diskFull(let location): "no space is left for \(location): nothing was written"
        case .readOnly(let location): "\(location) is read-only: nothing was written"
        case .connectionLost(let location, let reason): "the connection to \(location) was lost: \(reason)"
        case .busy(let location, let reason): "\(location) was busy for too long: \(reason)"
        case .constraint(let reason): "refused by the database: \(reason)"
        case .corrupt(let reason): "unexpected data in the database: \(reason)"
        case .failed(let location, let reason): "\(location): \(reason)"
        case .closed: "the store is closed"
        }
    }
}

extension StorageError: CustomStringConvertible {
    package var description: String { message }
}

extension StorageError: PassingFailure {
    package var passingReason: String? {
        switch self {
        case .diskFull, .readOnly, .connectionLost, .busy: message
        case .badAddress, .cannotOpen, .schemaTooNew, .schemaTooOld, .inUse, .constraint, .corrupt, .failed, .closed: nil
        }
    }
}
