// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Foundation

/// A list on disk or standard input, read part by part in constant memory.
package struct RecordFile: AsyncSequence, Sendable {
    package typealias Element = RecordBatch

    private static let chunk = 256 << 10
    private let path: String
    private let options: RecordOptions

    /// - Parameter path: `-` for standard input.
    package init(path: String, options: RecordOptions = .init()) {
        self.path = path
        self.options = options
    }

    /// Bytes in the file, for progress; nil when that is not known.
    package var size: Int64? {
        guard path != "-" else { return nil }
        return (try? FileManager.default.attributesOfItem(atPath: path)[.size] as? NSNumber)?.int64Value
    }

    package func makeAsyncIterator() -> Iterator { Iterator(path: path, decoder: RecordDecoder(options: options)) }

    package struct Iterator: AsyncIteratorProtocol {
        private let path: String
        private var decoder: RecordDecoder
        private var handle: FileHandle?
        private var isAtEnd = false

        fileprivate init(path: String, decoder: RecordDecoder) {
            self.path = path
            self.decoder = decoder
        }

        package mutating func next() async throws(RecordFileError) -> RecordBatch? {
            let handle = try open()
            while true {
                if let batch = try decoder.next() { return batch }
                if isAtEnd { return nil }
                guard !Task.isCancelled else { throw .unreadable("cancelled") }
                guard let data = try? handle.read(upToCount: RecordFile.chunk) ?? Data() else {
                    throw .unreadable("\(path): cannot be read")
                }
                if data.isEmpty {
                    isAtEnd = true
                    decoder.finish()
                } else {
                    decoder.append(data)
                }
            }
        }

        private mutating func open() throws(RecordFileError) -> FileHandle {
            if let handle { return handle }
            let opened = path == "-" ? FileHandle.standardInput : FileHandle(forReadingAtPath: path)
            guard let opened else { throw .unreadable("\(path): cannot be opened") }
            handle = opened
            return opened
        }
    }
}
