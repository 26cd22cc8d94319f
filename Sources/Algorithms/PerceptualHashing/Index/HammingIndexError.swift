// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Why an index cannot be opened or changed. Searching never throws.
public enum HammingIndexError: Error, Equatable, Sendable {
    /// Another process has the directory open for writing.
    case inUse(path: String)
    case unreadable(path: String, reason: String)
    /// The change was refused and nothing of it is kept, for instance because the disk is full.
    case unwritable(path: String, reason: String)
    /// The file is not what was written. `offset` is in bytes where it is known.
    case damaged(path: String, offset: Int?, reason: String)
    /// An earlier write left it unknown what is on the disk: close the index and open it again.
    case failed(path: String, reason: String)
    case outOfMemory
    case closed
}

extension HammingIndexError: CustomStringConvertible {
    public var description: String {
        switch self {
        case .inUse(let path): "\(path) is in use by another process; stop it first"
        case .unreadable(let path, let reason): "cannot read \(path): \(reason)"
        case .unwritable(let path, let reason): "cannot write \(path): \(reason); nothing was changed"
        case .damaged(let path, let offset, let reason):
            "\(path) is damaged\(offset.map { " at byte \($0)" } ?? ""): \(reason); restore the directory from a backup, or "
                + "move it away and build the index again from the banks"
        case .failed(let path, let reason): "\(path) failed earlier: \(reason); open the index again"
        case .outOfMemory: "not enough memory"
        case .closed: "the index is closed"
        }
    }
}
