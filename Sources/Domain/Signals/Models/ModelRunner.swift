// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Port: asks trained models, in processes of our own or on a model server.
package protocol ModelRunner: Sendable {
    /// Every model that is configured, whether it runs or why it does not.
    var states: [ModelState] { get }

    /// What the model says of one input. Several may be asked at once; the driver puts them together where that is faster.
    func run(_ model: String, on input: ModelInput, until deadline: ContinuousClock.Instant) async throws(ModelError)
        -> ModelOutput
}

package enum ModelInput: Sendable, Hashable {
    /// In the size that the model's manifest wishes.
    case raster(Raster)
    case text(String)
}

package enum ModelOutput: Sendable, Hashable {
    /// One number for each output of the manifest.
    case scores([Double])
    case regions([Region])
    case vector([Float])
    case text(String)
    /// A word of a fixed set, and whether the model is sure.
    case label(String, isSure: Bool)
}

package struct ModelState: Sendable, Hashable, Codable {
    package var name: String
    package var version: String
    /// The precision that is really used: `f32`, `f16`; `server` on a model server; empty when it does not run.
    package var precision: String
    /// Why it does not run; nil when it does.
    package var problem: String?

    package init(name: String, version: String, precision: String, problem: String? = nil) {
        self.name = name
        self.version = version
        self.precision = precision
        self.problem = problem
    }
}

/// Why a model has no answer; the signal is then unknown, in these words.
package enum ModelError: Error, Sendable, Hashable {
    /// Its file or its library is not here.
    case notInstalled(String)
    /// Too much waits already.
    case busy(String)
    case deadline
    /// It failed, or the circuit breaker is open.
    case unavailable(String)
    /// The input or the answer makes no sense.
    case refused(String)

    package var message: String {
        switch self {
        case .notInstalled(let why): "not installed: \(why)"
        case .busy(let why): "busy: \(why)"
        case .deadline: "no answer in time"
        case .unavailable(let why): "unavailable: \(why)"
        case .refused(let why): "refused: \(why)"
        }
    }
}
