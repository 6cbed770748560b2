-- Requests for wrk that differ in one number, and the figures of a run as a line of JSON.
-- Arguments: what stands before the number, what stands after it, the first number, the step (0: the same
-- request again and again).

local before, after, number, step

function init(arguments)
    before, after = arguments[1], arguments[2]
    number, step = tonumber(arguments[3]), tonumber(arguments[4])
end

function request()
    number = number + step
    return before .. string.format("%d", number) .. after
end

function done(summary, latency)
    local errors = summary.errors
    io.write(string.format(
        '\n{"requests": %d, "seconds": %.6f, "p50_ms": %.3f, "p99_ms": %.3f, "refused": %d, "broken": %d}\n',
        summary.requests, summary.duration / 1e6, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3,
        errors.status, errors.connect + errors.read + errors.write + errors.timeout))
end
