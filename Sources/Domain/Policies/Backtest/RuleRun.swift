// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// What is counted of one version of a rule while events pass.
struct RuleRun {
    /// What happened to the event then.
    struct Then {
        /// Ids of the rules that acted.
        var acted: [String] = []
        /// One of them did something destructive without a person.
        var destroyed = false
    }

    struct Day {
        var fired = 0
        var newlyActing = 0
        var unknown = 0
    }

    /// An event of which ids are told as examples: the platform's, never what is in it.
    struct Example: Hashable {
        var platform: PlatformID
        var id: EventID
    }

    /// Examples of one sort; more help nobody.
    static let mostExamples = 20
    /// Reasons of one rule that are told apart; the rest is counted under one name.
    static let mostReasons = 64

    let key: RuleKey
    let policy: String
    let stage: RuleFinding.Stage
    let kinds: [EventKind]
    let isDestructive: Bool
    let atMost: Double?

    var fired = 0
    var destroys = 0
    var effects: [EffectKind: Int] = [:]
    var unknown = 0
    var warming = 0
    var reasons: [String: Int] = [:]
    var newlyActing = 0
    var newlyFired = 0
    var same = 0
    var lost = 0
    var undecided = 0
    var confirmed = 0
    var rejected = 0
    var unknownViolations = 0
    var unknownNoViolations = 0
    var spaces: Set<UInt64> = []
    var actors: Set<UInt64> = []
    var hours: [Int: Int] = [:]
    var days: [Int: Day] = [:]
    var share = ShareWatch()
    var newExamples: [Example] = []
    var lostExamples: [Example] = []
    /// Events of its kinds at which it did not look, because it had ended by then.
    var over = EventTotals()

    init(
        key: RuleKey, policy: String, stage: RuleFinding.Stage, kinds: [EventKind], isDestructive: Bool, atMost: Double?
    ) {
        self.key = key
        self.policy = policy
        self.stage = stage
        self.kinds = kinds
        self.isDestructive = isDestructive
        self.atMost = atMost
    }

    /// - Parameter rule: as its file says.
    init(_ rule: Rule) {
        self.init(
            key: RuleKey(rule.reference), policy: rule.reference.policy, stage: rule.stage, kinds: rule.events,
            isDestructive: rule.isDestructive, atMost: rule.atMost)
    }

    /// It fires on an event.
    /// - Parameter acting: what a machine would do alone.
    mutating func fires(
        _ event: Event, _ moment: Moment, acting: [EffectKind], then: Then, seen: SeenWindow, _ terms: StopTerms
    ) {
        fired += 1
        for effect in acting { effects[effect, default: 0] += 1 }
        let doesDestroy = acting.contains(where: \.isDestructive)
        if doesDestroy { destroys += 1 }
        if doesDestroy || !isDestructive { share.acts(moment, seen, kinds: kinds, atMost: atMost, terms) }
        if then.acted.contains(key.rule) { same += 1 } else { newlyFired += 1 }
        let isNew = doesDestroy ? !then.destroyed : !then.acted.contains(key.rule)
        if isNew {
            if doesDestroy { newlyActing += 1 }
            if newExamples.count < Self.mostExamples { newExamples.append(Example(platform: event.platform, id: event.id)) }
        }
        switch moment.judged {
        case .violation?: confirmed += 1
        case .noViolation?: rejected += 1
        case nil: break
        }
        let hash = SipHash(key0: 0, key1: 0)
        spaces.insert(hash(event.platform.rawValue, event.space.id.rawValue))
        actors.insert(hash(event.platform.rawValue, event.actor.id.rawValue))
        hours[moment.hour, default: 0] += 1
        days[moment.day, default: Day()].fired += 1
        if isNew, doesDestroy { days[moment.day, default: Day()].newlyActing += 1 }
    }

    /// It cannot tell.
    mutating func cannotTell(_ moment: Moment, _ why: UnknownReason, then: Then) {
        unknown += 1
        if why.isWarming { warming += 1 } else { count(why.text) }
        if then.acted.contains(key.rule) { undecided += 1 }
        switch moment.judged {
        case .violation?: unknownViolations += 1
        case .noViolation?: unknownNoViolations += 1
        case nil: break
        }
        days[moment.day, default: Day()].unknown += 1
    }

    private mutating func count(_ why: String) {
        let isKnown = reasons.count < Self.mostReasons || reasons[why] != nil
        reasons[isKnown ? why : "other reasons", default: 0] += 1
    }

    /// It acted then, and would not now.
    mutating func loses(_ event: Event) {
        lost += 1
        if lostExamples.count < Self.mostExamples { lostExamples.append(Example(platform: event.platform, id: event.id)) }
    }
}
