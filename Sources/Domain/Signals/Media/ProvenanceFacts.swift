// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// Where a file says that it comes from. That it says nothing means nothing: most platforms strip such marks.
package struct ProvenanceFacts: Sendable, Hashable, Codable {
    /// The signed manifest (C2PA).
    package enum Manifest: String, Sendable, Hashable, Codable, CaseIterable {
        case none
        /// Whole, and signed by somebody on the operator's trust list.
        case trusted
        /// Whole, and signed by somebody else.
        case untrusted
        /// It does not fit the file, or is broken.
        case invalid
        /// There is one, and nothing here to verify it with.
        case unverified
        /// It lies elsewhere, from where nothing is fetched.
        case elsewhere
    }

    package var manifest: Manifest
    /// The library's codes for what is wrong with the manifest, from a fixed list.
    package var codes: [String]
    /// Whom the certificate of a signature that holds names as its holder: at most 64 characters, cleaned. Of an untrusted
    /// signature it is whatever its maker wrote. Nil where nobody is named, and in facts that were stored before there was this.
    package var signer: String?
    /// What the program that made the claim calls itself, which proves nothing: at most 64 characters, cleaned.
    package var claimGenerator: String?
    package var marks: [Mark]

    /// Something unsigned, or stated in a signed claim.
    package struct Mark: Sendable, Hashable, Codable {
        package enum Kind: String, Sendable, Hashable, Codable, CaseIterable {
            /// The IPTC's DigitalSourceType, in XMP or in a signed claim; its value is the last part of the term's address.
            case digitalSourceType = "digital-source-type"
            /// A trace of a generator; its value is the generator's name as we know it.
            case generator
        }

        package var kind: Kind
        package var value: String
        /// Where it stood: `xmp`, `exif`, `png-text`; `c2pa` for what the signed manifest says, `c2pa-ingredient` for what those of
        /// its ingredients say, which the signature does not vouch for.
        package var place: String

        package init(kind: Kind, value: String, place: String) {
            self.kind = kind
            self.value = value
            self.place = place
        }
    }

    package init(
        manifest: Manifest = .none, codes: [String] = [], signer: String? = nil, claimGenerator: String? = nil, marks: [Mark] = []
    ) {
        self.manifest = manifest
        self.codes = codes
        self.signer = signer
        self.claimGenerator = claimGenerator
        self.marks = marks
    }
}
