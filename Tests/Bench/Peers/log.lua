-- What wrk sends to POST /api/activities/log: a lead out of LEADS, in and out in turn.
local leads = tonumber(os.getenv("LEADS"))
local headers = {
    ["Authorization"] = "Bearer " .. os.getenv("KEY"),
    ["X-Tenant"] = "org-0",
    ["Content-Type"] = "application/json",
}
local number = 0

function init() math.randomseed(os.time()) end

function request()
    number = number + 1
    local direction = number % 2 == 0 and "in" or "out"
    return wrk.format("POST", "/api/activities/log", headers,
        '{"leadId":"lead-' .. math.random(leads) .. '","channel":"whatsapp","direction":"' .. direction ..
        '","status":"sent","messageSnippet":"Bonjour, merci pour votre message.","meta":{"provider":"twilio"}}')
end

dofile(os.getenv("REPORT"))
