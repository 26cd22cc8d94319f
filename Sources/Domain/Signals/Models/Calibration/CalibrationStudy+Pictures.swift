// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Moderation

/// The study as two pictures. They hold words for those who cannot see them, no script and nothing from elsewhere.
extension CalibrationStudy {
    private static let side = 400.0
    private static let margin = 60.0

    /// False alarms to the right, hits upwards.
    package var rocPicture: String {
        let points = roc.points.map { point in (roc.falseAlarms(at: point).share, roc.recall(at: point).share) }
        let (low, high) = roc.areaInterval
        return Self.picture(
            title: "How \(output) tells upheld cases from others",
            description: "The curve of hits over false alarms; the area under it is \(roc.area.digits(3)), "
                + "with 95 % confidence between \(low.digits(3)) and \(high.digits(3)). The dashed line is chance, 0.5.",
            across: "false alarms: share of the cases not upheld", up: "hits: share of the upheld cases",
            Self.line(Self.thinned(points)))
    }

    /// What the curve said to the right, what people said upwards.
    package var reliabilityPicture: String {
        var body = ""
        for bin in reliability {
            let (x, interval) = (Self.x(bin.said), bin.interval)
            let y = Self.y(Double(bin.upheld) / Double(bin.of))
            body += """
                <path d="M\(x.digits(1)) \(Self.y(interval.lower).digits(1))V\(Self.y(interval.upper).digits(1))" stroke="#1f5fa8" stroke-width="2"/>
                <circle cx="\(x.digits(1))" cy="\(y.digits(1))" r="5" fill="#1f5fa8"><title>said \(Self.percent(bin.said)), upheld \(bin.upheld) of \(bin.of)</title></circle>

                """
        }
        let words = reliability.map { "said \(Self.percent($0.said)), upheld \($0.upheld) of \($0.of)" }.joined(separator: "; ")
        return Self.picture(
            title: "What the calibration of \(output) said and what people said",
            description: "Cases that the curve was not fitted to, in groups by what it said, with intervals of 95 %: \(words). "
                + "On the dashed line both are equal.",
            across: "share that the calibration said", up: "share that people upheld", body)
    }

    private static func x(_ share: Double) -> Double { margin + share * side }
    private static func y(_ share: Double) -> Double { 20 + side - share * side }

    private static func line(_ points: [(Double, Double)]) -> String {
        let path = points.map { "\(x($0.0).digits(1)),\(y($0.1).digits(1))" }.joined(separator: " ")
        return "<polyline points=\"\(path)\" fill=\"none\" stroke=\"#1f5fa8\" stroke-width=\"2\"/>\n"
    }

    /// No more points than there are pixels.
    private static func thinned(_ points: [(Double, Double)]) -> [(Double, Double)] {
        let step = max(1, points.count / 400)
        return points.enumerated().filter { $0.offset % step == 0 || $0.offset == points.count - 1 }.map(\.element)
    }

    private static func picture(title: String, description: String, across: String, up: String, _ body: String) -> String {
        var scale = ""
        for tenth in stride(from: 0, through: 10, by: 2) {
            let (share, label) = (Double(tenth) / 10, tenth == 10 ? "1" : "0.\(tenth)")
            scale += """
                <text x="\(x(share).digits(1))" y="\((side + 38).digits(1))" text-anchor="middle">\(label)</text>
                <text x="\((margin - 8).digits(1))" y="\((y(share) + 4).digits(1))" text-anchor="end">\(label)</text>

                """
        }
        let middle = margin + side / 2
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 480 480" role="img" aria-labelledby="title description" font-family="sans-serif" font-size="13">
            <title id="title">\(escaped(title))</title>
            <desc id="description">\(escaped(description))</desc>
            <rect width="480" height="480" fill="#ffffff"/>
            <g fill="#222222">
            \(scale)<text x="\(middle.digits(1))" y="\((side + 62).digits(1))" text-anchor="middle">\(escaped(across))</text>
            <text x="16" y="\((20 + side / 2).digits(1))" text-anchor="middle" transform="rotate(-90 16 \((20 + side / 2).digits(1)))">\(escaped(up))</text>
            </g>
            <rect x="\(margin.digits(1))" y="20" width="\(side.digits(1))" height="\(side.digits(1))" fill="none" stroke="#666666"/>
            <path d="M\(x(0).digits(1)) \(y(0).digits(1))L\(x(1).digits(1)) \(y(1).digits(1))" stroke="#666666" stroke-dasharray="6 4"/>
            \(body)</svg>

            """
    }

    private static func escaped(_ text: String) -> String {
        text.reduce(into: "") { result, character in
            switch character {
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "&": result += "&amp;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
    }
}
