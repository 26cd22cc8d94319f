// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Signals

/// Tells of which of many subjects a record may be, by its keys in memory; what may be has to be read and compared.
struct SubjectFinder: Sendable {
    private var spaces: [UInt64: [LookAlikeSubject]] = [:]
    private var actors: [UInt64: [LookAlikeSubject]] = [:]
    private var items: [UInt64: [LookAlikeSubject]] = [:]

    init(_ subjects: [LookAlikeSubject]) {
        for subject in subjects {
            switch subject {
            case .space(let platform, let space):
                spaces[Record.key(platform.rawValue, space.rawValue), default: []].append(subject)
            case .actor(let platform, let actor):
                actors[Record.key(platform.rawValue, actor.rawValue), default: []].append(subject)
            case .item(let platform, let item): items[Record.key(platform.rawValue, item.rawValue), default: []].append(subject)
            }
        }
    }

    func whoMayHave(_ keys: Record.Keys) -> [LookAlikeSubject] {
        var found: [LookAlikeSubject] = []
        if let some = spaces.isEmpty ? nil : spaces[keys.space] { found += some }
        if let some = actors.isEmpty ? nil : actors[keys.actor] { found += some }
        if let some = items.isEmpty ? nil : items[keys.item] { found += some }
        return found
    }
}
