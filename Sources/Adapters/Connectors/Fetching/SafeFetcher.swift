// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import AsyncHTTPClient
import NIOCore
import NIOHTTP1
import NIOPosix

/// Fetches addresses that strangers name, without becoming their tool: nothing but public web servers is ever connected to.
///
/// Names are resolved here, the address is checked, and exactly that address is connected to; every redirect begins anew.
package struct SafeFetcher: Sendable {
    package struct Options: Sendable {
        package var addresses = AddressPolicy.publicOnly
        package var schemes: Set<String> = ["http", "https"]
        package var ports: Set<Int> = [80, 443]
        package var redirects = 3
        /// For all of it: names, redirects and bytes.
        package var deadline: Duration = .seconds(20)
        /// Host name to a numeric address; throws when there is none.
        package var resolve: @Sendable (String, Int) async throws -> String = SafeFetcher.systemResolve

        package init() {}
    }

    private let options: Options

    package init(_ options: Options = Options()) { self.options = options }

    /// The bytes at an address, at most `limit` of them.
    package func fetch(_ address: String, limit: Int) async throws(FetchError) -> [UInt8] {
        do {
            return try await withDeadline(options.deadline) { try await follow(address, limit: limit) }
        } catch let error as FetchError {
            throw error
        } catch is DeadlineExceeded {
            throw .timedOut
        } catch {
            throw .unreachable("interrupted")
        }
    }

    private func follow(_ address: String, limit: Int) async throws(FetchError) -> [UInt8] {
        var next = address
        for _ in 0...max(0, options.redirects) {
            let target: FetchTarget
            do throws(FetchTarget.Problem) {
                target = try FetchTarget(next, schemes: options.schemes, ports: options.ports)
            } catch {
                throw .refused(error.text)
            }
            let response = try await get(target, from: try await checkedAddress(of: target), limit: limit)
            switch response.status {
            case 200: return response.body
            case 301, 302, 303, 307, 308:
                guard let location = response.headers.first(name: "Location") else {
                    throw .status(response.status, retryAfter: nil)
                }
                next = target.redirected(to: location)
            default: throw .status(response.status, retryAfter: response.retryAfter)
            }
        }
        throw .refused("too many redirects")
    }

    private func checkedAddress(of target: FetchTarget) async throws(FetchError) -> IPAddress {
        let text: String
        if let literal = target.literal {
            text = literal.text
        } else {
            do {
                text = try await options.resolve(target.host, target.port)
            } catch {
                throw .unreachable("the host's name cannot be resolved")
            }
        }
        guard let address = IPAddress(text), options.addresses.permits(address) else {
            throw .refused("the host is not on the public network")
        }
        return address
    }

    private func get(_ target: FetchTarget, from address: IPAddress, limit: Int) async throws(FetchError) -> OutboundResponse {
        var configuration = OutboundHTTP.configuration
        // The name stays in the Host header and in the TLS handshake; only where to connect is fixed.
        configuration.dnsOverride = [target.host: address.text]
        configuration.proxy = nil
        let client = HTTPClient(eventLoopGroupProvider: .singleton, configuration: configuration)
        var request = HTTPClientRequest(url: target.url)
        request.headers.add(name: "User-Agent", value: "haechi")
        request.headers.add(name: "Accept", value: "*/*")
        let result: Result<OutboundResponse, OutboundError>
        do throws(OutboundError) {
            result = .success(try await OutboundHTTP.send(request, by: client, limit: limit, deadline: options.deadline))
        } catch {
            result = .failure(error)
        }
        try? await client.shutdown()
        switch result {
        case .success(let response): return response
        case .failure(.tooLarge): throw .tooLarge
        case .failure(.timedOut): throw .timedOut
        case .failure(.unreachable(let why)): throw .unreachable(why)
        }
    }

    /// Asks the system's resolver on a thread where waiting is allowed.
    package static let systemResolve: @Sendable (String, Int) async throws -> String = { host, port in
        try await NIOThreadPool.singleton.runIfActive {
            let found = try SocketAddress.makeAddressResolvingHost(host, port: port)
            guard let address = found.ipAddress else { throw FetchError.unreachable("no address") }
            return address
        }
    }
}

/// Why bytes could not be fetched; names neither the address nor what was there.
package enum FetchError: Error, Hashable, Sendable {
    /// Not tried: it is not allowed.
    case refused(String)
    case status(Int, retryAfter: Double?)
    case tooLarge
    case timedOut
    case unreachable(String)
}
