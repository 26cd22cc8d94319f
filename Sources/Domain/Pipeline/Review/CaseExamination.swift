// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

package import struct Foundation.Date

/// What the program found in what a case holds, worked out once for whoever reviews it. It helps to look; it decides nothing.
package struct CaseExamination: Hashable, Sendable, Codable {
    package var caseID: CaseID
    package var at: Date
    /// How many pieces of evidence it is of; more may have come since.
    package var pieces: Int
    package var files: [File]
    /// Of text and files together; a measurement says of which file it is.
    package var signals: [Signal]
    /// Why no detector was asked; nil when they were.
    package var withheld: Withheld?

    package enum Withheld: String, Hashable, Sendable, Codable {
        /// It comes from a space that is not public now: detectors read public events only.
        case notPublic
        /// There is nothing left to look at.
        case nothingKept
    }

    /// One file as the decoder saw it.
    package struct File: Hashable, Sendable, Codable {
        package var evidence: EvidenceID
        package var media: MediaID?
        /// Empty when it could not be read.
        package var format: String
        package var width: Int
        package var height: Int
        /// Seconds of a video.
        package var duration: Double?
        /// Why it could not be read.
        package var problem: String?
        package var provenance: ProvenanceFacts?
        /// Microseconds by step: `decode`, `hash`, `shrink`, `marks`, `c2pa`.
        package var times: [String: Int]

        package init(
            evidence: EvidenceID, media: MediaID?, format: String = "", width: Int = 0, height: Int = 0, duration: Double? = nil,
            problem: String? = nil, provenance: ProvenanceFacts? = nil, times: [String: Int] = [:]
        ) {
            self.evidence = evidence
            self.media = media
            self.format = format
            self.width = width
            self.height = height
            self.duration = duration
            self.problem = problem
            self.provenance = provenance
            self.times = times
        }
    }

    package init(
        caseID: CaseID, at: Date, pieces: Int, files: [File] = [], signals: [Signal] = [], withheld: Withheld? = nil
    ) {
        self.caseID = caseID
        self.at = at
        self.pieces = pieces
        self.files = files
        self.signals = signals
        self.withheld = withheld
    }
}
