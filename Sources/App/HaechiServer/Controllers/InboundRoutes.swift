// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import HTTPTypes
import Hummingbird
import NIOCore
import Pipeline

/// Hands requests below a connector's path over to it. Connectors check their platform's own credentials.
struct InboundRoutes {
    let endpoint: any InboundEndpoint

    func addRoutes(to router: Router<ServerContext>) {
        let endpoint = endpoint
        for method in [HTTPRequest.Method.get, .post, .put, .delete] {
            router.on(RouterPath(endpoint.mountPath + "/**"), method: method) { request, _ in
                let response = await endpoint.respond(
                    to: InboundRequest(
                        method: request.method.rawValue, path: request.uri.path, query: Self.query(request),
                        headers: Self.headers(request), body: try await request.bytes(atMost: endpoint.bodyLimit)))
                return Self.answer(response)
            }
        }
    }

    private static func query(_ request: Request) -> [String: String] {
        Dictionary(
            request.uri.queryParameters.map { (String($0.key), String($0.value)) }, uniquingKeysWith: { first, _ in first })
    }

    private static func headers(_ request: Request) -> [String: String] {
        Dictionary(
            request.headers.map { ($0.name.canonicalName, $0.value) }, uniquingKeysWith: { first, next in first + ", " + next })
    }

    private static func answer(_ response: InboundResponse) -> Response {
        var headers = HTTPFields()
        for (name, value) in response.headers {
            if let name = HTTPField.Name(name) { headers[name] = value }
        }
        return Response(
            status: .init(code: response.status), headers: headers,
            body: ResponseBody(byteBuffer: ByteBuffer(bytes: response.body)))
    }
}
