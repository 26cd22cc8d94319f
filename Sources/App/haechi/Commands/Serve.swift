// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ArgumentParser
import Casework
import Foundation
import HaechiServer
import Logging
import Metrics
import NIOCore
import Pipeline
import ServiceLifecycle
import Signals
import Storage
import UnixSignals

struct Serve: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Runs everything in one process until it is told to stop.",
        discussion: """
            With no settings at all: SQLite in ./var, API and console on http://127.0.0.1:8080, policies from ./Policies.
            Stop it with Ctrl-C or SIGTERM: it finishes what it has begun; what is queued goes on with the next start.
            """)

    @OptionGroup var options: SettingsOptions
    @Option(help: "The same as --set http.port=…; 0 picks a free port and prints it.") var port: Int?
    @Option(help: "The same as --set http.host=…") var host: String?

    func run() async throws {
        var flags: [String: String] = [:]
        if let port { flags["http.port"] = String(port) }
        if let host { flags["http.host"] = host }
        let settings = try await options.settings(more: flags)
        let logger = Self.startLogging(settings)
        let metrics = PrometheusMetrics()
        MetricsSystem.bootstrap(metrics)
        do {
            try await Self.serve(settings, metrics: metrics, logger: logger)
        } catch let error as StorageError {
            Terminal.complain(["\(error)"])
            throw ExitCode(74)  // EX_IOERR
        } catch let error as SettingsError {
            Terminal.complain(error.problems)
            throw ExitCode(78)  // EX_CONFIG
        } catch let error as LookBackError {
            Terminal.complain(["\(error)"])
            throw ExitCode(74)
        } catch let error as ServerOptionsError {
            Terminal.complain(["\(error)"])
            throw ExitCode(78)
        }
    }

    private static func serve(_ settings: Settings, metrics: PrometheusMetrics, logger: Logger) async throws {
        let serverOptions = ServerOptions(settings)
        try serverOptions.validate()
        let system = try await HaechiSystem(settings, logger: logger)
        let console = try Console(ports: system.ports, options: ConsoleOptions(settings))
        let host = serverOptions.host
        let server = try makeApplication(
            ports: system.ports, options: serverOptions, metrics: metrics, logger: logger,
            console: { console.addRoutes(to: $0) },
            onServerRunning: { channel in
                // Tools wait for this line.
                Terminal.say("haechi: listening on http://\(host):\(channel.localAddress?.port ?? 0) (console: /console)")
            })
        if try await system.ports.accounts.accounts().isEmpty {
            logger.notice("nobody can log in to the console yet: haechi account create --name NAME")
        }
        var configuration = ServiceGroupConfiguration(
            services: (system.services + [server, LivePages(feed: system.ports.feed)]).map { .init(service: $0) },
            gracefulShutdownSignals: [.sigterm, .sigint], cancellationSignals: [.sigquit], logger: logger)
        // What is in work then is cut off; it is durable and goes on with the next start.
        configuration.maximumGracefulShutdownDuration = .seconds(5)
        let group = ServiceGroup(configuration: configuration)
        do {
            try await group.run()
        } catch {
            await system.close()
            throw error
        }
        await system.close()
        logger.info("stopped")
    }

    private static func startLogging(_ settings: Settings) -> Logger {
        let level = Logger.Level(rawValue: settings.text("log.level")) ?? .info
        LoggingSystem.bootstrap { label in
            var handler = StreamLogHandler.standardError(label: label)
            handler.logLevel = level
            return handler
        }
        return Logger(label: "haechi")
    }
}

/// Stops first, and ends the streams of open pages, so that the server does not wait for them.
private struct LivePages: Service {
    let feed: LiveFeed

    func run() async throws {
        try? await gracefulShutdown()
        await feed.close()
    }
}
