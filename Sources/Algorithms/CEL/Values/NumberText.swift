// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Doubles as text.
enum NumberText {
    /// The fewest digits that read back as the same number; with an exponent below 1e-4 and from 1e21 up.
    static func shortest(_ number: Double) -> String {
        if number.isNaN { return "NaN" }
        if number.isInfinite { return number < 0 ? "-Infinity" : "+Infinity" }
        let sign = number.sign == .minus ? "-" : ""
        if number == 0 { return sign + "0" }
        let (digits, point) = decimal(number.magnitude)
        if point < -3 || point > 21 {
            let exponent = point - 1
            let magnitude = String(exponent.magnitude)
            let fraction = digits.count > 1 ? "." + String(digits.dropFirst()) : ""
            let padded = magnitude.count < 2 ? "0" + magnitude : magnitude
            return sign + String(digits.prefix(1)) + fraction + "e" + (exponent < 0 ? "-" : "+") + padded
        }
        if point <= 0 { return sign + "0." + String(repeating: "0", count: -point) + digits }
        if digits.count <= point { return sign + digits + String(repeating: "0", count: point - digits.count) }
        return sign + String(digits.prefix(point)) + "." + String(digits.dropFirst(point))
    }

    /// Significant digits without zeros at either end, and where the decimal point stands relative to their start.
    private static func decimal(_ magnitude: Double) -> (digits: String, point: Int) {
        let parts = magnitude.description.split(separator: "e")
        let mantissa = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        let whole = String(mantissa[0])
        let fraction = mantissa.count > 1 ? String(mantissa[1]) : ""
        var point = whole.count + (parts.count > 1 ? Int(parts[1]) ?? 0 : 0)
        var digits = whole + fraction
        while digits.hasPrefix("0") {
            digits.removeFirst()
            point -= 1
        }
        while digits.hasSuffix("0") { digits.removeLast() }
        return (digits, point)
    }
}
