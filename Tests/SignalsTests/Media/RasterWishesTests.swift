// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Signals
import Testing

@Suite("Sizes of pictures that are wished")
struct RasterWishesTests {
    @Test("each is there once, and one too many is refused")
    func most() {
        var wishes = MediaWishes()
        let sizes = [64, 128, 256, 512].map { RasterWish.fit(longest: $0) }
        let areMade = (sizes + [.grey(longest: 1_600)] + sizes).map { wishes.add($0) }
        #expect(areMade == [true, true, true, true, false, true, true, true, true])
        #expect(wishes.rasters == sizes)
    }
}
