-- Sends the octets of a file as they are, over and over, and ends with a line of JSON: what wrk counted.
--   wrk … -s raw.lua URL -- REQUEST-FILE

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local octets = file:read("*a")
  file:close()
  -- wrk asks for it once and keeps it, as long as there is no function named request.
  wrk.format = function() return octets end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"seconds":%.6f,"requests":%d,"refused":%d,"failed":%d,"p50":%.1f,"p99":%.1f,"max":%.1f}\n',
    summary.duration / 1e6,
    summary.requests,
    errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50),
    latency:percentile(99),
    latency.max
  ))
end
