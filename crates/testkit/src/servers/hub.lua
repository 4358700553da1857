-- The API of a Hub and its redirects. `control` has what a test sets; `root` is a folder with lists, `files` the one with
-- the files. `commits` has what was committed since the start: the newest commit, and all there were.
local control, seen, commits = ngx.shared.control, ngx.shared.seen, ngx.shared.commits
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
local authorization = ngx.var.http_authorization
local may_write = not token or authorization == "Bearer " .. token
-- A second token, which may only read.
local reading = control:get("reading_token")
local is_known = may_write or (reading and authorization == "Bearer " .. reading)
local repo = path:match("^/api/datasets/([^/]+/[^/]+)") or path:match("^/datasets/([^/]+/[^/]+)")
  or path:match("^/api/resolve%-cache/datasets/([^/]+/[^/]+)")
if repo ~= "o/n" then return refuse(401, "RepoNotFound") end
if not is_known then
  if ngx.var.http_authorization then return refuse(401) end
  return refuse(401, "RepoNotFound")
end
if control:get("gated") then return refuse(403, "GatedRepo") end
local failing = control:get("failing_" .. kind)
if failing and control:incr("failing_" .. kind, -1) >= 0 then return refuse(503) end

local sha = commits:get("newest") or control:get("sha") or "0123456789abcdef0123456789abcdef01234567"

-- Commits, as the client library of the Hub sends them.
if ngx.req.get_method() == "POST" then
  local kind, revision = path:match("^/api/datasets/o/n/(%a+)/([^/]+)$")
  if not authorization then return refuse(401) end
  if not may_write then return refuse(403) end
  if revision ~= "main" then return refuse(404, "RevisionNotFound") end
  ngx.req.read_body()
  local body = ngx.req.get_body_data()
  if not body then
    local from = io.open(ngx.req.get_body_file())
    body = from:read("*a")
    from:close()
  end
  if kind == "preupload" then
    local modes = {}
    for file in body:gmatch('"path":"([^"]*)"') do
      local mode = control:get("in_lfs") and "lfs" or "regular"
      table.insert(modes, '{"path":"' .. file .. '","uploadMode":"' .. mode .. '","shouldIgnore":false}')
    end
    ngx.header["Content-Type"] = "application/json"
    ngx.print('{"files":[' .. table.concat(modes, ",") .. ']}')
    return ngx.exit(200)
  end
  if kind ~= "commit" or ngx.var.content_type ~= "application/x-ndjson" then return refuse(400) end
  local lines = {}
  for line in body:gmatch("([^\n]+)\n") do table.insert(lines, line) end
  local header = table.remove(lines, 1) or ""
  if not header:match('"key":"header"') or not header:match('"summary":"[^"]') then return refuse(400) end
  -- Another person's commit comes first, as often as a test says.
  local others = control:get("others_first")
  if others and control:incr("others_first", -1) >= 0 then
    sha = string.format("%040x", 0xabc000 + others)
    commits:set("newest", sha)
    commits:set(sha, true)
  end
  local parent = header:match('"parentCommit":"(%x+)"')
  if parent and parent ~= sha then return refuse(412) end
  local function entries(folder)
    local found, from = {}, io.open(ngx.var.root .. "/" .. folder:gsub("/", "%%2F") .. ".list")
    if from then
      for line in from:lines() do table.insert(found, line) end
      from:close()
    end
    return found
  end
  local function save(folder, found)
    local to = io.open(ngx.var.root .. "/" .. folder:gsub("/", "%%2F") .. ".list", "w")
    to:write(table.concat(found, "\n"))
    to:close()
  end
  local function without(found, path)
    local left = {}
    for _, line in ipairs(found) do
      if not line:find('"path":"' .. path .. '"', 1, true) then table.insert(left, line) end
    end
    return left
  end
  local changes = {}
  for _, line in ipairs(lines) do
    local path = line:match('"path":"([^"]*)"')
    local content = line:match('"content":"([^"]*)"')
    if line:match('"key":"file"') and path and content and line:match('"encoding":"base64"') then
      content = ngx.decode_base64(content)
      if not content or #content > 10 * 1024 * 1024 then return refuse(400) end
      table.insert(changes, { path = path, content = content })
    elseif line:match('"key":"deletedFile"') and path then
      local folder = path:match("^(.*)/[^/]*$") or ""
      local before = entries(folder)
      if #without(before, path) == #before then return refuse(404, "EntryNotFound") end
      table.insert(changes, { path = path })
    else
      return refuse(400)
    end
  end
  for _, change in ipairs(changes) do
    local folder = change.path:match("^(.*)/[^/]*$") or ""
    local found = without(entries(folder), change.path)
    if change.content then
      os.execute("mkdir -p '" .. ngx.var.files .. "/" .. folder .. "'")
      local to = io.open(ngx.var.files .. "/" .. change.path, "w")
      to:write(change.content)
      to:close()
      table.insert(found, '{"type":"file","path":"' .. change.path .. '","size":' .. #change.content .. ',"oid":"'
        .. ngx.md5(change.content) .. '00000000"}')
    else
      os.remove(ngx.var.files .. "/" .. change.path)
    end
    save(folder, found)
  end
  commits:set(sha, true)
  sha = ngx.md5(sha .. body) .. "00000000"
  commits:set("newest", sha)
  commits:set(sha, true)
  seen:rpush("seen", "commit " .. #changes)
  if control:get("answer_lost") then
    control:delete("answer_lost")
    return refuse(500)
  end
  ngx.header["Content-Type"] = "application/json"
  ngx.print('{"success":true,"commitOid":"' .. sha .. '","commitUrl":"/datasets/o/n/commit/' .. sha .. '","hookOutput":""}')
  return ngx.exit(200)
end

-- Short files, if a test wants them to be on this host: at an address with their hash, here the length.
local function content_of(name)
  local from = io.open(ngx.var.files .. "/" .. name)
  local content = from and from:read("*a")
  if from then from:close() end
  return content
end
local function hash_of(content) return string.format("etag=%%22%040x%%22", #content) end
local cached = path:match("^/api/resolve%-cache/datasets/o/n/" .. sha .. "/([^/]+)$")
if cached then
  local content = content_of(ngx.unescape_uri(cached))
  if not content or not query:find(hash_of(content), 1, true) then return refuse(404, "EntryNotFound") end
  if control:get("cache_moved") and not query:find("moved", 1, true) then return refuse(control:get("cache_moved")) end
  local first, last = (ngx.var.http_range or ""):match("^bytes=(%d+)-(%d+)$")
  if first then
    ngx.status = 206
    ngx.header["Content-Range"] = "bytes " .. first .. "-" .. last .. "/" .. #content
    content = content:sub(first + 1, last + 1)
  end
  ngx.header["Content-Length"] = #content
  ngx.print(content)
  return ngx.exit(200)
end

local at, file = path:match("^/datasets/o/n/resolve/([^/]+)/(.+)$")
if file and (at == sha or at == "main" or commits:get(at)) then
  if control:get("missing") then return refuse(404, "EntryNotFound") end
  if control:get("slow_redirect") then ngx.sleep(control:get("slow_redirect")) end
  local content = control:get("short") and not file:match("%.tar$") and not file:match("%.jsonl$")
    and content_of(ngx.unescape_uri(file))
  if content then
    ngx.header["X-Repo-Commit"] = sha
    ngx.header["Location"] = "/api/resolve-cache/datasets/o/n/" .. sha .. "/" .. ngx.escape_uri(ngx.unescape_uri(file)) .. "?"
      .. ngx.escape_uri(ngx.unescape_uri(path)) .. "=&" .. hash_of(content) .. (control:get("cache_moved") and "&moved=1" or "")
    return ngx.exit(307)
  end
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

local tree_at, folder = path:match("^/api/datasets/o/n/tree/([^/]+)/?(.*)$")
if not folder or not (tree_at == sha or commits:get(tree_at)) then return refuse(404, "RevisionNotFound") end
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
