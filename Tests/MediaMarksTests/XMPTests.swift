// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import MediaMarks

@Suite("XMP")
struct XMPTests {
    private func terms(_ description: String) -> [String] {
        XMPPacket(Files.xmp(description)[...]).values(of: .digitalSourceType).compactMap(DigitalSourceType.term(of:))
    }

    private let bound = #"xmlns:p="\#(Files.iptc)""#

    @Test("a property is an attribute or an element, whatever its prefix is called")
    func forms() {
        let forms = [
            #"<rdf:Description \#(bound) p:DigitalSourceType="\#(Files.machine)"/>"#,
            #"<rdf:Description xmlns:p = '\#(Files.iptc)' p:DigitalSourceType = '\#(Files.machine)'/>"#,
            "<rdf:Description \(bound)>\n<p:DigitalSourceType>\n \(Files.machine) </p:DigitalSourceType></rdf:Description>",
            #"<rdf:Description \#(bound)><p:DigitalSourceType rdf:resource="\#(Files.machine)"/></rdf:Description>"#,
            "<rdf:Description \(bound)><p:DigitalSourceType><rdf:Bag><rdf:li a='>'>\(Files.machine)</rdf:li></rdf:Bag>"
                + "</p:DigitalSourceType></rdf:Description>",
            "<rdf:Description \(bound)><p:DigitalSourceType><![CDATA[\(Files.machine)]]></p:DigitalSourceType>",
            #"<DigitalSourceType xmlns="\#(Files.iptc)">\#(Files.machine)</DigitalSourceType>"#,
            "<rdf:Description p:DigitalSourceType='\(Files.machine)'\n\t\(bound)/>",
            "<rdf:Description \(bound) p:DigitalSourceType='trainedAlgorithmicMedia'/>",
            "<rdf:Description \(bound) p:DigitalSourceType='http:&#x2F;&#47;cv.iptc.org/newscodes/digitalsourcetype/"
                + "trainedAlgorithmicMedia'/>",
        ]
        for form in forms { #expect(terms(form) == ["trainedAlgorithmicMedia"], "\(form)") }
    }

    @Test("other properties, other namespaces, comments and other values are nothing")
    func others() {
        let others = [
            #"<rdf:Description xmlns:p="http://example.org/" p:DigitalSourceType="\#(Files.machine)"/>"#,
            #"<rdf:Description \#(bound) q:DigitalSourceType="\#(Files.machine)"/>"#,
            #"<rdf:Description \#(bound) p:DigitalSourceTypes="\#(Files.machine)"/>"#,
            #"<rdf:Description \#(bound) p:MyDigitalSourceType="\#(Files.machine)"/>"#,
            #"<rdf:Description \#(bound)><!-- <p:DigitalSourceType>\#(Files.machine)</p:DigitalSourceType> -->"#,
            #"<rdf:Description \#(bound) p:DigitalSourceType="http://example.org/trainedAlgorithmicMedia"/>"#,
            #"<rdf:Description \#(bound) p:DigitalSourceType="\#(Files.machine)?x"/>"#,
            #"<rdf:Description \#(bound) p:DigitalSourceType="made with love"/>"#,
            #"<rdf:Description \#(bound)><p:DigitalSourceType></p:DigitalSourceType>\#(Files.machine)"#,
            #"<rdf:Description \#(bound) dc:title="p:DigitalSourceType \#(Files.machine)"/>"#,
        ]
        for other in others { #expect(terms(other).isEmpty, "\(other)") }
    }

    @Test("a packet in UTF-16 is read")
    func wide() {
        let wide: [UInt8] = Files.madeByMachine.flatMap { [0, $0] as [UInt8] }
        #expect(XMPPacket(wide[...]).values(of: .digitalSourceType).count == 1)
    }

    @Test("programs and credits that name a generator, and an address of a manifest elsewhere")
    func generators() {
        func said(_ description: String) -> [String] {
            MediaMarksTests.said(Files.webp(("XMP ", Files.xmp(description))), .webp)
        }
        #expect(
            said(#"<rdf:Description xmlns:x="http://ns.adobe.com/xap/1.0/" x:CreatorTool="Adobe Firefly"/>"#)
                == ["generator:adobe-firefly"])
        #expect(
            said(#"<rdf:Description xmlns:x="http://ns.adobe.com/photoshop/1.0/" x:Credit="Made with Google AI"/>"#)
                == ["generator:google-ai"])
        #expect(said(#"<rdf:Description xmlns:x="http://ns.adobe.com/xap/1.0/" x:CreatorTool="Adobe Photoshop"/>"#).isEmpty)
        let json = "{&quot;c&quot;:&quot;x&quot;,&quot;sampler&quot;:&quot;y&quot;,&quot;seed&quot;:1}"
        #expect(
            said(
                "<d xmlns:e='http://ns.adobe.com/exif/1.0/'><e:UserComment><rdf:Alt><rdf:li>\(json)</rdf:li></rdf:Alt></e:UserComment>"
            ) == ["generator:draw-things"])
        #expect(
            said(#"<rdf:Description xmlns:t="http://purl.org/dc/terms/" t:provenance="http://192.0.2.1/manifest"/>"#)
                == ["c2pa:elsewhere"])
    }

    @Test("packets made to take long do not")
    func hostile() {
        let started = ContinuousClock.now
        let parts = ["xmlns:p=\"", "<p:DigitalSourceType ", "<p:DigitalSourceType>", "<!--", "&#", "xmlns:a=\"b\" ", "<![CDATA["]
        for part in parts {
            let packet = Array(("<d \(bound) " + String(repeating: part, count: (1 << 19) / part.count)).utf8)
            _ = XMPPacket(packet[...]).values(of: .digitalSourceType)
        }
        #expect(ContinuousClock.now - started < .seconds(60))
    }
}
