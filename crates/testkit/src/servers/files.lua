-- Access to the files of the second host and of a plain web server, with the faults a test sets.
local control, seen = ngx.shared.control, ngx.shared.seen
local server = ngx.var.server
seen:rpush("seen", server .. " " .. ngx.req.get_method() .. " " .. ngx.var.request_uri
  .. " range=" .. (ngx.var.http_range or "") .. " auth=" .. (ngx.var.http_authorization or ""))
if server == "cdn" then
  if ngx.var.http_authorization then return ngx.exit(400) end
  -- Until a redirect is asked for, which leads to the same address again.
  if control:get("expired") then return ngx.exit(403) end
  if ngx.var["arg_X-Amz-Signature"] ~= (control:get("signature") or "first") then return ngx.exit(403) end
end

local function turn(name)
  local left = control:get(name)
  return left and control:incr(name, -1) >= 0
end
local function answer(status, kind, body)
  ngx.status = status
  ngx.header["Content-Type"] = kind
  ngx.print(body)
  return ngx.exit(status)
end

local status = control:get("status")
if status and turn("status_times") then
  if control:get("wait") then ngx.header["Retry-After"] = control:get("wait") end
  ngx.status = status
  ngx.print(control:get("body") or "")
  return ngx.exit(status)
end
local uri = ngx.var.uri
if control:get("no_pages") and uri:match("/$") then return ngx.exit(404) end
if control:get("page_for_missing") then
  local file = io.open(ngx.var.document_root .. uri)
  if not file then return answer(200, "text/html", "<html>nothing here</html>") end
  file:close()
end
if control:get("page_for_all") and turn("page_times") then
  return answer(200, "text/html; charset=utf-8", control:get("page_for_all"))
end
local lie = control:get("lie")
if lie and ngx.var.http_range then
  local first, last = ngx.var.http_range:match("bytes=(%d+)-(%d+)")
  local asked = last - first + 1
  local total = control:get("total") or 1000000
  ngx.status = 206
  local range = "bytes " .. first .. "-" .. last .. "/" .. total
  if lie == "other_range" then range = "bytes " .. (first + 512) .. "-" .. (last + 512) .. "/" .. total end
  if lie == "no_range" then range = nil end
  if lie == "absurd" then range = "bytes " .. first .. "-18446744073709551615/18446744073709551615" end
  ngx.header["Content-Range"] = range
  local body = string.rep("x", 65536)
  if lie == "endless" then
    for _ = 1, 100000 do
      if not ngx.print(body) or not ngx.flush(true) then return ngx.exit(200) end
      seen:incr("sent", 65536, 0)
    end
  elseif lie == "short" then
    ngx.print(string.rep("x", asked - 1))
  else
    ngx.print(string.rep("x", asked))
  end
  return ngx.exit(206)
end
