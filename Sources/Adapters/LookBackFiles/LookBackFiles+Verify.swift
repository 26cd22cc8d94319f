// SPDX-License-Identifier: Apache-2.0
// Copyright Haechi contributors

package import Signals

extension LookBackFiles {
    /// Reads every byte and unpacks every record, and says what is wrong.
    package func verify() throws(LookBackError) -> LookBackCheck {
        var check = LookBackCheck(sightings: 0, deleted: 0, bytes: 0, problems: missing)
        for segment in segments {
            for chunk in 0..<CheckedFile.chunks(segment.file.size) {
                do throws(LookBackError) { try segment.file.checkNow(chunk) } catch {
                    check.problems.append(SweepGap(day: segment.day, error))
                }
            }
            count(segment.body, into: &check)
            check.bytes += segment.bytes
        }
        for body in log.bodies {
            count(body, into: &check)
            check.bytes += body.size
        }
        return check
    }

    private func count(_ body: Body, into check: inout LookBackCheck) {
        do throws(LookBackError) {
            let names = try Names(of: body)
            let spaces = try names.all(.spaces).count
            let actors = try names.all(.actors).count
            for start in stride(from: 0, to: body.blocks, by: 256) {
                for block in try body.decode(blocks: start..<min(start + 256, body.blocks)) {
                    for (_, record) in block {
                        guard let record else {
                            check.deleted += 1
                            continue
                        }
                        guard record.space < spaces, record.actor < actors, record.item.id != nil else {
                            throw body.damaged("a record names what its names do not have")
                        }
                        check.sightings += 1
                    }
                }
            }
        } catch {
            check.problems.append(SweepGap(day: body.day, error))
        }
    }
}

/// What a check of all files found.
package struct LookBackCheck: Hashable, Sendable {
    package var sightings: Int
    package var deleted: Int
    package var bytes: Int
    package var problems: [SweepGap]
}
