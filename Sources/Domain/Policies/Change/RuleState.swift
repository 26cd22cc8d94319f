// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Everything that decides which rules may act: versions, requests that wait, stops that hold, and the one switch.
///
/// A value: changes are made to a copy, checked here, and written by the store with their ledger entries.
package struct RuleState: Hashable, Sendable {
    /// Grows with every change.
    package var revision: Int64
    package var versions: [RuleKey: RuleVersion]
    /// Those that wait; a resolved one is still here until it is written.
    package var requests: [PromotionRequest]
    /// Those that hold; a lifted one is still here until it is written.
    package var stops: [RuleStop]
    /// Nil until somebody has touched the switch.
    package var mode: RuleMode?

    package init(
        revision: Int64 = 0, versions: [RuleKey: RuleVersion] = [:], requests: [PromotionRequest] = [], stops: [RuleStop] = [],
        mode: RuleMode? = nil
    ) {
        self.revision = revision
        self.versions = versions
        self.requests = requests
        self.stops = stops
        self.mode = mode
    }

    package func stop(of key: RuleKey) -> RuleStop? { stops.first { $0.key == key && $0.liftedAt == nil } }

    package func request(for key: RuleKey) -> PromotionRequest? {
        requests.first { $0.key == key && $0.state == .waiting }
    }
}

/// What a version may do now, and why it is less than its file asks for.
package struct RuleStanding: Hashable, Sendable {
    package enum Shortfall: Hashable, Sendable {
        case waitsForApproval(by: String)
        case notApproved
        case approvedUpTo(RuleFinding.Stage)
        case lowered(to: RuleFinding.Stage, by: String, reason: String)

        package var text: String {
            switch self {
            case .waitsForApproval(let by): "\(by) asked for its promotion; it waits for a second person"
            case .notApproved: "nobody has agreed that this version acts"
            case .approvedUpTo(let stage): "this version is agreed to up to \(stage.rawValue)"
            case .lowered(let stage, let by, let reason): "\(by) lowered it to \(stage.rawValue): \(reason)"
            }
        }
    }

    package var stage: RuleFinding.Stage
    /// The share of events that canary was agreed to for; nil leaves it to the file.
    package var percent: Int?
    package var shortfall: Shortfall?
    package var stop: RuleStop?

    package init(stage: RuleFinding.Stage, percent: Int? = nil, shortfall: Shortfall? = nil, stop: RuleStop? = nil) {
        self.stage = stage
        self.percent = percent
        self.shortfall = shortfall
        self.stop = stop
    }

    /// When neither the file nor who agreed says how many.
    package static let usualPercent = 10
}

extension RuleState {
    /// What a version may do whose file asks for a stage. What the registry does not know stays in the shadow.
    package func standing(of key: RuleKey, asking stage: RuleFinding.Stage, approval: RuleApproval) -> RuleStanding {
        guard let version = versions[key] else {
            return RuleStanding(stage: .lower(stage, .shadow), shortfall: stage.acts ? .notApproved : nil)
        }
        let agreed: RuleFinding.Stage = version.isDestructive && approval != .files ? version.granted : .live
        var standing = RuleStanding(
            stage: .lower(stage, agreed), percent: version.percent, stop: stop(of: key))
        if stage.isAbove(agreed) {
            standing.shortfall =
                request(for: key).map { .waitsForApproval(by: $0.by) } ?? (agreed.acts ? .approvedUpTo(agreed) : .notApproved)
        }
        if let ceiling = version.ceiling, stage.isAbove(ceiling.stage) {
            standing.stage = .lower(standing.stage, ceiling.stage)
            standing.shortfall =
                request(for: key).map { .waitsForApproval(by: $0.by) }
                ?? .lowered(to: ceiling.stage, by: ceiling.by, reason: ceiling.reason)
        }
        return standing
    }

    /// As its file asked when it was read last.
    package func standing(of version: RuleVersion, approval: RuleApproval) -> RuleStanding {
        standing(of: version.key, asking: version.isLoaded ? version.asked : .retired, approval: approval)
    }
}

/// Why a change is not made.
package enum RuleChangeError: Error, Hashable, Sendable {
    case noSuchVersion(RuleKey)
    /// No version of it is loaded, or more than one is known and none is loaded.
    case noSuchRule(String)
    case noSuchRequest(String)
    case noSuchStop(String)
    case noSuchUndo(String)
    case notAbove(RuleFinding.Stage)
    case needsBackTest(RuleKey)
    case needsAnotherPerson(String)
    case alreadyAsked(by: String)
    case reasonMissing
    case invalid(String)

    package var message: String {
        switch self {
        case .noSuchVersion(let key): "there is no version \(key)"
        case .noSuchRule(let rule): "no version of rule '\(rule)' is loaded; name one as RULE@VERSION"
        case .noSuchRequest(let id): "no promotion waits under '\(id)'"
        case .noSuchStop(let id): "there is no stop '\(id)' that holds"
        case .noSuchUndo(let id): "there is no undo '\(id)'"
        case .notAbove(let stage): "it is at '\(stage.rawValue)' already"
        case .needsBackTest(let key):
            "a destructive version is promoted on the strength of a back-test of that very version, and there is none of \(key): haechi policy backtest \(key.rule) --record --as NAME"
        case .needsAnotherPerson(let by): "another person than \(by) must agree"
        case .alreadyAsked(let by): "\(by) has asked for a promotion already; it waits"
        case .reasonMissing: "say why"
        case .invalid(let why): why
        }
    }
}
