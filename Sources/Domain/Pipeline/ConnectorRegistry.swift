// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
import Synchronization

/// The connectors there are, by platform.
///
/// A connector hands events to the intake, and the intake fetches media through connectors: the registry is filled at start, when both exist.
package final class ConnectorRegistry: Sendable {
    private let connectors = Mutex<[PlatformID: any Connector]>([:])
    /// For platforms that only speak the HTTP API, under whatever name they give themselves.
    private let general: Mutex<(any Connector)?> = Mutex(nil)

    package init(_ connectors: [any Connector] = []) {
        for connector in connectors { register(connector) }
    }

    package func registerGeneral(_ connector: any Connector) { general.withLock { $0 = connector } }

    package func register(_ connector: any Connector) {
        connectors.withLock { $0[connector.platform] = connector }
    }

    package subscript(platform: PlatformID) -> (any Connector)? {
        connectors.withLock { $0[platform] } ?? general.withLock { $0 }
    }

    /// What each platform can do; nil stands for platforms that only speak the HTTP API.
    package var all: [(platform: PlatformID?, capabilities: Set<EffectKind>)] {
        let named = connectors.withLock { Array($0.values) }.map {
            (platform: PlatformID?.some($0.platform), capabilities: $0.capabilities)
        }
        let rest = general.withLock { $0 }.map { [(platform: PlatformID?.none, capabilities: $0.capabilities)] } ?? []
        return named + rest
    }

    package func canPerform(_ effect: EffectKind, on platform: PlatformID) -> Bool {
        self[platform]?.capabilities.contains(effect) ?? false
    }
}
