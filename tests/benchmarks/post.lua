-- wrk posts the signed deliveries of a file, one a line: signature, tab, body.
local requests, next_one = {}, 0

function init(arguments)
   for line in io.lines(arguments[1]) do
      local tab = line:find("\t", 1, true)
      local headers = {
         ["Content-Type"] = "application/json",
         ["Host"] = "localhost",
         ["X-Webhook-Signature"] = line:sub(1, tab - 1),
      }
      requests[#requests + 1] = wrk.format("POST", "/webhooks/zuddl", headers, line:sub(tab + 1))
   end
   next_one = math.random(#requests)
end

function request()
   next_one = next_one % #requests + 1
   return requests[next_one]
end
