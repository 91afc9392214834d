-- One record of Docker's json-file becomes one line with its origin; parts of a long line become one again.
-- Docker cuts lines at 16 KiB: a part that is not the last one has no line feed at its end.

local MOST_BYTES = 1048576
local parts = {}

-- The container's id is the directory of its log file.
local function container_of(path)
  return string.match(path or "", "([^/]+)/[^/]+$") or "unknown"
end

function line(tag, timestamp, record)
  if record["event"] ~= nil then
    return 0, timestamp, record -- the multi-line filter sends what it joined through here again
  end
  -- Its own lines tell of what it does with lines: read again, each trouble would feed itself.
  if (record["attrs"] or {})["infra.service"] == "@OWN@" then
    return -1, timestamp, record
  end
  local container = container_of(record["path"])
  local stream = record["stream"] or "stdout"
  local text = record["log"] or ""
  local key = container .. stream
  local id = string.sub(container, 1, 12) .. "-" .. string.format("%.0f", timestamp * 1000) .. "-"
    .. tostring(record["offset"] or 0)
  local held = parts[key]
  if held ~= nil then
    id = held.id
    text = held.text .. text
    parts[key] = nil
  end
  if string.sub(text, -1) ~= "\n" and string.len(text) < MOST_BYTES then
    parts[key] = { id = id, text = text }
    return -1, timestamp, record
  end
  local service = (record["attrs"] or {})["infra.service"]
  local shaped = {
    message = string.gsub(text, "\r?\n$", ""),
    event = { id = id },
    container = { id = container },
    log = { iostream = stream },
    service = { name = service or "unclassified" },
    data_stream = {
      type = "logs",
      dataset = string.gsub(service or "unclassified", "-", "_"),
      namespace = "@NAMESPACE@",
    },
  }
  return 2, timestamp, shaped
end
