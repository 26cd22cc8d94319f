// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Glibc

/// One running worker, owned by one thread: a process and the socket pair that is its standard input and output. Every call
/// blocks, at most until its deadline.
final class WorkerProcess {
    enum Failure: Error {
        /// Why, and which model it was loading when it ended.
        case cannotStart(String, loading: String?)
        case died
        case deadline
        case nonsense

        /// A word for logs and counters.
        var name: String {
            switch self {
            case .cannotStart: "start"
            case .died: "died"
            case .deadline: "deadline"
            case .nonsense: "nonsense"
            }
        }
    }

    /// Longest greeting that makes sense.
    private static let largestGreeting = 16_384

    let processID: pid_t
    /// What the worker said when it was ready.
    private(set) var greeting = WorkerGreeting()
    private(set) var jobs = 0
    private let socket: Descriptor

    /// Starts it and waits until it is ready. Before that it may name models that it is about to load: `loading NAME`.
    init(command: [String], role: String, deadline: Duration) throws(Failure) {
        let (ours, its) = try Self.socketPair()
        socket = ours
        processID = try Self.spawn(command, standardStreams: its)
        its.close()
        _ = fcntl(ours.number, F_SETFL, O_NONBLOCK)
        let end = ContinuousClock.now + deadline
        var loading: String?
        do throws(Failure) {
            var first = try receive(atMost: Self.largestGreeting, until: end)
            for _ in 0..<64 where first.starts(with: "loading ".utf8) {
                loading = String(decoding: first.dropFirst(8), as: UTF8.self)
                first = try receive(atMost: Self.largestGreeting, until: end)
            }
            loading = nil
            guard let greeting = WorkerGreeting(first), greeting.role == nil || greeting.role == role else { throw .nonsense }
            self.greeting = greeting
        } catch .deadline {
            throw .cannotStart("the worker was not ready in \(deadline)", loading: loading)
        } catch .nonsense {
            throw .cannotStart("\(command[0]) is no media worker of this version", loading: nil)
        } catch {
            throw .cannotStart("the worker ended before it was ready", loading: loading)
        }
    }

    deinit {
        // The process is ours and not yet waited for, so the number can't belong to another one.
        kill(processID, SIGKILL)
        var status: Int32 = 0
        while waitpid(processID, &status, 0) < 0, errno == EINTR {}
    }

    /// Whether the process has ended, or said something without being asked.
    var isUnusable: Bool {
        var state = pollfd(fd: socket.number, events: Int16(POLLIN), revents: 0)
        return poll(&state, 1, 0) != 0
    }

    /// Sends one message, whose parts are put together, and returns the answer.
    func ask(
        _ parts: [[UInt8]], answerAtMost largestAnswer: Int, within deadline: Duration
    ) throws(Failure) -> [UInt8] {
        let end = ContinuousClock.now + deadline
        jobs += 1
        let length = parts.reduce(0) { $0 + $1.count }
        try send((0..<4).map { UInt8(truncatingIfNeeded: length >> (8 * $0)) } + (parts.first ?? []), until: end)
        for part in parts.dropFirst() { try send(part, until: end) }
        return try receive(atMost: largestAnswer, until: end)
    }

    // MARK: - Messages

    private func send(_ bytes: [UInt8], until end: ContinuousClock.Instant) throws(Failure) {
        var sent = 0
        while sent < bytes.count {
            // A worker that has died must be an error here, not a SIGPIPE that ends this process.
            let count = bytes.withUnsafeBytes {
                Glibc.send(socket.number, $0.baseAddress?.advanced(by: sent), $0.count - sent, Int32(MSG_NOSIGNAL))
            }
            if count > 0 {
                sent += count
            } else if count < 0, errno == EAGAIN {
                try wait(for: POLLOUT, until: end)
            } else if count == 0 || errno != EINTR {
                throw .died
            }
        }
    }

    private func receive(atMost largest: Int, until end: ContinuousClock.Instant) throws(Failure) -> [UInt8] {
        let header = try receive(4, until: end)
        let length = header.reversed().reduce(0) { $0 << 8 | Int($1) }
        guard length <= largest else { throw .nonsense }
        return try receive(length, until: end)
    }

    private func receive(_ length: Int, until end: ContinuousClock.Instant) throws(Failure) -> [UInt8] {
        var bytes = [UInt8](repeating: 0, count: length)
        var filled = 0
        while filled < length {
            let count = bytes.withUnsafeMutableBytes {
                read(socket.number, $0.baseAddress?.advanced(by: filled), $0.count - filled)
            }
            if count > 0 {
                filled += count
            } else if count < 0, errno == EAGAIN {
                try wait(for: POLLIN, until: end)
            } else if count == 0 || errno != EINTR {
                throw .died
            }
        }
        return bytes
    }

    private func wait(for event: Int32, until end: ContinuousClock.Instant) throws(Failure) {
        let left = ContinuousClock.now.duration(to: end)
        guard left > .zero else { throw .deadline }
        let milliseconds = left.components.seconds * 1_000 + left.components.attoseconds / 1_000_000_000_000_000 + 1
        var state = pollfd(fd: socket.number, events: Int16(event), revents: 0)
        _ = poll(&state, 1, Int32(clamping: milliseconds))
    }

    // MARK: - Starting

    /// A connected pair that no other child inherits.
    private static func socketPair() throws(Failure) -> (ours: Descriptor, its: Descriptor) {
        var pair: [Int32] = [-1, -1]
        let type = Int32(SOCK_STREAM.rawValue | SOCK_CLOEXEC.rawValue)
        guard socketpair(AF_UNIX, type, 0, &pair) == 0 else {
            throw .cannotStart("no socket pair (error \(errno))", loading: nil)
        }
        return (Descriptor(pair[0]), Descriptor(pair[1]))
    }

    /// posix_spawn, because a process with threads must not fork. The child has an empty environment (but for the loader's
    /// path), its own process group, so that Ctrl-C in a terminal is the parent's business, and no signal blocked.
    private static func spawn(_ command: [String], standardStreams: Descriptor) throws(Failure) -> pid_t {
        var actions = posix_spawn_file_actions_t()
        var attributes = posix_spawnattr_t()
        posix_spawn_file_actions_init(&actions)
        posix_spawnattr_init(&attributes)
        defer {
            posix_spawn_file_actions_destroy(&actions)
            posix_spawnattr_destroy(&attributes)
        }
        posix_spawn_file_actions_adddup2(&actions, standardStreams.number, 0)
        posix_spawn_file_actions_adddup2(&actions, standardStreams.number, 1)
        var signals = sigset_t()
        sigemptyset(&signals)
        posix_spawnattr_setsigmask(&attributes, &signals)
        for signal in [SIGPIPE, SIGTERM, SIGINT, SIGHUP] { sigaddset(&signals, signal) }
        posix_spawnattr_setsigdefault(&attributes, &signals)
        posix_spawnattr_setflags(
            &attributes, Int16(POSIX_SPAWN_SETSIGMASK) | Int16(POSIX_SPAWN_SETSIGDEF) | Int16(POSIX_SPAWN_SETPGROUP))

        let path = getenv("LD_LIBRARY_PATH").map { ["LD_LIBRARY_PATH=" + String(cString: $0)] } ?? []
        let arguments: [UnsafeMutablePointer<CChar>?] = command.map { strdup($0) } + [nil]
        let environment: [UnsafeMutablePointer<CChar>?] = path.map { strdup($0) } + [nil]
        defer { (arguments + environment).forEach { free($0) } }
        var processID: pid_t = 0
        let result = posix_spawn(&processID, command[0], &actions, &attributes, arguments, environment)
        guard result == 0 else {
            throw .cannotStart("\(command[0]) can't be run (\(String(cString: strerror(result))))", loading: nil)
        }
        return processID
    }
}

/// A file descriptor that is closed once.
private final class Descriptor {
    let number: Int32
    private var isOpen = true

    init(_ number: Int32) { self.number = number }

    func close() {
        guard isOpen else { return }
        isOpen = false
        Glibc.close(number)
    }

    deinit { close() }
}
