-- The API of a Hub and its redirects. `control` has what a test sets; `root` is a folder with lists.
local control, seen = ngx.shared.control, ngx.shared.seen
local uri = ngx.var.request_uri
seen:rpush("seen", "hub " .. ngx.req.get_method() .. " " .. uri .. " auth=" .. (ngx.var.http_authorization or ""))
uri = uri:gsub("^/mirror/", "/")
local path, query = uri:match("^([^?]*)%??(.*)$")

local function refuse(status, code)
  ngx.status = status
  if code then ngx.header["X-Error-Code"] = code end
  ngx.say("refused")
  return ngx.exit(status)
end

local kind = path:match("^/api/") and "api" or "resolvers"
local limited = control:get("limited_" .. kind)
if limited then
  if control:get("limited_once") then control:delete("limited_" .. kind) end
  if control:get("limited_by_date") then
    ngx.header["Retry-After"] = "Fri, 31 Dec 1999 23:59:59 GMT"
  elseif control:get("retry_after") then
    ngx.header["Retry-After"] = limited
  else
    ngx.header["RateLimit"] = '"' .. kind .. '";r=0;t=' .. limited
  end
  return refuse(429)
end
local page = control:get("page_for_all")
if page and not control:get("page_of_files") then
  ngx.header["Content-Type"] = "text/html"
  ngx.print(page)
  return ngx.exit(200)
end

local token = control:get("token")
local is_known = not token or ngx.var.http_authorization == "Bearer " .. token
local repo = path:match("^/api/datasets/([^/]+/[^/]+)") or path:match("^/datasets/([^/]+/[^/]+)")
if repo ~= "o/n" then return refuse(401, "RepoNotFound") end
if not is_known then
  if ngx.var.http_authorization then return refuse(401) end
  return refuse(401, "RepoNotFound")
end
if control:get("gated") then return refuse(403, "GatedRepo") end
local failing = control:get("failing_" .. kind)
if failing and control:incr("failing_" .. kind, -1) >= 0 then return refuse(503) end

local sha = control:get("sha") or "0123456789abcdef0123456789abcdef01234567"
local file = path:match("^/datasets/o/n/resolve/" .. sha .. "/(.+)$") or path:match("^/datasets/o/n/resolve/main/(.+)$")
if file then
  if control:get("missing") then return refuse(404, "EntryNotFound") end
  if control:get("slow_redirect") then ngx.sleep(control:get("slow_redirect")) end
  control:delete("expired")
  ngx.header["X-Repo-Commit"] = sha
  ngx.header["Location"] = "http://127.0.0.1:" .. ngx.var.cdn .. "/" .. file
    .. "?X-Amz-Expires=3600&X-Amz-Signature=" .. (control:get("signature") or "first")
  return ngx.exit(302)
end

local revision = path:match("^/api/datasets/o/n/revision/(.+)$")
if path == "/api/datasets/o/n" or revision then
  if revision and revision ~= "main" and revision ~= "refs%2Fpr%2F1" and revision ~= sha then
    return refuse(404, "RevisionNotFound")
  end
  ngx.header["Content-Type"] = "application/json"
  local files = query == "blobs=true" and not control:get("undescribed") and io.open(ngx.var.root .. "/all.json")
  ngx.print('{"id":"o/n","sha":"' .. sha .. '"' .. (files and ',"siblings":' .. files:read("*a") or "") .. '}')
  if files then files:close() end
  return ngx.exit(200)
end

local folder = path:match("^/api/datasets/o/n/tree/" .. sha .. "/?(.*)$")
if not folder then return refuse(404, "RevisionNotFound") end
local list = io.open(ngx.var.root .. "/" .. ngx.unescape_uri(folder):gsub("/", "%%2F") .. ".list")
if not list then return refuse(404, "EntryNotFound") end
local lines = {}
for line in list:lines() do table.insert(lines, line) end
list:close()
local size, from = control:get("page") or 1000, tonumber(query:match("cursor=(%d+)") or 0)
local part = {}
for at = from + 1, math.min(from + size, #lines) do table.insert(part, lines[at]) end
ngx.header["Content-Type"] = "application/json"
if from + size < #lines or control:get("endless") then
  local next = control:get("endless") and from or from + size
  ngx.header["Link"] = "<http://" .. ngx.var.http_host .. path .. "?limit=" .. size .. "&cursor=" .. next .. '>; rel="next"'
end
ngx.print("[" .. table.concat(part, ",") .. "]")
