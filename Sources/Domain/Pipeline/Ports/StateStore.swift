// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import struct Foundation.Date

/// Port: small durable facts that a connector must not forget, such as the last report it has read.
package protocol StateStore: Sendable {
    func state(_ key: String) async throws -> String?
    func setState(_ key: String, to value: String) async throws
}

/// Port: media that a platform uploaded before the event that speaks of it; kept for an hour.
package protocol UploadStore: Sendable {
    /// Durable on return; the same bytes are kept once.
    func putUpload(_ bytes: [UInt8], sha256: String, at: Date) async throws
    func upload(sha256: String) async throws -> [UInt8]?
    /// Deletes uploads older than a time; returns how many.
    func deleteUploads(before: Date) async throws -> Int
}
