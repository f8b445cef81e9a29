-- One line for the bench: requests a second, the 99th percentile of the latency in milliseconds, answers that were no success.
function done(summary, latency, requests)
    local faults = summary.errors.connect + summary.errors.read + summary.errors.write + summary.errors.status +
        summary.errors.timeout
    print(string.format("report %.1f %.3f %d", summary.requests / (summary.duration / 1e6), latency:percentile(99) / 1000, faults))
end
