// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Policies
import Records

package import struct Foundation.Date

/// Labels as people put them on and take them off: checked against what policies declare, each change with its ledger entry.
package struct LabelService: Sendable {
    /// What a person says about a label.
    package struct Wish: Sendable {
        package var name: String
        package var subject: LabelSubject
        /// Hours for which it stands; nil for as long as the declaration says.
        package var hours: Int?
        package var reason: String
        package var by: String

        package init(name: String, subject: LabelSubject, hours: Int? = nil, reason: String, by: String) {
            self.name = name
            self.subject = subject
            self.hours = hours
            self.reason = reason
            self.by = by
        }
    }

    /// Ten years, as in policies.
    package static let mostHours = 87_600

    private let store: any LabelStore
    private let declared: @Sendable () -> [LabelDeclaration]
    private let now: @Sendable () -> Date

    /// - Parameter declared: the labels of the policies that are used now.
    package init(
        store: any LabelStore, declared: @escaping @Sendable () -> [LabelDeclaration], now: @escaping @Sendable () -> Date
    ) {
        self.store = store
        self.declared = declared
        self.now = now
    }

    /// Labels in force, by name if one is given, the latest first.
    package func labels(named name: String? = nil, limit: Int) async throws -> [Label] {
        try await store.labels(named: name, at: now(), limit: limit)
    }

    /// Labels in force on somebody or some space.
    package func labels(on subject: LabelSubject) async throws -> [Label] {
        try await store.labels(on: [subject], at: now())
    }

    /// Puts a label on; rules do not take it off while it stands. Returns it with its end.
    /// - Parameter evenUndeclared: also a label that no policy declares yet.
    package func set(_ wish: Wish, evenUndeclared: Bool = false) async throws -> Label {
        let declaration = try declaration(of: wish.name)
        if declaration == nil, !evenUndeclared {
            throw LabelError.undeclared(wish.name, declared: declared().map(\.name).sorted())
        }
        return try await write(wish, declaration, isOn: true)
    }

    /// Takes a label off, also one that no policy declares any more; rules do not put it on again for as long as this stands.
    package func unset(_ wish: Wish) async throws -> Label {
        try await write(wish, try declaration(of: wish.name), isOn: false)
    }

    private func declaration(of name: String) throws -> LabelDeclaration? { declared().first { $0.name == name } }

    private func write(_ wish: Wish, _ declaration: LabelDeclaration?, isOn: Bool) async throws -> Label {
        try wish.check(declaration)
        let at = now()
        let hours = wish.hours ?? declaration?.hours
        let label = Label(
            name: wish.name, subject: wish.subject, by: .person(AccountID(wish.by)), reason: wish.reason, at: at,
            expiresAt: hours.map { at.addingTimeInterval(Double($0) * 3_600) }, isManual: true)
        var facts = ["name": wish.name, "on": wish.subject.kind.rawValue, "platform": wish.subject.platform.rawValue]
        facts["reason"] = wish.reason
        facts["hours"] = hours.map(String.init)
        try await store.set(
            label, isOn: isOn,
            ledger: [
                LedgerEntry(
                    kind: isOn ? "label.set" : "label.unset", at: at, actor: label.by.label, subject: wish.subject.id,
                    facts: facts)
            ])
        return label
    }
}

extension LabelService.Wish {
    fileprivate func check(_ declaration: LabelDeclaration?) throws(LabelError) {
        func isWord(_ text: String, _ most: Int) -> Bool { (1...most).contains(text.utf8.count) && !text.utf8.contains(0) }
        guard isWord(name, 100) else { throw .invalid("name", "1 to 100 bytes") }
        guard isWord(subject.platform.rawValue, 255) else { throw .invalid("platform", "1 to 255 bytes") }
        guard isWord(subject.id, 1_000) else { throw .invalid(subject.kind.rawValue, "an id of 1 to 1000 bytes") }
        guard isWord(reason, 500) else { throw .invalid("reason", "1 to 500 bytes") }
        guard isWord(by, 100) else { throw .invalid("by", "the name of a person, 1 to 100 bytes") }
        if let hours, !(1...LabelService.mostHours).contains(hours) { throw .invalid("hours", "1 to \(LabelService.mostHours)") }
        if let declaration, declaration.subject != subject.kind { throw .wrongSubject(name, declaration.subject) }
    }
}

/// Why a label is not changed.
package enum LabelError: Error, Hashable, Sendable {
    case undeclared(String, declared: [String])
    /// What the label is on instead.
    case wrongSubject(String, LabelDeclaration.Subject)
    case invalid(_ field: String, _ expected: String)

    package var message: String {
        switch self {
        case .undeclared(let name, let declared):
            let others = declared.isEmpty ? "no policy declares a label" : "declared are \(declared.joined(separator: ", "))"
            return "no policy declares the label '\(name)' in state.labels; \(others)"
        case .wrongSubject(let name, let subject):
            return "the label '\(name)' is declared for \(subject.rawValue)s; expected one of them"
        case .invalid(let field, let expected): return "\(field): expected \(expected)"
        }
    }
}

extension LabelSubject {
    package var platform: PlatformID {
        switch self {
        case .actor(let platform, _), .space(let platform, _): platform
        }
    }

    /// As its platform names it.
    package var id: String {
        switch self {
        case .actor(_, let actor): actor.rawValue
        case .space(_, let space): space.rawValue
        }
    }

    package var kind: LabelDeclaration.Subject {
        switch self {
        case .actor: .actor
        case .space: .space
        }
    }
}
