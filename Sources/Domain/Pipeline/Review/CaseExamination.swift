// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation
package import Signals

package import struct Foundation.Date

/// What the program found in what a case holds, worked out once for whoever reviews it. It helps to look; it decides nothing.
package struct CaseExamination: Hashable, Sendable, Codable {
    package var caseID: CaseID
    package var at: Date
    /// The evidence that it is of; more may have come since.
    package var pieces: [EvidenceID]
    package var files: [File]
    /// Of text and files together; a measurement says of which file it is.
    package var signals: [Signal]
    /// Why no detector was asked; nil when they were.
    package var withheld: Withheld?
    /// Kept versions of the item whose words are the same though their bytes are not, together. Nil when there are none.
    package var sameTexts: [[EvidenceID]]?

    package enum Withheld: String, Hashable, Sendable, Codable {
        /// It comes from a space that is not public now: detectors read public events only.
        case notPublic
        /// There is nothing left to look at.
        case nothingKept
        /// It was tried again and again; what stands beside this is of an earlier time.
        case givenUp
    }

    /// One file as the decoder saw it.
    package struct File: Hashable, Sendable, Codable {
        package var evidence: EvidenceID
        /// As measurements name it.
        package var media: MediaID?
        package var sha256: String
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
            evidence: EvidenceID, media: MediaID?, sha256: String, format: String = "", width: Int = 0, height: Int = 0,
            duration: Double? = nil,
            problem: String? = nil, provenance: ProvenanceFacts? = nil, times: [String: Int] = [:]
        ) {
            self.evidence = evidence
            self.media = media
            self.sha256 = sha256
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
        caseID: CaseID, at: Date, pieces: [EvidenceID], files: [File] = [], signals: [Signal] = [], withheld: Withheld? = nil
    ) {
        self.caseID = caseID
        self.at = at
        self.pieces = pieces
        self.files = files
        self.signals = signals
        self.withheld = withheld
    }
}
