// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

extension Checker {
    mutating func list(_ elements: [Expression.ListElement]) -> CELType {
        var joined: CELType?
        for element in elements {
            var type = check(element.value)
            if element.isOptional { type = unwrapped(type, element.value.range) }
            joined = join(joined, type)
        }
        return .list(joined ?? unification.fresh())
    }

    mutating func map(_ entries: [Expression.MapEntry]) -> CELType {
        var (keys, values): (CELType?, CELType?)
        for entry in entries {
            keys = join(keys, check(entry.key))
            var type = check(entry.value)
            if entry.isOptional { type = unwrapped(type, entry.value.range) }
            values = join(values, type)
        }
        return .map(keys ?? unification.fresh(), values ?? unification.fresh())
    }

    /// The common type of elements; `dyn` when they have none.
    private mutating func join(_ earlier: CELType?, _ type: CELType) -> CELType {
        guard let earlier else { return type }
        return unification.join(earlier, type) ?? .dyn
    }

    /// What an optional element holds.
    private mutating func unwrapped(_ type: CELType, _ range: Range<Int>) -> CELType {
        let inner = unification.fresh()
        guard unification.attempt({ $0.unify(type, .optional(inner)) }) else {
            report(range, "this is \(unification.final(type)), not an optional", expected: "an optional after '?'")
            return .error
        }
        return unification.resolved(type) == .dyn ? .dyn : inner
    }

    mutating func message(
        _ name: String, _ isRooted: Bool, _ fields: [Expression.FieldEntry], _ expression: Expression
    ) -> CELType {
        guard let type = messageType(name, isRooted) else {
            for field in fields { _ = check(field.value) }
            let nearest = Spelling.nearest(to: name, in: declarations.messages.keys)
            return fail(
                expression, expression.mark, .unbound, "there is no message type '\(name)'",
                hint: nearest.map { "did you mean '\($0)'?" })
        }
        refer(expression, to: .messageType(type))
        for entry in fields {
            let given = check(entry.value)
            guard let field = type[entry.field] else {
                noField(entry.field, entry.fieldRange, of: type)
                continue
            }
            let wanted = entry.isOptional ? CELType.optional(field.type) : field.type
            if !unification.attempt({ $0.unify(given, wanted) }) {
                report(
                    entry.value.range, "the field '\(entry.field)' cannot be \(unification.final(given))", expected: "\(wanted)")
            }
        }
        return .ofMessage(type.name)
    }

    private func messageType(_ name: String, _ isRooted: Bool) -> MessageType? {
        if isRooted { return messages[name] }
        for candidate in candidates(for: name) {
            if let type = messages[candidate] { return type }
        }
        return nil
    }

    mutating func conditional(_ test: Expression, _ yes: Expression, _ no: Expression) -> CELType {
        condition(test)
        let (first, second) = (check(yes), check(no))
        if let joined = unification.join(first, second) { return joined }
        let (a, b) = (unification.final(first), unification.final(second))
        report(
            no.range, "the two results of '?:' differ: \(a) and \(b)", expected: "\(a)", hint: "convert one, or wrap it in dyn()")
        return .dyn
    }

    mutating func loop(_ loop: Expression.Loop, _ expression: Expression) -> CELType {
        let range = unification.resolved(check(loop.range))
        var (key, element) = (CELType.dyn, CELType.dyn)
        switch range {
        case .list(let type): (key, element) = (.int, type)
        case .map(let keys, let values): (key, element) = (keys, values)
        case .dyn, .error, .any: break
        case .parameter: _ = unification.attempt { $0.unify(range, .dyn) }
        default:
            report(loop.range.range, "'\(loop.kind.rawValue)' cannot go through \(range)", expected: "a list or a map")
        }
        let isMap = if case .map = range { true } else { false }
        let single = isMap ? key : element
        let first = declare(loop.variable, loop.secondVariable == nil ? single : key)
        if let second = loop.secondVariable { _ = declare(second, element) }
        refer(expression, to: .local(first))
        defer { locals.removeLast(loop.secondVariable == nil ? 1 : 2) }
        if let predicate = loop.predicate { condition(predicate) }
        let transform = loop.transform.map { check($0) } ?? .dyn
        switch loop.kind {
        case .all, .exists, .existsOne: return .bool
        case .filter: return .list(single)
        case .map, .transformList: return .list(transform)
        case .transformMap: return .map(key, transform)
        case .transformMapEntry:
            let entry = unification.resolved(transform)
            switch entry {
            case .map: return entry
            case .dyn, .error, .any, .parameter: return .map(.dyn, .dyn)
            default:
                report(
                    loop.transform?.range ?? expression.range, "this is \(entry), not an entry", expected: "a map of one entry")
                return .map(.dyn, .dyn)
            }
        }
    }
}
