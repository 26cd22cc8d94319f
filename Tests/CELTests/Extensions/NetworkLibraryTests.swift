// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import CEL
import Testing

@Suite("network: addresses and ranges in expressions")
struct NetworkLibraryTests {
    @Test(
        "addresses",
        arguments: [
            ("ip('127.0.0.1').family()", "4"), ("ip('::1').family()", "6"), ("isIP('1.2.3.4')", "true"),
            ("isIP('1.2.3')", "false"),
            ("ip('256.0.0.1')", "error"), ("isIP('fe80::1%eth0')", "false"), ("ip.isCanonical('2001:db8::1')", "true"),
            ("ip.isCanonical('2001:DB8::1')", "false"), ("ip.isCanonical('2001:db8:0:0:0:0:0:1')", "false"),
            ("ip.isCanonical('x')", "error"),
            ("string(ip('2001:DB8:0:0:1:0:0:1'))", "\"2001:db8::1:0:0:1\""),
            ("string(ip('1:0:2:0:3:0:4:0'))", "\"1:0:2:0:3:0:4:0\""),
            ("ip('10.1.2.3').isGlobalUnicast()", "true"), ("ip('224.0.0.1').isLinkLocalMulticast()", "true"),
            ("ip('febf::1').isLinkLocalUnicast()", "true"), ("ip('fec0::1').isLinkLocalUnicast()", "false"),
            ("ip('127.255.255.255').isLoopback()", "true"), ("ip('::').isUnspecified()", "true"),
            ("string(1) + string(ip('::'))", "\"1::\""),
            ("ip('::1') in [ip('::1')]", "true"), ("ip('::1') == dyn('::1')", "false"), ("type(ip('::1')) == net.IP", "true"),
        ])
    func addresses(source: String, expected: String) { #expect(extended(source) == expected) }

    @Test(
        "ranges",
        arguments: [
            ("cidr('10.0.0.0/8').containsIP(ip('10.0.0.1'))", "true"), ("cidr('10.0.0.0/8').containsIP('11.0.0.1')", "false"),
            ("cidr('10.0.0.0/8').containsIP('::ffff:a00:1')", "true"), ("cidr('10.0.0.0/8').containsIP('x')", "error"),
            ("cidr('10.0.0.0/8').containsCIDR('10.1.0.0/16')", "true"),
            ("cidr('10.1.0.0/16').containsCIDR('10.0.0.0/8')", "false"),
            ("cidr('0.0.0.0/0').containsIP('::1')", "false"), ("cidr('::/0').containsIP('::1')", "true"),
            ("string(cidr('192.168.1.5/24').ip())", "\"192.168.1.5\""), ("cidr('192.168.1.0/24').isMask()", "true"),
            ("cidr('192.168.1.5/24').isMask()", "false"), ("string(cidr('192.168.1.5/24').masked())", "\"192.168.1.0/24\""),
            ("cidr('2001:db8::/32').prefixLength()", "32"), ("isCIDR('10.0.0.1/8')", "true"), ("isCIDR('10.0.0.0/33')", "false"),
            ("cidr('192.168.1.5/24') == cidr('192.168.1.0/24')", "false"), ("type(cidr('::/0')) == net.CIDR", "true"),
            ("cidr('::/0').containsIP(1)", "refused"), ("isIP(cidr('::/0'))", "refused"), ("isIP(dyn(cidr('::/0')))", "error"),
        ])
    func ranges(source: String, expected: String) {
        #expect(extended(source) == expected)
    }

    @Test("callers may hand over addresses")
    func bindings() {
        #expect(extended("a.isLoopback()", ["a": .address(IPAddress(v4: 0x7F00_0001))]) == "true")
    }
}
