// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

import ModelInputs

@testable import Signals
@testable import TextMatching

/// What is accepted means the same after it was written and read again.
func checkRecipe(_ bytes: [UInt8]) {
    let text = String(decoding: bytes, as: UTF8.self)
    if let recipe = ModelRecipe(text: text) { precondition(ModelRecipe(text: recipe.text) == recipe) }
    if let load = ModelLoad(text: text) { precondition(ModelLoad(text: load.text) == load) }
}

func checkPunycode(_ bytes: [UInt8]) {
    guard let scalars = Punycode.decode(bytes) else { return }
    precondition(scalars.allSatisfy { UnicodeScalar($0) != nil })
    precondition(Punycode.decode(Punycode.encode(scalars)) == scalars)
}

func checkLinks(_ bytes: [UInt8]) {
    let links = LinkExtractor().links(in: String(decoding: bytes, as: UTF8.self), limit: 100)
    precondition(links.count <= 100)
}

func checkContacts(_ bytes: [UInt8]) {
    for isFolded in [false, true] {
        var scanner = ContactScanner(bytes: bytes, isFolded: isFolded)
        for finding in scanner.scan() { precondition(!finding.entry.isEmpty) }
    }
}

func checkNumbers(_ bytes: [UInt8]) {
    var scanner = NumberScanner(bytes: bytes)
    for finding in scanner.scan() { precondition(!finding.entry.isEmpty) }
}
