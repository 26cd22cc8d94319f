// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Hummingbird
import Moderation
import Signals

/// Lets a platform say that a space or an account is gone, and its sightings with it.
struct LookBackController {
    let ports: ServerPorts

    func addRoutes(to api: RouterGroup<ServerContext>) {
        api.delete("/lookback", use: forget)
    }

    /// Durable when answered; done soon after.
    @Sendable func forget(_ request: Request, context: ServerContext) async throws -> Response {
        let query = request.uri.queryParameters
        guard let platform = query["platform"].map({ PlatformID(String($0)) }), !platform.rawValue.isEmpty else {
            throw APIError.invalid("platform", "the platform's name")
        }
        let subject: LookBackSubject
        switch (query["space"].map(String.init), query["actor"].map(String.init)) {
        case (let space?, nil) where !space.isEmpty: subject = .space(platform, SpaceID(space))
        case (nil, let actor?) where !actor.isEmpty: subject = .actor(platform, ActorID(actor))
        default: throw APIError.invalid("", "either space or actor")
        }
        guard let forget = ports.forget else {
            throw APIError.unavailable("this server does not keep the look-back", retryAfter: 60)
        }
        try await forget(subject)
        var writer = JSONWriter()
        writer.object { $0.boolean("accepted", true) }
        return .json(writer, status: .accepted)
    }
}
