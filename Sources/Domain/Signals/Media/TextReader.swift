// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Moderation

/// Notices something in a text, wherever the text stood: a detector of texts that also serves what is written in pictures.
package protocol TextReader: Sendable {
    /// One signal for every declaration that this reader was made with, under its declared name.
    func signals(in text: String) -> [Signal]
}
