// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Casework
import HTTPTypes
import Hummingbird
import Moderation
import Pipeline
import Policies
import Signals

/// Why the console does not do what was asked, with words for the person who asked.
struct ConsoleRefusal: Error, Sendable {
    var status: HTTPResponse.Status
    /// Key into `ConsoleStrings`.
    var message: String
    /// Something to put in for `%@`: a name, never content.
    var detail: String = ""

    static let forged = ConsoleRefusal(status: .forbidden, message: "error.forged")
    static let notFound = ConsoleRefusal(status: .notFound, message: "error.notFound")
    static let notHolder = ConsoleRefusal(status: .forbidden, message: "error.notHolder")
    static let leaseLost = ConsoleRefusal(status: .conflict, message: "error.leaseLost")
    static let clauseMissing = ConsoleRefusal(status: .unprocessableContent, message: "error.clauseMissing")

    init(status: HTTPResponse.Status, message: String, detail: String = "") {
        self.status = status
        self.message = message
        self.detail = detail
    }

    /// What a port refused, or nil when it was a failure.
    init?(_ error: any Error) {
        switch error {
        case let refusal as ConsoleRefusal: self = refusal
        case let error as CaseworkError: self.init(error)
        case let error as ReviewError: self.init(error)
        case let error as BulkError: self.init(status: .conflict, message: "error.bulk", detail: error.message)
        case let error as RuleChangeError: self.init(error)
        case let error as BankError: self.init(status: .conflict, message: "error.bank", detail: "\(error)")
        case let error as any HTTPResponseError: self.init(status: error.status, message: "error.request")
        default: return nil
        }
    }

    private init(_ error: CaseworkError) {
        switch error {
        case .noSuchCase: self = .notFound
        case .caseClosed: self.init(status: .conflict, message: "error.caseClosed")
        case .leaseHeld(let holder, _): self.init(status: .conflict, message: "error.leaseHeld", detail: holder.rawValue)
        case .leaseLost: self = .leaseLost
        }
    }

    private init(_ error: RuleChangeError) {
        switch error {
        case .noSuchVersion, .noSuchRule, .noSuchRequest, .noSuchStop, .noSuchUndo: self = .notFound
        case .reasonMissing: self.init(status: .unprocessableContent, message: "error.ruleReason")
        case .needsAnotherPerson: self.init(status: .forbidden, message: "error.secondPerson")
        case .needsBackTest: self.init(status: .conflict, message: "error.backTest")
        case .notAbove, .alreadyAsked, .invalid: self.init(status: .conflict, message: "error.rule", detail: error.message)
        }
    }

    private init(_ error: ReviewError) {
        switch error {
        case .clauseMissing, .unknownClause: self = .clauseMissing
        case .verdictNotAllowed: self.init(status: .unprocessableContent, message: "error.verdict")
        case .noSuchDecision, .noSuchAction: self = .notFound
        case .noSuchEvidence: self.init(status: .notFound, message: "error.evidenceGone")
        case .alreadyUndone: self.init(status: .conflict, message: "error.alreadyUndone")
        case .nothingToUndo: self.init(status: .conflict, message: "error.nothingToUndo")
        case .notWritten: self.init(status: .serviceUnavailable, message: "error.notWritten")
        }
    }
}
