-- SPDX-License-Identifier: Apache-2.0
-- Copyright Haechi contributors
--
-- wrk script: posts events whose ids never repeat, and prints the totals as one line of JSON.
--   wrk … -s events.lua URL -- EVENTS_A_REQUEST RUN
-- RUN is a word that no other run against the same database has.

local threads = 0

function setup(thread)
    threads = threads + 1
    thread:set("number", threads)
end

function init(args)
    size = tonumber(args[1])
    prefix = args[2] .. "-" .. number .. "-"
    sent = 0
    wrk.method = "POST"
    wrk.headers["Content-Type"] = size == 1 and "application/json" or "application/x-ndjson"
end

local function event(id)
    return '{"id":"' .. id .. '","kind":"message.posted","at":"2026-01-01T00:00:00Z",'
        .. '"space":{"id":"space-' .. sent % 50 .. '","class":"public"},"actor":{"id":"actor-' .. sent % 1000 .. '"},'
        .. '"item":{"id":"item-' .. id .. '","text":"안녕하세요, an ordinary message of an ordinary length, number ' .. sent .. '"}}'
end

function request()
    local lines = {}
    for line = 1, size do
        sent = sent + 1
        lines[line] = event(prefix .. sent)
    end
    return wrk.format(nil, nil, nil, table.concat(lines, "\n"))
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '{"requests":%d,"refused":%d,"broken":%d,"seconds":%.6f,"median_ms":%.3f,"p99_ms":%.3f}\n',
        summary.requests, errors.status, errors.connect + errors.read + errors.write + errors.timeout,
        summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
