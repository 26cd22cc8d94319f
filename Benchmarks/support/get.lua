-- SPDX-License-Identifier: Apache-2.0
-- Copyright Haechi contributors
--
-- wrk script: plain GET, totals as one line of JSON.

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"refused":%d,"broken":%d,"seconds":%.6f,"median_ms":%.3f,"p99_ms":%.3f}\n',
        summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
