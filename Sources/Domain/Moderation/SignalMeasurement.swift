// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// What a model says of one file, frame or text, or what a file says of its own origin.
package struct SignalMeasurement: Hashable, Sendable, Codable {
    /// Which of the model's outputs: `nudity`, `faces`; or which mark: `c2pa`, `digital-source-type`, `generator`.
    package var output: String
    /// A calibrated probability from 0 to 1, a count, or 1 for a mark that is there.
    package var value: Double
    /// As the model gave it, for the record; it means nothing to people and is not shown alone.
    package var score: Double?
    /// Whether it reaches what the declaration or the manifest asks for.
    package var counts: Bool
    /// What the value is worth where it was calibrated; nil when it was not.
    package var meaning: Meaning?
    /// A word from a fixed set: a language, a state of provenance, a kind of origin, a generator's name.
    package var label: String?
    package var regions: [Region]
    package var media: MediaID?
    /// Seconds into a video.
    package var seconds: Double?

    package init(
        output: String, value: Double, score: Double? = nil, counts: Bool, meaning: Meaning? = nil, label: String? = nil,
        regions: [Region] = [], media: MediaID? = nil, seconds: Double? = nil
    ) {
        self.output = output
        self.value = value
        self.score = score
        self.counts = counts
        self.meaning = meaning
        self.label = label
        self.regions = regions
        self.media = media
        self.seconds = seconds
    }
}

/// Of items that scored like this one, how many people upheld.
package struct Meaning: Hashable, Sendable, Codable {
    /// Share that was upheld, with its 95 % interval, at the base rate.
    package var precision: Double
    package var low: Double
    package var high: Double
    /// The share of such items among all, for which this holds.
    package var baseRate: Double
    /// Reviewed items that it rests on.
    package var cases: Int
    /// The day of the calibration, `2026-11-23`.
    package var day: String

    package init(precision: Double, low: Double, high: Double, baseRate: Double, cases: Int, day: String) {
        self.precision = precision
        self.low = low
        self.high = high
        self.baseRate = baseRate
        self.cases = cases
        self.day = day
    }
}

/// A rectangle in a picture whose sides are 1, from its upper left corner, so that it fits every size of the picture.
package struct Region: Hashable, Sendable, Codable {
    package var x: Double
    package var y: Double
    package var width: Double
    package var height: Double
    /// How sure the model is, 0 to 1, uncalibrated.
    package var score: Double
    package var name: String

    package init(x: Double, y: Double, width: Double, height: Double, score: Double, name: String) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
        self.score = score
        self.name = name
    }
}
