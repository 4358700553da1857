-- Cuts the connection after some bytes of a body, as often as a test says.
local control = ngx.shared.control
local after = control:get("cut_after")
if after and not ngx.ctx.is_spared then
  if not ngx.ctx.cut then
    ngx.ctx.is_spared = control:incr("cut_times", -1, 0) < 0
    ngx.ctx.cut = not ngx.ctx.is_spared
  end
  ngx.ctx.sent = (ngx.ctx.sent or 0) + #(ngx.arg[1] or "")
  if ngx.ctx.cut and ngx.ctx.sent > after then return ngx.ERROR end
end
