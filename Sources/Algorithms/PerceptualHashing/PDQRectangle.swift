// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// A part of a picture, in pixels from its top left corner.
public struct PDQRectangle: Sendable, Hashable, Codable {
    public var x: Int
    public var y: Int
    public var width: Int
    public var height: Int

    public init(x: Int, y: Int, width: Int, height: Int) {
        self.x = x
        self.y = y
        self.width = width
        self.height = height
    }

    /// Whether the part has pixels and lies inside a picture of that size.
    func isInside(width outerWidth: Int, height outerHeight: Int) -> Bool {
        width > 0 && height > 0 && x >= 0 && y >= 0 && x <= outerWidth - width && y <= outerHeight - height
    }
}
