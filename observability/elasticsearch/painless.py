"""Painless scripts of the pipelines: what processors cannot say."""

from typing import Final

from observability.elasticsearch.mappings import OBJECTS

_ECS_OBJECTS: Final = ", ".join(f"'{name}'" for name in OBJECTS if name != "data_stream")

HELPERS: Final = """
void put(Map ctx, String path, def value) {
  Map at = ctx;
  int dot;
  while ((dot = path.indexOf('.')) > 0) {
    String first = path.substring(0, dot);
    if (!(at[first] instanceof Map)) { at[first] = new HashMap(); }
    at = at[first];
    path = path.substring(dot + 1);
  }
  at[path] = value;
}
"""

MERGE: Final = (
    HELPERS + f"""
void flatten(Map from, String prefix, Map to) {{
  for (def entry : from.entrySet()) {{
    String key = prefix + entry.getKey();
    if (entry.getValue() instanceof Map) {{ flatten(entry.getValue(), key + '.', to); }}
    else {{ to[key] = entry.getValue(); }}
  }}
}}
String time(def value) {{
  if (!(value instanceof Number)) {{ return value.toString(); }}
  long number = ((Number) value).longValue();
  return Instant.ofEpochMilli(number > 100000000000L ? number : number * 1000).toString();
}}
List objects = [{_ECS_OBJECTS}];
List times = ['@timestamp', 'timestamp', 'time', 'ts', 'timeMillis'];
"""
    """
Map flat = new TreeMap();
flatten(ctx._parsed, '', flat);
Map labels = new HashMap();
Map details = new HashMap();
for (def entry : flat.entrySet()) {
  String key = entry.getKey();
  def value = entry.getValue();
  int dot = key.indexOf('.');
  String first = dot > 0 ? key.substring(0, dot) : key;
  if (value == null || key.isEmpty() || key.startsWith('_') || first == 'data_stream') { continue; }
  if (times.contains(key)) { ctx._own_time = time(value); }
  else if (key == 'message' || key == 'msg' || key == 'logEvent.message') { ctx.message = value.toString(); }
  else if (key == 'logger' || key == 'loggerName') { put(ctx, 'log.logger', value.toString()); }
  else if (key == 'level' || key == 'severity' || key == 'lvl') { put(ctx, 'log.level', value.toString()); }
  else if (key == 'event.id') { put(ctx, 'labels.event_id', value.toString()); }
  else if (key == 'service.name') { put(ctx, 'labels.service_name', value.toString()); }
  else if (key == 'tags') { ctx.tags = value instanceof List ? value : [value.toString()]; }
  else if (dot > 0 && objects.contains(first) && !key.endsWith('.')) { put(ctx, key, value); }
  else if (first == 'labels') { labels[key.substring(dot + 1).replace('.', '_')] = value.toString(); }
  else if (key == 'error' || key == 'exception') { put(ctx, 'error.message', value.toString()); }
  else if (value instanceof List) { details[key] = value.toString(); }
  else if (dot > 0) { details[key] = value; }
  else { labels[key] = value.toString(); }
}
if (!labels.isEmpty()) {
  if (ctx.labels instanceof Map) { ctx.labels.putAll(labels); } else { ctx.labels = labels; }
}
if (!details.isEmpty()) { ctx.details = details; }
"""
)
"""`_parsed` into the document: names of ECS where they belong, every other scalar as a label, the rest as details.

A service cannot name another stream, another service or its own event id: those come from the shipper.
"""

TEXT: Final = """
String line = ctx.message == null ? '' : ctx.message;
String head = (line.length() > 80 ? line.substring(0, 80) : line).toLowerCase();
if (ctx.log == null) { ctx.log = new HashMap(); }
int first = 60;
for (String level : ['emergency', 'panic', 'fatal', 'critical', 'alert', 'error', 'warning', 'warn', 'notice', 'info',
    'debug', 'trace']) {
  for (int at = head.indexOf(level); at >= 0 && at < first; at = head.indexOf(level, at + 1)) {
    if ((at == 0 || !Character.isLetterOrDigit(head.charAt(at - 1)))
        && (at + level.length() == head.length() || !Character.isLetterOrDigit(head.charAt(at + level.length())))) {
      ctx.log.level = level;
      first = at;
    }
  }
}
int trace = line.indexOf('Traceback (most recent call last):');
int java = line.indexOf('\n\tat ');
int node = line.indexOf('\n    at ');
int panic = line.startsWith('panic: ') ? 0 : -1;
if (trace >= 0 || java > 0 || node > 0 || panic == 0) {
  if (ctx.error == null) { ctx.error = new HashMap(); }
  ctx.error.stack_trace = line;
  String cause;
  if (trace >= 0) {
    String body = line.trim();
    cause = body.substring(body.lastIndexOf('\n') + 1);
  } else {
    int end = line.indexOf('\n');
    cause = line.substring(0, end < 0 ? line.length() : end);
    cause = cause.startsWith('Exception in thread') ? cause.substring(cause.indexOf('\" ') + 2) : cause;
  }
  int colon = cause.indexOf(': ');
  ctx.error.type = panic == 0 ? 'panic' : colon > 0 ? cause.substring(0, colon) : cause;
  ctx.error.message = colon > 0 ? cause.substring(colon + 2) : cause;
  if (ctx.log.level == null || trace < 0) { ctx.log.level = panic == 0 ? 'panic' : 'error'; }
}
if (ctx.log.isEmpty()) { ctx.remove('log'); }
"""
"""The level of a line of text (the first such word among its first sixty characters), the parts of a stack trace."""

NGINX: Final = """
if (ctx._rest != null) {
  ctx.message = ctx._rest;
  if (ctx.process?.name != null && ctx.log?.level == null) {
    if (ctx.log == null) { ctx.log = new HashMap(); }
    String rest = ctx._rest;
    int open = rest.indexOf('['), close = rest.indexOf(']');
    ctx.log.level = open == 0 && close > 0 ? rest.substring(1, close) : 'info';
  }
}
if (ctx.event == null) { ctx.event = new HashMap(); }
if (ctx._seconds != null) { ctx.event.duration = (long) Math.round(ctx._seconds * 1000000000.0); }
if (ctx.http?.response?.status_code != null) {
  ctx.event.category = ['web'];
  if (ctx.http.response.status_code instanceof String) {
    ctx.http.response.status_code = Integer.parseInt(ctx.http.response.status_code);
  }
  ctx.event.outcome = ctx.http.response.status_code < 400 ? 'success' : 'failure';
}
if (ctx.url?.original != null && ctx.url?.path == null) {
  String original = ctx.url.original;
  int mark = original.indexOf('?');
  ctx.url.path = mark < 0 ? original : original.substring(0, mark);
  if (mark >= 0 && mark + 1 < original.length()) { ctx.url.query = original.substring(mark + 1); }
}
"""

POSTGRESQL: Final = """
if (ctx._rest != null) { ctx.message = ctx._rest; }
if (ctx._time != null && ctx._zone != null) {
  ctx._time = ctx._time.replace('T', ' ') + ' ' + ctx._zone;
}
if (ctx.log == null) { ctx.log = new HashMap(); }
if (ctx.log.level == null) { ctx.log.level = 'info'; }
if (ctx.event == null) { ctx.event = new HashMap(); }
String said = ctx.message;
if (said.startsWith('duration: ')) {
  int end = said.indexOf(' ms');
  if (end > 10) {
    ctx.event.duration = (long) Math.round(Double.parseDouble(said.substring(10, end)) * 1000000.0);
    // `statement: `, or of a statement with parameters `execute <unnamed>: `, `parse ...: `, `bind ...: `.
    int statement = said.indexOf(': ', end);
    if (statement > 0) {
      if (ctx.postgresql == null) { ctx.postgresql = new HashMap(); }
      if (ctx.postgresql.log == null) { ctx.postgresql.log = new HashMap(); }
      ctx.postgresql.log.query = said.substring(statement + 2);
    }
  }
}
String small = said.length() > 400 ? said.substring(0, 400).toLowerCase() : said.toLowerCase();
boolean refused = small.contains('authentication failed') || small.startsWith('no pg_hba.conf entry')
  || (small.startsWith('role \"') && small.contains('does not exist')) || small.contains('is not permitted to log in');
if (refused || small.startsWith('connection authorized') || small.startsWith('connection authenticated')) {
  ctx.event.category = ['authentication'];
  ctx.event.action = 'login';
  ctx.event.outcome = refused ? 'failure' : 'success';
} else if (small.startsWith('connection received') || small.startsWith('disconnection:')) {
  ctx.event.category = ['session'];
  ctx.event.action = small.startsWith('disc') ? 'disconnect' : 'connect';
} else if (small.startsWith('audit:')) {
  ctx.event.category = ['iam'];
  ctx.event.action = 'audit';
} else {
  for (String word : ['create role', 'create user', 'alter role', 'alter user', 'drop role', 'drop user', 'grant ',
      'revoke ']) {
    if (small.contains('statement: ' + word)) {
      ctx.event.category = ['iam'];
      ctx.event.action = word.trim().replace(' ', '-');
    }
  }
}
int host = said.indexOf(' host=');
if (small.startsWith('connection received: host=')) { host = 20; }
if (host > 0) {
  int end = said.indexOf(' ', host + 6);
  String address = said.substring(host + 6, end < 0 ? said.length() : end);
  if (ctx.client == null) { ctx.client = new HashMap(); }
  if (address.indexOf('.') > 0 || address.indexOf(':') >= 0) { ctx.client.ip = address; }
  else { ctx.client.address = address; }
}
int name = said.indexOf('authorized: user=');
if (name > 0) {
  int end = said.indexOf(' ', name + 17);
  if (ctx.user == null) { ctx.user = new HashMap(); }
  ctx.user.name = said.substring(name + 17, end < 0 ? said.length() : end);
} else if (refused) {
  for (String word : ['user \"', 'role \"']) {
    int from = said.indexOf(word) + 6;
    int to = said.indexOf('\"', from);
    if (from > 5 && to > from) {
      if (ctx.user == null) { ctx.user = new HashMap(); }
      ctx.user.name = said.substring(from, to);
    }
  }
  int from = said.indexOf('for host \"') + 10;
  int to = said.indexOf('\"', from);
  if (from > 9 && to > from) {
    if (ctx.client == null) { ctx.client = new HashMap(); }
    ctx.client.address = said.substring(from, to);
  }
}
"""

FINISH: Final = """
if (ctx.log?.level instanceof String) {
  String level = ctx.log.level.toLowerCase();
  if (level == 'warning') { level = 'warn'; }
  else if (level == 'emerg') { level = 'emergency'; }
  else if (level == 'crit') { level = 'critical'; }
  else if (level == 'err') { level = 'error'; }
  else if (level == 'log' || level == 'statement' || level == 'detail' || level == 'hint' || level == 'context'
      || level == 'query' || level == 'location') { level = 'info'; }
  else if (level.startsWith('debug')) { level = 'debug'; }
  ctx.log.level = level;
}
if (ctx.event == null) { ctx.event = new HashMap(); }
if (ctx.event.kind == null) { ctx.event.kind = 'event'; }
if (ctx.event.category instanceof String) { ctx.event.category = [ctx.event.category]; }
List categories = ctx.event.category instanceof List ? ctx.event.category : [];
String retention = null;
if (categories.contains('authentication') || categories.contains('iam') || categories.contains('session')) {
  retention = 'audit';
} else if (ctx.http?.response?.status_code != null) {
  retention = 'access';
}
if (retention != null && ctx.data_stream?.dataset != null && !ctx.data_stream.dataset.contains('.')
    && params.datasets.contains(ctx.data_stream.dataset + '.' + retention)) {
  ctx.data_stream.dataset = ctx.data_stream.dataset + '.' + retention;
}
"""
