// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One configuration key: what `haechi config keys` prints, what the reader checks, and what docs/configuration.md is made from.
struct Setting: Sendable {
    enum Kind: Sendable {
        case text
        case number(ClosedRange<Int>)
        /// A number, or `auto` (or nothing): one for so many processors, and at least one.
        case processes(ClosedRange<Int>, processorsEach: Int)
        case choice([String])
        /// Never printed; `KEY_file` names a file to read it from instead.
        case secret
    }

    let key: String
    let kind: Kind
    /// As it would be written; nil when it is off unless set.
    let standard: String?
    let meaning: String

    var expectation: String {
        switch kind {
        case .text: "text"
        case .number(let range): "a whole number from \(range.lowerBound) to \(range.upperBound)"
        case .processes(let range, _): "a whole number from \(range.lowerBound) to \(range.upperBound), or auto"
        case .choice(let words): "one of \(words.joined(separator: ", "))"
        case .secret: "text, or set \(key)_file to the path of a file that holds it"
        }
    }

    /// What `auto` comes to on a machine; nil where there is none.
    func automatic(processors: Int) -> Int? {
        guard case .processes(let range, let each) = kind else { return nil }
        return min(range.upperBound, max(1, processors / each))
    }

    /// `http.port` is `HAECHI_HTTP_PORT` in the environment.
    var environmentName: String {
        "HAECHI_" + key.uppercased().replacing(".", with: "_")
    }
}

extension Setting {
    static let fileSuffix = "_file"
    static let auto = "auto"

    /// Every key there is. Anything else in a file or in `HAECHI_…` is an error.
    static let all: [Setting] = [
        Setting(
            key: "database.url", kind: .text, standard: "sqlite:var/haechi.db",
            meaning: "Where everything is kept: sqlite:PATH or postgres://USER@HOST:PORT/NAME."),
        Setting(
            key: "http.host", kind: .text, standard: "127.0.0.1",
            meaning: "Address to listen on. Beyond loopback only with api.tokens."),
        Setting(
            key: "http.port", kind: .number(0...65_535), standard: "8080",
            meaning: "Port to listen on; 0 picks a free one and prints it."),
        Setting(
            key: "api.tokens", kind: .secret, standard: nil,
            meaning:
                "Who may call the API: NAME=TOKEN pairs separated by commas or line ends; a token has at least 16 characters."),
        Setting(
            key: "api.rule_tokens", kind: .text, standard: nil,
            meaning:
                "Names of API tokens that may promote, approve and take back rules, separated by commas; any token may stop them."
        ),
        Setting(
            key: "api.appeal_url", kind: .text, standard: nil,
            meaning: "Where people can appeal; shown to the sender of a refused message."),
        Setting(
            key: "policies.path", kind: .text, standard: "Policies",
            meaning: "Folder with policy files (*.yaml), read with its sub-folders."),
        Setting(
            key: "policies.approval", kind: .choice(["two-people", "one-person", "files"]), standard: "two-people",
            meaning:
                "Who must agree before a changed rule removes anything by itself: two people in the console, one, or whoever reviews the files."
        ),
        Setting(
            key: "policies.stop_days", kind: .number(0...365), standard: "7",
            meaning: "So many days after it began to act, a rule that acts on too large a share of events is stopped by itself."),
        Setting(
            key: "policies.stop_share_permille", kind: .number(1...1_000), standard: "100",
            meaning: "The share of events, in thousandths, that such a rule may act on when it has no 'at_most'."),
        Setting(
            key: "policies.stop_events", kind: .number(1...1_000_000), standard: "200",
            meaning: "The share is taken of at least this many events, so that the first few prove nothing."),
        Setting(
            key: "policies.stop_window_minutes", kind: .number(1...1_440), standard: "60",
            meaning: "The time over which the share is taken."),
        Setting(
            key: "policies.stop_precision_percent", kind: .number(1...99), standard: "80",
            meaning:
                "A rule is stopped when people overturn so many of its decisions that its precision is surely below this, or below its own 'precision'."
        ),
        Setting(
            key: "banks.path", kind: .text, standard: "var/index",
            meaning: "Folder of the search index: a copy of the banks that is made again when it is lost."),
        Setting(
            key: "banks.bulk_limit", kind: .number(1...10_000_000), standard: "1000",
            meaning: "Deliveries of more fingerprints than this wait for a second person."),
        Setting(
            key: "exchanges.path", kind: .text, standard: nil,
            meaning: "YAML file with the hash exchanges to read from; docs/howto/exchange-hashes.md describes it."),
        Setting(
            key: "lookback.path", kind: .text, standard: "var/lookback",
            meaning: "Folder of the look-back: the fingerprints of everything seen in public, by day."),
        Setting(
            key: "lookback.days", kind: .number(0...3_650), standard: "30",
            meaning: "How many days the look-back keeps; 0 keeps nothing."),
        Setting(
            key: "lookback.auto", kind: .choice(["off", "preview", "start"]), standard: "preview",
            meaning:
                "What happens when a fingerprint becomes verified: nothing, its earlier copies are listed for a person, or they are also removed when they are few."
        ),
        Setting(
            key: "lookback.clause", kind: .text, standard: nil,
            meaning: "The clause that removals of earlier copies cite."),
        Setting(
            key: "history.days", kind: .number(0...90), standard: "0",
            meaning:
                "For so many days it is kept what rules were given of public events, texts included, so that changed rules can be back-tested; 0 keeps nothing."
        ),
        Setting(
            key: "enforcement.mode", kind: .choice(["normal", "case-only"]), standard: "normal",
            meaning:
                "How the one switch stands at the start: case-only has rules open cases, and everything destructive waits for a person. It is turned while running by `haechi policy switch` and in the console."
        ),
        Setting(
            key: "console.trusts_proxy", kind: .choice(["yes", "no"]), standard: "no",
            meaning: "yes when a reverse proxy sets X-Forwarded-For: log-ins are then limited by the client's address."),
        Setting(
            key: "media.byte_limit", kind: .number(1_024...1_073_741_824), standard: "20971520",
            meaning: "Largest media file in bytes."),
        Setting(
            key: "media.pixel_limit", kind: .number(1_000...1_000_000_000), standard: "50000000",
            meaning: "Largest picture in pixels, width times height."),
        Setting(
            key: "media.video_byte_limit", kind: .number(1_024...1_073_741_824), standard: "104857600",
            meaning: "Largest video file in bytes."),
        Setting(
            key: "media.workers", kind: .processes(1...64, processorsEach: 1), standard: auto,
            meaning: "Decoder processes; auto is one for each processor."),
        Setting(
            key: "media.preview", kind: .choice(["on", "off"]), standard: "on",
            meaning:
                "A small covered picture of its own making for whoever reviews, beside a kept original that browsers do not show."
        ),
        Setting(
            key: "media.frames", kind: .number(0...16), standard: "8",
            meaning:
                "Of a video, so many key frames are shown to models; up to 120, spread over it, are compared with banks. 0 looks into no video."
        ),
        Setting(
            key: "models.path", kind: .text, standard: "Models",
            meaning: "Folder with a YAML file for each model; docs/howto/add-a-model.md describes it."),
        Setting(
            key: "models.native_path", kind: .text, standard: "native",
            meaning:
                "Folder with the libraries and weights that `scripts/bootstrap models` fetches. What is not there is off, and says so."
        ),
        Setting(
            key: "models.enable", kind: .text, standard: nil,
            meaning: "Models that run only when they are named here, separated by commas, such as embedding."),
        Setting(
            key: "models.workers", kind: .processes(0...64, processorsEach: 2), standard: auto,
            meaning: "Processes that run models, each on one thread; 0 runs none here, auto is one for every two processors."),
        Setting(
            key: "models.precision", kind: .choice(["auto", "f32"]), standard: "auto",
            meaning: "auto computes in 16 bits where the processor does that well; f32 gives the same numbers on every machine."),
        Setting(
            key: "models.deadline_ms", kind: .number(50...60_000), standard: "2000",
            meaning: "What a model has not answered after so many milliseconds, or those of its manifest if longer, is unknown."),
        Setting(
            key: "models.queue", kind: .number(1...100_000), standard: "256",
            meaning: "So many questions wait for a model; beyond that the least important are dropped, and counted."),
        Setting(
            key: "models.server_url", kind: .text, standard: nil,
            meaning: "Base URL of a model server (Open Inference Protocol v2), asked for the models of models.server_models."),
        Setting(
            key: "models.server_models", kind: .text, standard: nil,
            meaning: "Models that the server answers, as NAME=NAME-THERE pairs separated by commas, such as nudity=open_nsfw."),
        Setting(
            key: "models.server_token", kind: .secret, standard: nil,
            meaning: "Bearer token for the model server."),
        Setting(
            key: "ocr.languages", kind: .text, standard: "eng+kor",
            meaning: "Languages in which text in pictures is read, as Tesseract names them, joined by +."),
        Setting(
            key: "provenance.trust_anchors_file", kind: .text, standard: nil,
            meaning:
                "PEM file with the certificates whose signatures on provenance are trusted; without it every signer is 'not on your trust list'. One without a certificate is refused at the start."
        ),
        Setting(
            key: "lookalike.scope", kind: .choice(["off", "flagged", "all"]), standard: "off",
            meaning:
                "Which pictures go into the index of look-alikes: none, those in cases, or every public one; needs the model 'embedding'."
        ),
        Setting(
            key: "lookalike.path", kind: .text, standard: "var/lookalike",
            meaning: "Folder of the index of look-alikes; emptied at the start when lookalike.scope is off."),
        Setting(
            key: "lookalike.days", kind: .number(1...3_650), standard: "90",
            meaning: "How many days the index of look-alikes keeps a picture."),
        Setting(
            key: "fetch.allow_networks", kind: .text, standard: nil,
            meaning:
                "Networks that media may be fetched from although they are not public, such as 10.1.0.0/16, separated by commas."),
        Setting(
            key: "fetch.ports", kind: .text, standard: "80,443",
            meaning: "Ports that media may be fetched from, separated by commas; 'any' allows all."),
        Setting(
            key: "webhook.url", kind: .text, standard: nil,
            meaning: "Where actions on platform 'api' are sent, as signed POST requests."),
        Setting(
            key: "webhook.secret", kind: .secret, standard: nil,
            meaning: "Key of the webhook signature (HMAC-SHA256), at least 16 characters."),
        Setting(
            key: "matrix.homeserver_url", kind: .text, standard: nil,
            meaning: "Turns the Matrix connector on: base URL of the homeserver."),
        Setting(
            key: "matrix.server_name", kind: .text, standard: nil,
            meaning: "The homeserver's name, the part after the colon of its user ids."),
        Setting(
            key: "matrix.bot_user_id", kind: .text, standard: nil,
            meaning: "The application service's own user, such as @haechi:example.org."),
        Setting(
            key: "matrix.as_token", kind: .secret, standard: nil,
            meaning: "The application service's token towards the homeserver."),
        Setting(
            key: "matrix.hs_token", kind: .secret, standard: nil,
            meaning: "The homeserver's token towards the application service."),
        Setting(
            key: "matrix.admin_token", kind: .secret, standard: nil,
            meaning: "Token of a server admin; without it there is no quarantine, suspension, lock, room block nor report intake."
        ),
        Setting(
            key: "matrix.server_notices", kind: .choice(["on", "off"]), standard: "off",
            meaning: "on when the homeserver has server_notices configured: people are then told what was done and how to appeal."
        ),
        Setting(
            key: "matrix.directory_interval_seconds", kind: .number(1...86_400), standard: "10",
            meaning: "How often the room directory is read for new public rooms."),
        Setting(
            key: "matrix.report_interval_seconds", kind: .number(1...86_400), standard: "2",
            meaning: "How often new reports are asked for."),
        Setting(
            key: "matrix.backfill", kind: .number(0...10_000), standard: "100",
            meaning: "Messages read back when a room is joined."),
        Setting(
            key: "log.level", kind: .choice(["trace", "debug", "info", "notice", "warning", "error"]), standard: "info",
            meaning: "How much is logged. Content of messages is never logged at any level."),
    ]

    static func named(_ key: String) -> Setting? { all.first { $0.key == key } }

    /// Keys a file, an environment or a flag may use: every key, and `_file` forms of the secrets.
    static let acceptedKeys: [String] = all.flatMap { setting in
        if case .secret = setting.kind { [setting.key, setting.key + fileSuffix] } else { [setting.key] }
    }
}
