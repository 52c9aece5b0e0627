-- wrk posts a body of so many bytes: wrk ... --script upload.lua URL -- BYTES
function init(args)
  wrk.method = "POST"
  wrk.body = string.rep("x", tonumber(args[1]))
  wrk.headers["Content-Type"] = "application/octet-stream"
end
