// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// The exchanges that there are, by their options.
package enum ExchangeFactory {
    /// Reads the credentials file and makes the client.
    package static func make(_ options: ExchangeOptions) throws(ExchangeOptionsError) -> any Exchange {
        let credentials = options.credentials.isEmpty ? nil : try ExchangeCredentials(file: options.credentials)
        return make(options, credentials: credentials)
    }

    package static func make(_ options: ExchangeOptions, credentials: ExchangeCredentials?) -> any Exchange {
        let secrets = credentials ?? ExchangeCredentials([:])
        switch options.kind {
        case .stopncii: return StopNCII(options: options, credentials: secrets)
        case .ncmec: return NCMEC(options: options, credentials: secrets)
        case .threatexchange: return ThreatExchange(options: options, credentials: secrets)
        case .ndjson: return NDJSONFeed(options: options, credentials: credentials)
        }
    }
}
