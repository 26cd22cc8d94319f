// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CPQ

/// An answer of the server; one owner, freed with it.
struct PostgresResult: ~Copyable {
    /// libpq's handle: ours alone, freed in `deinit`.
    private let handle: OpaquePointer

    init(_ handle: OpaquePointer) { self.handle = handle }

    deinit { PQclear(handle) }

    var status: ExecStatusType { PQresultStatus(handle) }
    var sqlState: String { field("C") }
    var errorText: String { field("M") }
    /// `COMMIT`, `INSERT 0 1` …
    var tag: String { PQcmdStatus(handle).map { String(cString: $0) } ?? "" }
    /// Rows inserted, updated, deleted or selected.
    var changed: Int { PQcmdTuples(handle).flatMap { Int(String(cString: $0)) } ?? 0 }

    private func field(_ code: Character) -> String {
        // The codes are ASCII letters.
        let code = Int32(code.asciiValue ?? 0)
        return PQresultErrorField(handle, code).map { String(cString: $0) } ?? ""
    }

    func rows() throws(StorageError) -> [SQLRow] {
        let columns = (0..<PQnfields(handle)).map { (index: $0, type: PQftype(handle, $0)) }
        var rows: [SQLRow] = []
        for row in 0..<PQntuples(handle) {
            var values: [SQLValue] = []
            values.reserveCapacity(columns.count)
            for column in columns { values.append(try value(row, column.index, column.type)) }
            rows.append(SQLRow(values))
        }
        return rows
    }

    /// Values come in PostgreSQL's binary form, most significant byte first.
    private func value(_ row: Int32, _ column: Int32, _ type: Oid) throws(StorageError) -> SQLValue {
        guard PQgetisnull(handle, row, column) == 0, let start = PQgetvalue(handle, row, column) else { return .null }
        // The bytes belong to the result, which outlives this call.
        let bytes = UnsafeRawBufferPointer(start: start, count: Int(PQgetlength(handle, row, column)))
        switch type {
        case 20, 21, 23:  // int8, int2, int4
            let number = bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
            let unused = 64 - 8 * bytes.count
            return .integer(Int64(truncatingIfNeeded: number << unused) >> unused)
        case 16: return .integer(bytes.first == 0 ? 0 : 1)  // bool
        case 701: return .real(Double(bitPattern: bytes.reduce(UInt64(0)) { $0 << 8 | UInt64($1) }))  // float8
        case 17: return .blob(Array(bytes))  // bytea
        case 19, 25, 1043: return .text(String(decoding: bytes, as: UTF8.self))  // name, text, varchar
        case 2278: return .null  // void
        default: throw .corrupt("a result has a column of PostgreSQL type \(type), which no statement of ours should return")
        }
    }
}

/// Parameters in libpq's form: numbers as text, so that the server picks their width; the rest as bytes.
struct PostgresParameters {
    private var bytes: [UInt8] = []
    /// Where each value starts; -1 for null.
    private var starts: [Int] = []
    private var lengths: [Int32] = []
    private var formats: [Int32] = []

    init(_ values: [SQLValue]) {
        bytes.reserveCapacity(values.count * 24)
        starts.reserveCapacity(values.count)
        lengths.reserveCapacity(values.count)
        formats.reserveCapacity(values.count)
        for value in values {
            let start = bytes.count
            switch value {
            case .null: break
            case .integer(let number): bytes.append(contentsOf: String(number).utf8)
            case .real(let number): bytes.append(contentsOf: String(number).utf8)
            case .text(let text): bytes.append(contentsOf: text.utf8)
            case .blob(let blob): bytes.append(contentsOf: blob)
            }
            starts.append(value == .null ? -1 : start)
            lengths.append(Int32(bytes.count - start))
            if case .blob = value { formats.append(1) } else { formats.append(0) }
            // Values in text form end with a zero byte.
            bytes.append(0)
        }
    }

    /// Lends the four arrays that libpq wants; they are valid only inside `body`, and libpq keeps none of them.
    func withPointers<T>(
        _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> T
    ) -> T {
        bytes.withUnsafeBytes { buffer in
            let base = buffer.baseAddress?.assumingMemoryBound(to: CChar.self)
            let values = starts.map { $0 < 0 ? nil : base?.advanced(by: $0) }
            return body(Int32(values.count), values, lengths, formats)
        }
    }
}
