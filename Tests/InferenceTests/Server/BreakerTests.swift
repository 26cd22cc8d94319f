// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import Inference

@Suite("Breaker")
struct BreakerTests {
    private let start = ContinuousClock.now

    private func broken() -> Breaker {
        var breaker = Breaker()
        for second in 0..<5 { breaker.failed(at: start + .seconds(second)) }
        return breaker
    }

    @Test("five failures within ten seconds open it, four do not")
    func opens() {
        var breaker = Breaker()
        for second in 0..<4 { breaker.failed(at: start + .seconds(second)) }
        let four = breaker.admits(at: start + .seconds(4))
        #expect(four)
        breaker.failed(at: start + .seconds(4))
        let five = breaker.admits(at: start + .seconds(5))
        #expect(!five)
    }

    @Test("failures far apart do not open it")
    func farApart() {
        var breaker = Breaker()
        for time in 0..<20 { breaker.failed(at: start + .seconds(time * 3)) }
        #expect(breaker.isClosed)
    }

    @Test("a success forgets the failures before it")
    func forgets() {
        var breaker = Breaker()
        for time in 0..<20 {
            breaker.failed(at: start + .milliseconds(time))
            if time % 4 == 3 { breaker.succeeded() }
        }
        #expect(breaker.isClosed)
    }

    @Test("after the pause one probe passes; its success closes it")
    func probes() {
        var breaker = broken()
        let early = breaker.admits(at: start + .milliseconds(8_900))
        let probe = breaker.admits(at: start + .seconds(9))
        let second = breaker.admits(at: start + .seconds(9))
        #expect(!early && probe && !second)
        breaker.succeeded()
        let after = breaker.admits(at: start + .seconds(9))
        #expect(after && breaker.isClosed)
    }

    @Test("a probe that fails opens it for another pause")
    func failedProbe() {
        var breaker = broken()
        _ = breaker.admits(at: start + .seconds(9))
        breaker.failed(at: start + .seconds(10))
        let early = breaker.admits(at: start + .seconds(14))
        let next = breaker.admits(at: start + .seconds(15))
        #expect(!early && next)
    }

    @Test("a probe that is taken back leaves the place to the next")
    func takenBack() {
        var breaker = broken()
        _ = breaker.admits(at: start + .seconds(9))
        breaker.gaveUp(at: start + .seconds(9))
        let next = breaker.admits(at: start + .seconds(9))
        #expect(next && !breaker.isClosed)
    }
}
