// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Connectors
import Foundation
import HaechiServer
import MediaDecoding
import Moderation
import Pipeline
import Policies

// How settings become the options of each part.

extension MatrixOptions {
    /// Nil when Matrix is off.
    init?(_ settings: Settings) {
        guard let homeserver = settings["matrix.homeserver_url"] else { return nil }
        self.init(
            homeserverURL: homeserver, serverName: settings.text("matrix.server_name"), asToken: settings.text("matrix.as_token"),
            hsToken: settings.text("matrix.hs_token"), adminToken: settings["matrix.admin_token"],
            botUserID: ActorID(settings.text("matrix.bot_user_id")))
        directoryInterval = .seconds(settings.number("matrix.directory_interval_seconds"))
        reportInterval = .seconds(settings.number("matrix.report_interval_seconds"))
        backfill = settings.number("matrix.backfill")
        sendsServerNotices = settings.text("matrix.server_notices") == "on"
    }
}

extension ServerOptions {
    init(_ settings: Settings) {
        self.init()
        host = settings.text("http.host")
        port = settings.number("http.port")
        apiTokens = settings.apiTokens
        appealURL = settings["api.appeal_url"]
        uploadLimit = settings.number("media.byte_limit")
        ruleTokens = Set(
            (settings["api.rule_tokens"] ?? "").split(separator: ",").map { $0.trimmingCharacters(in: .whitespaces) })
    }
}

extension ConsoleOptions {
    init(_ settings: Settings) {
        self.init(trustsProxy: settings.text("console.trusts_proxy") == "yes")
    }
}

extension WebhookConnector.Options {
    init(_ settings: Settings) {
        self.init(url: settings["webhook.url"], secret: settings.text("webhook.secret"))
    }
}

extension SafeFetcher.Options {
    init(_ settings: Settings) {
        self.init()
        addresses = AddressPolicy(allowing: settings.networks) ?? .publicOnly
        ports = settings.ports
    }
}

extension MediaWorkerOptions {
    init(_ settings: Settings) {
        self.init()
        workers = settings.number("media.workers")
        largestFile = settings.number("media.byte_limit")
        largestPicture = settings.number("media.pixel_limit")
        largestVideo = settings.number("media.video_byte_limit")
        native = Paths.absolute(settings.text("models.native_path"))
        trustAnchors = settings["provenance.trust_anchors_file"].map(Paths.absolute)
    }
}

extension MediaSource.Options {
    init(_ settings: Settings) {
        self.init()
        byteLimit = settings.number("media.byte_limit")
        videoByteLimit = max(byteLimit, settings.number("media.video_byte_limit"))
    }
}

extension EventPipeline.Keeping {
    init(_ settings: Settings) {
        self = []
        if settings.number("lookback.days") > 0 { insert(.sightings) }
        if settings.number("history.days") > 0 { insert(.history) }
    }
}

extension RuleService.Options {
    init(_ settings: Settings) {
        self.init(
            approval: RuleApproval(rawValue: settings.text("policies.approval")) ?? .twoPeople, terms: StopTerms(settings),
            startMode: RuleMode(rawValue: settings.text("enforcement.mode")) ?? .normal)
    }
}

extension StopTerms {
    init(_ settings: Settings) {
        self.init()
        youngFor = Double(settings.number("policies.stop_days")) * 86_400
        share = Double(settings.number("policies.stop_share_permille")) / 1_000
        events = settings.number("policies.stop_events")
        windowMinutes = settings.number("policies.stop_window_minutes")
        precision = Double(settings.number("policies.stop_precision_percent")) / 100
    }
}
