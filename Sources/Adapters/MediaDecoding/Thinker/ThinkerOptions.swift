// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs

/// How many processes run models, and under which limits.
package struct ThinkerOptions: Sendable, Hashable {
    /// Processes, each with all models on one thread, with one question at a time.
    package var workers = 1
    /// So many questions wait; more are refused as busy.
    package var queue = 256
    /// Wall-clock time for one question, after which its process is killed: a hang, not a slow model. The asker's own deadline
    /// is usually shorter and costs no process.
    package var patience = Duration.seconds(20)
    /// Wall-clock time to load all models.
    package var startDeadline = Duration.seconds(180)
    /// After a start that failed none is tried for so long.
    package var pause = Duration.seconds(10)
    /// Memory on top of what is mapped once the models are loaded, in bytes.
    package var memory = 1 << 30
    /// Processor time of one process in its whole life, in seconds.
    package var processorSeconds = 86_400
    /// A process is replaced after so many questions, so that what leaks in a library does not grow.
    package var jobsPerWorker = 20_000
    /// So many questions in a row that end a model's process switch it off.
    package var deathsInARow = 3
    /// For so long.
    package var rest = Duration.seconds(60)
    /// A model that ends its process while it is loaded is left out for so long, then tried once more; twice as long each time.
    package var restOfDeadly = Duration.seconds(600)

    package init() {}

    func arguments(native: String, models: [ModelLoad]) -> [String] {
        ["--think", "--native", native, "--memory-bytes", "\(memory)", "--cpu-seconds", "\(processorSeconds)"]
            + models.flatMap { ["--model", $0.text] }
    }
}
