// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import ModelInputs

/// A model as data: what it is, how it is asked, and what its answer is worth.
package struct ModelManifest: Sendable, Hashable {
    package enum Input: String, Sendable, Hashable, Codable, CaseIterable {
        /// The whole picture.
        case picture
        /// Each face that the model `faces` finds, with a margin; the answer is that of the face with the largest value.
        case face
        case text
    }

    /// Where a score becomes a statement: the score from which the model counts, and what was measured of it.
    package struct OperatingPoint: Sendable, Hashable, Codable {
        package var name: String
        package var output: String
        /// The calibrated value from which it counts.
        package var atLeast: Double

        package init(name: String, output: String, atLeast: Double) {
            self.name = name
            self.output = output
            self.atLeast = atLeast
        }
    }

    /// False alarms on something that is known to be harmless.
    package struct Measured: Sendable, Hashable, Codable {
        package var point: String
        package var falsePositives: Int
        package var of: Int
        /// What it was measured on, in words.
        package var on: String

        package init(point: String, falsePositives: Int, of: Int, on: String) {
            self.point = point
            self.falsePositives = falsePositives
            self.of = of
            self.on = on
        }
    }

    package var name: String
    package var version: String
    /// Path of the weights under the folder of native parts, or absolute; empty for engines with their own data.
    package var file: String
    /// Lower-case hexadecimal, of the file.
    package var sha256: String
    package var licence: String
    package var source: String
    package var input: Input
    /// The raster it is made from; nil for text.
    package var raster: RasterWish?
    package var recipe: ModelRecipe
    package var operatingPoints: [OperatingPoint]
    package var measured: [Measured]
    package var calibration: Calibration?
    package var intendedUse: String
    package var limits: String
    /// Whether it runs only where the operator says so.
    package var isOptIn: Bool
    /// What an answer may take when that is longer than is usual; nil when it is not.
    package var deadline: Duration?

    package init(
        name: String, version: String, file: String, sha256: String, licence: String, source: String, input: Input,
        raster: RasterWish?, recipe: ModelRecipe, operatingPoints: [OperatingPoint] = [], measured: [Measured] = [],
        calibration: Calibration? = nil, intendedUse: String = "", limits: String = "", isOptIn: Bool = false,
        deadline: Duration? = nil
    ) {
        self.name = name
        self.version = version
        self.file = file
        self.sha256 = sha256
        self.licence = licence
        self.source = source
        self.input = input
        self.raster = raster
        self.recipe = recipe
        self.operatingPoints = operatingPoints
        self.measured = measured
        self.calibration = calibration
        self.intendedUse = intendedUse
        self.limits = limits
        self.isOptIn = isOptIn
        self.deadline = deadline
    }

    /// What the scores of this output are worth; nil where that was not measured.
    package func calibration(of output: String) -> Calibration? {
        calibration.flatMap { $0.output == output ? $0 : nil }
    }
}

/// What a model's scores were worth on reviewed cases: a monotone curve from score to the share that people upheld.
package struct Calibration: Sendable, Hashable, Codable {
    package struct Point: Sendable, Hashable, Codable {
        package var score: Double
        /// Share upheld at about this score, with its 95 % interval.
        package var upheld: Double
        package var low: Double
        package var high: Double

        package init(score: Double, upheld: Double, low: Double, high: Double) {
            self.score = score
            self.upheld = upheld
            self.low = low
            self.high = high
        }
    }

    package var output: String
    /// By rising score.
    package var points: [Point]
    /// The share of positives for which the points hold.
    package var baseRate: Double
    package var cases: Int
    /// `2026-11-23`.
    package var day: String

    package init(output: String, points: [Point], baseRate: Double, cases: Int, day: String) {
        self.output = output
        self.points = points
        self.baseRate = baseRate
        self.cases = cases
        self.day = day
    }
}
