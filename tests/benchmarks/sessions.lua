-- wrk: each request is one of the sessions in the file that BODIES names, with a session id of its own.

local bodies = {}
for line in io.lines(os.getenv("BODIES")) do bodies[#bodies + 1] = line end

local threads, sent = 0, 0

function setup(thread)
  thread:set("number", threads)
  threads = threads + 1
end

function init()
  math.randomseed(os.time() * 1000 + number)
  prefix = string.format("%08x-%04x-4%03x-a%03x-", math.random(0, 2 ^ 31 - 1), math.random(0, 65535),
    math.random(0, 4095), math.random(0, 4095))
end

function request()
  sent = sent + 1
  local id = prefix .. string.format("%012x", sent)
  local body = bodies[sent % #bodies + 1]:gsub('"sessionId":"[^"]*"', '"sessionId":"' .. id .. '"', 1)
  return wrk.format("PUT", "/v1/sessions", {["Content-Type"] = "application/json"}, body)
end

function done(summary, latency)
  local answered = summary.requests - summary.errors.status
  io.write(string.format('\nRESULT {"stored": %d, "other": %d, "seconds": %.3f, "p50": %.2f, "p95": %.2f}\n',
    answered, summary.errors.status + summary.errors.timeout, summary.duration / 1e6,
    latency:percentile(50) / 1000, latency:percentile(95) / 1000))
end
