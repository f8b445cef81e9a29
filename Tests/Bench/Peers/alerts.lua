-- What wrk sends to GET /api/alerts/active.
local headers = { ["Authorization"] = "Bearer " .. os.getenv("KEY"), ["X-Tenant"] = "org-0" }

function request() return wrk.format("GET", "/api/alerts/active", headers) end

dofile(os.getenv("REPORT"))
