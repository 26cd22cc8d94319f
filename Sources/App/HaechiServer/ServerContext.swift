// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Hummingbird
import Logging
package import NIOCore

/// What travels with a request.
package struct ServerContext: RequestContext, RemoteAddressRequestContext {
    package var coreContext: CoreRequestContextStorage
    /// The peer of the connection; nil in tests without a socket.
    package let remoteAddress: SocketAddress?
    /// The name of the API token that was shown; nil while the API is open.
    package var caller: String?

    /// Names the request in logs and in its answer.
    package let requestID: String

    package init(source: Source) {
        // A log handler that keeps no metadata does not know it.
        requestID =
            source.logger[metadataKey: "hb.request.id"]?.description ?? String(UInt64.random(in: 0...UInt64.max), radix: 16)
        coreContext = .init(source: source)
        remoteAddress = source.channel.remoteAddress
    }
}
