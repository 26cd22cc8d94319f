// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

import struct Foundation.Date

/// A recorded event as bytes: version, a byte that says which optional parts there are, then the parts.
extension RecordedEvent {
    private static let version: UInt8 = 1

    package var bytes: [UInt8] {
        var writer = ByteWriter(capacity: 256 + (event.item?.text?.utf8.count ?? 0))
        writer.byte(Self.version)
        writer.event(event)
        writer.list(signals) { $0.signal($1) }
        writer.list(actorLabels) { $0.text($1) }
        writer.list(spaceLabels) { $0.text($1) }
        writer.list(findings) { $0.finding($1) }
        return writer.bytes
    }

    /// - Throws: when the bytes are damaged, of another version, or of an event that is not public.
    package init(bytes: [UInt8]) throws(BytesError) {
        var reader = ByteReader(bytes[...])
        let version = try reader.byte()
        guard version == Self.version else {
            throw BytesError(description: "the event is of version \(version); expected \(Self.version)")
        }
        let event = try reader.event()
        guard event.space.privacy == .public else {
            throw BytesError(description: "the event is not public")
        }
        let signals = try reader.list { reader throws(BytesError) in try reader.signal() }
        let actorLabels = try reader.list { reader throws(BytesError) in try reader.text() }
        let spaceLabels = try reader.list { reader throws(BytesError) in try reader.text() }
        let findings = try reader.list { reader throws(BytesError) in try reader.finding() }
        guard reader.isAtEnd else { throw BytesError(description: "bytes follow the event") }
        self.init(kept: event, signals: signals, actorLabels: actorLabels, spaceLabels: spaceLabels, findings: findings)
    }
}

/// Which of the parts that may be missing are there.
private struct Parts: OptionSet {
    let rawValue: UInt8
    static let createdAt = Parts(rawValue: 1)
    static let item = Parts(rawValue: 2)
    static let text = Parts(rawValue: 4)
    static let replaces = Parts(rawValue: 8)
    static let type = Parts(rawValue: 16)
    static let sha256 = Parts(rawValue: 32)
}

extension ByteWriter {
    fileprivate mutating func list<Element>(_ elements: [Element], _ write: (inout ByteWriter, Element) -> Void) {
        number(UInt64(elements.count))
        for element in elements { write(&self, element) }
    }

    fileprivate mutating func event(_ event: Event) {
        var parts: Parts = []
        if event.actor.createdAt != nil { parts.insert(.createdAt) }
        if let item = event.item {
            parts.insert(.item)
            if item.text != nil { parts.insert(.text) }
            if item.replaces != nil { parts.insert(.replaces) }
        }
        byte(parts.rawValue)
        byte(event.kind.code)
        byte(event.space.privacy.code)
        text(event.platform.rawValue)
        text(event.id.rawValue)
        signed(event.at.milliseconds)
        // Mostly a moment after it happened.
        signed(event.receivedAt.milliseconds - event.at.milliseconds)
        text(event.space.id.rawValue)
        text(event.actor.id.rawValue)
        if let created = event.actor.createdAt { signed(created.milliseconds) }
        guard let item = event.item else { return }
        text(item.id.rawValue)
        if let text = item.text { self.text(text) }
        if let replaces = item.replaces { text(replaces.rawValue) }
        list(item.media) { $0.media($1) }
    }

    private mutating func media(_ media: Media) {
        var parts: Parts = []
        if media.type != nil { parts.insert(.type) }
        if media.sha256 != nil { parts.insert(.sha256) }
        byte(parts.rawValue)
        text(media.id.rawValue)
        if let type = media.type { text(type) }
        if let hash = media.sha256 { text(hash) }
    }

    fileprivate mutating func signal(_ signal: Signal) {
        text(signal.name)
        text(signal.kind.rawValue)
        text(signal.version)
        switch signal.state {
        case .absent: byte(0)
        case .matched(let matches):
            byte(1)
            list(matches) { $0.match($1) }
        case .unknown(let why):
            byte(2)
            text(why)
        case .measured(let measurements):
            byte(3)
            list(measurements) { $0.measurement($1) }
        }
    }

    /// What rules can ask of it.
    private mutating func measurement(_ measurement: SignalMeasurement) {
        text(measurement.output)
        fixed(measurement.value.bitPattern)
        byte(measurement.counts ? 1 : 0)
        text(measurement.label ?? "")
        number(UInt64(measurement.regions.count))
    }

    private mutating func match(_ match: Match) {
        text(match.bank)
        text(match.trust.rawValue)
        signed(Int64(match.distance))
        text(match.entry)
        byte(match.media == nil ? 0 : 1)
        if let media = match.media { text(media.rawValue) }
        text(match.variant)
    }

    fileprivate mutating func finding(_ finding: RecordedEvent.Finding) {
        text(finding.key.rule)
        text(finding.key.version)
        text(finding.stage.rawValue)
        byte(finding.isRestrained ? 1 : 0)
        list(finding.effects) { $0.text($1.rawValue) }
        switch finding.result {
        case .fired: byte(0)
        case .unknown(let why):
            byte(1)
            text(why)
        }
    }
}

extension ByteReader {
    fileprivate mutating func list<Element>(
        _ read: (inout ByteReader) throws(BytesError) -> Element
    ) throws(BytesError) -> [Element] {
        var elements: [Element] = []
        for _ in 0..<(try count()) { elements.append(try read(&self)) }
        return elements
    }

    fileprivate mutating func event() throws(BytesError) -> Event {
        let parts = Parts(rawValue: try byte())
        guard let kind = EventKind(code: try byte()) else { throw BytesError(description: "there is no such kind of event") }
        guard let privacy = PrivacyClass(code: try byte()) else {
            throw BytesError(description: "there is no such privacy class")
        }
        let (platform, id) = (PlatformID(try text()), EventID(try text()))
        let sent = try signed()
        let (at, receivedAt) = (Date(kept: sent), Date(kept: sent.addingReportingOverflow(try signed()).partialValue))
        let space = Space(id: SpaceID(try text()), privacy: privacy)
        let actor = ActorID(try text())
        let createdAt = parts.contains(.createdAt) ? Date(kept: try signed()) : nil
        var item: Item?
        if parts.contains(.item) {
            let id = ItemID(try text())
            let text = parts.contains(.text) ? try text() : nil
            let replaces = parts.contains(.replaces) ? ItemID(try self.text()) : nil
            item = Item(
                id: id, text: text, media: try list { reader throws(BytesError) in try reader.media() }, replaces: replaces)
        }
        return Event(
            platform: platform, id: id, kind: kind, at: at, receivedAt: receivedAt, space: space,
            actor: Actor(id: actor, createdAt: createdAt), item: item)
    }

    private mutating func media() throws(BytesError) -> Media {
        let parts = Parts(rawValue: try byte())
        let id = MediaID(try text())
        let type = parts.contains(.type) ? try text() : nil
        return Media(id: id, type: type, sha256: parts.contains(.sha256) ? try text() : nil)
    }

    fileprivate mutating func signal() throws(BytesError) -> Signal {
        let (name, kind, version) = (try text(), try word(SignalKind.self), try text())
        let state: SignalState
        switch try byte() {
        case 0: state = .absent
        case 1: state = .matched(try list { reader throws(BytesError) in try reader.match() })
        case 2: state = .unknown(try text())
        case 3: state = .measured(try list { reader throws(BytesError) in try reader.measurement() })
        case let other: throw BytesError(description: "there is no state \(other) of a signal")
        }
        return Signal(name: name, kind: kind, state: state, version: version)
    }

    private mutating func measurement() throws(BytesError) -> SignalMeasurement {
        let (output, value, counts, label) = (try text(), Double(bitPattern: try fixed()), try byte() != 0, try text())
        let regions = try number()
        guard regions <= 10_000, value.isFinite else { throw BytesError(description: "a measurement that there cannot be") }
        return SignalMeasurement(
            output: output, value: value, counts: counts, label: label.isEmpty ? nil : label,
            regions: Array(repeating: Region(x: 0, y: 0, width: 0, height: 0, score: 0, name: output), count: Int(regions)))
    }

    private mutating func match() throws(BytesError) -> Match {
        let (bank, trust, distance, entry) = (try text(), try word(Trust.self), Int(try signed()), try text())
        let media = try byte() == 0 ? nil : MediaID(try text())
        return Match(bank: bank, trust: trust, distance: distance, entry: entry, media: media, variant: try text())
    }

    fileprivate mutating func finding() throws(BytesError) -> RecordedEvent.Finding {
        let key = RuleKey(rule: try text(), version: try text())
        let (stage, isRestrained) = (try word(RuleFinding.Stage.self), try byte() != 0)
        let effects = try list { reader throws(BytesError) in try reader.word(EffectKind.self) }
        let result: RecordedEvent.Finding.Result = try byte() == 0 ? .fired : .unknown(try text())
        return RecordedEvent.Finding(key: key, stage: stage, result: result, effects: effects, isRestrained: isRestrained)
    }

    private mutating func word<Word: RawRepresentable<String>>(_ type: Word.Type) throws(BytesError) -> Word {
        let text = try text()
        guard let word = Word(rawValue: text) else { throw BytesError(description: "there is no \(type) of this name") }
        return word
    }
}

extension Date {
    /// Bytes may say what no event can have.
    fileprivate init(kept milliseconds: Int64) { self.init(milliseconds: max(-Date.most, min(Date.most, milliseconds))) }
}

extension EventKind {
    /// As it is kept: never changed, never used again.
    fileprivate var code: UInt8 {
        switch self {
        case .messagePosted: 1
        case .messageEdited: 2
        case .spacePictureChanged: 3
        case .actorPictureChanged: 4
        case .spaceChanged: 5
        }
    }

    fileprivate init?(code: UInt8) {
        switch code {
        case 1: self = .messagePosted
        case 2: self = .messageEdited
        case 3: self = .spacePictureChanged
        case 4: self = .actorPictureChanged
        case 5: self = .spaceChanged
        default: return nil
        }
    }
}

extension PrivacyClass {
    fileprivate var code: UInt8 {
        switch self {
        case .public: 0
        case .private: 1
        case .encrypted: 2
        }
    }

    fileprivate init?(code: UInt8) {
        switch code {
        case 0: self = .public
        case 1: self = .private
        case 2: self = .encrypted
        default: return nil
        }
    }
}
