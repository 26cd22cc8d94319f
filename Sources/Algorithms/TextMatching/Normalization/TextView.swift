// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

/// One way to look at a text. Each undoes more than the one before; docs/howto/match-text.md has the table.
public enum TextView: Sendable, Hashable, CaseIterable {
    /// The bytes as they are.
    case exact
    /// What people see: compatibility forms (NFKC), without characters that show nothing, letters of Hangul written as
    /// syllables, white
    /// space as single spaces. Letter case is kept, for links.
    case visible
    /// As `visible`, without letter case and without stacks of marks.
    case folded
    /// As `folded`, and letters that look alike are one letter; marks on letters go.
    case skeleton
    /// As `skeleton`, and letters set apart are joined (s p a m), stretched letters are single (spaaam).
    case squeezed
    /// As `squeezed`, and digits and signs inside words are read as letters (sp4m). The most eager: ask a person about what it
    /// finds.
    case leet

    var foldsCase: Bool { self != .exact && self != .visible }
    var unifiesLookAlikes: Bool { self == .skeleton || squeezes }
    var squeezes: Bool { self == .squeezed || self == .leet }
}
