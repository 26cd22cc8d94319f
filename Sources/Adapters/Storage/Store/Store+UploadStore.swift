// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Pipeline

package import struct Foundation.Date

extension Store: UploadStore {
    package func putUpload(_ bytes: [UInt8], sha256: String, at: Date) async throws {
        _ = try await database.write { sql in
            // Given again, it counts as new: somebody is about to use it.
            try sql.execute(
                """
                insert into uploads (sha256, at, bytes) values ($1, $2, $3)
                on conflict (sha256) do update set at = excluded.at where uploads.at < excluded.at
                """, [SQLValue(sha256), SQLValue(at), SQLValue(bytes)])
        }
    }

    package func upload(sha256: String) async throws -> [UInt8]? {
        try await database.read { sql in
            try sql.query("select bytes from uploads where sha256 = $1", [SQLValue(sha256)]).first?.blob(0)
        }
    }

    package func deleteUploads(before: Date) async throws -> Int {
        try await database.write { sql in try sql.execute("delete from uploads where at < $1", [SQLValue(before)]) }
    }
}
