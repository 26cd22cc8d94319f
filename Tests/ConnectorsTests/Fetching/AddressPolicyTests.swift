// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import Testing

@testable import Connectors

@Suite("Addresses")
struct AddressPolicyTests {
    @Test(
        "does not connect to what is not public",
        arguments: [
            // loopback, in every spelling that a resolver takes
            "127.0.0.1", "127.1", "127.0.1", "2130706433", "0x7f000001", "0x7f.1", "0x7F.0.0.1", "017700000001", "0177.0.0.1",
            "127.255.255.254", "127.0.0.1.", "::1", "[::1]", "0:0:0:0:0:0:0:1", "0000::0001",
            // unspecified and "this network"
            "0.0.0.0", "0", "0x0", "0.1.2.3", "::", "[::]",
            // private
            "10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "192.168.1.254", "0xc0a80001",
            "3232235521", "0300.0250.0.1", "192.11010049",
            // link-local and cloud metadata
            "169.254.0.1", "169.254.169.254", "0xa9fea9fe", "2852039166", "fe80::1", "febf::1",
            // shared, multicast, reserved, broadcast
            "100.64.0.1", "100.127.255.255", "224.0.0.1", "239.255.255.255", "240.0.0.1", "255.255.255.255", "ff02::1", "ff0e::1",
            // documentation, benchmarking, protocol assignments
            "192.0.2.1", "198.51.100.7", "203.0.113.9", "198.18.0.1", "198.19.255.255", "192.0.0.1", "192.0.0.170", "192.88.99.1",
            "2001:db8::1", "3fff::1", "2001::1", "2001:2::1", "2001:10::1", "100::1", "5f00::1",
            // unique local and site local
            "fc00::1", "fd12:3456:789a::1", "fec0::1",
            // an IPv4 address inside
            "::ffff:127.0.0.1", "::ffff:7f00:1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "64:ff9b::127.0.0.1",
            "64:ff9b::a00:1",
            "64:ff9b:1::1", "2002:7f00:1::", "2002:a00:1::1", "2002:c0a8:101::1", "::127.0.0.1", "::10.0.0.1",
            // no address at all
            "", ".", "example.org", "1.2.3.4.5", "256.1.1.1", "1.2.3.256", "4294967296", "08.8.8.8", "1..2", "-1", "+1.1.1.1",
            "0x",
            "0x-1.1.1.1", ":", ":::", "1::2::3", "fe80::1%eth0", "12345::1", "::ffff:1.2.3", "[::1", "1:2:3:4:5:6:7:8:9",
            "8.8.8.8/0",
        ])
    func closed(address: String) {
        #expect(!AddressPolicy.publicOnly.permits(address))
    }

    @Test(
        "connects to the public network",
        arguments: [
            "1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
            "169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.1", "192.0.1.1", "192.167.255.255", "192.169.0.1",
            "198.17.255.255", "198.20.0.1", "203.0.112.1", "203.0.114.1", "223.255.255.255", "134744072", "0x08080808",
            "010.8.8.8",
            "2606:4700:4700::1111", "[2a00:1450:4001:81b::200e]", "2001:4860:4860::8888", "2001:200::1", "::ffff:8.8.8.8",
            "64:ff9b::8.8.8.8", "2002:808:808::1",
        ])
    func open(address: String) {
        #expect(AddressPolicy.publicOnly.permits(address))
    }

    @Test("connects to a network that the operator allows, and to no other")
    func allowed() throws {
        let policy = try #require(AddressPolicy(allowing: ["10.1.0.0/16", "::1/128"]))
        #expect(policy.permits("10.1.255.255") && policy.permits("::1"))
        #expect(
            !policy.permits("10.2.0.0") && !policy.permits("10.0.255.255") && !policy.permits("127.0.0.1")
                && !policy.permits("::2"))
        #expect(AddressPolicy(allowing: ["10.1.0.0"]) == nil && AddressPolicy(allowing: ["10.1.0.0/33"]) == nil)
    }

    @Test("reads every spelling of an address as the same bytes")
    func spellings() {
        for text in ["8.8.8.8", "134744072", "0x08080808", "010.010.010.010", "8.526344", "8.8.2056"] {
            #expect(IPAddress(text)?.text == "8.8.8.8")
        }
        #expect(IPAddress("[2001:DB8::A:0:1]")?.text == "2001:db8:0:0:0:a:0:1")
    }
}
