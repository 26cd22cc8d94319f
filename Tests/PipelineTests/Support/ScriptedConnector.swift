// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation
import Pipeline
import Synchronization

/// A platform in memory: gives media, carries actions out, can be told to fail, and remembers what was done to it.
final class ScriptedConnector: Connector {
    let platform: PlatformID = "test"
    let capabilities: Set<EffectKind>

    struct State {
        var media: [MediaID: [UInt8]] = [:]
        var failures: [ConnectorError] = []
        var performed: [ActionID] = []
        var inEffect: Set<String> = []
        var fetched: [MediaID] = []
        /// Happens once, in the middle of the next action.
        var meanwhile: (@Sendable () async -> Void)?
    }

    let state = Mutex(State())

    init(capabilities: Set<EffectKind> = [.remove, .quarantine, .unquarantine, .suspend, .unsuspend]) {
        self.capabilities = capabilities
    }

    var performed: [ActionID] { state.withLock { $0.performed } }

    func fetch(_ media: Media, limit: Int) async throws(ConnectorError) -> [UInt8] {
        let bytes = state.withLock { state -> [UInt8]? in
            state.fetched.append(media.id)
            return state.media[media.id]
        }
        guard let bytes else { throw .permanent("no such media") }
        return bytes
    }

    func whilePerforming(_ what: @escaping @Sendable () async -> Void) { state.withLock { $0.meanwhile = what } }

    func perform(_ action: Action) async throws(ConnectorError) -> String {
        let meanwhile = state.withLock { state in
            defer { state.meanwhile = nil }
            return state.meanwhile
        }
        await meanwhile?()
        let failure = state.withLock { state -> ConnectorError? in
            if !state.failures.isEmpty { return state.failures.removeFirst() }
            state.performed.append(action.id)
            if let inverse = action.effect.kind.inverse { state.inEffect.remove(Self.key(action, inverse)) }
            state.inEffect.insert(Self.key(action, action.effect.kind))
            return nil
        }
        if let failure { throw failure }
        return "done"
    }

    func verify(_ action: Action) async throws(ConnectorError) -> Verification {
        state.withLock { $0.inEffect.contains(Self.key(action, action.effect.kind)) } ? .inEffect : .notInEffect
    }

    static func key(_ action: Action, _ kind: EffectKind) -> String { "\(kind.rawValue)|\(action.target.item?.rawValue ?? "")" }
}
