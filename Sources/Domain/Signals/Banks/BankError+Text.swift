// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension BankError: CustomStringConvertible {
    /// For people: what is wrong and what was expected.
    package var description: String {
        switch self {
        case .noSuchBank(let name): "there is no bank '\(name)'"
        case .bankExists(let name): "there is a bank '\(name)' already"
        case .noSuchSource(let text): "there is no source \(text)"
        case .noSuchImport(let id): "there is no import '\(id)' that waits"
        case .noSuchFingerprint(let key): "there is no fingerprint fp-\(key)"
        case .invalid(let why): why
        case .refusedRecords(let records):
            "nothing was written, \(records.count) records are no use: "
                + records.prefix(3).map { "line \($0.line): \($0.reason)" }.joined(separator: "; ")
                + (records.count > 3 ? "; …" : "")
        case .needsAnotherPerson(let why): why
        case .unavailable(let why): "the banks cannot be reached: \(why)"
        }
    }
}
