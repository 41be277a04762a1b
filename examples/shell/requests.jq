# One request of the host becomes one line for the shell: words without blanks, first of them the id as JSON.
#   <id> <method> <arguments...>          to be done
#   <id> refused <method> <number> <name> not as the protocol wants it
# Content follows in a line of its own, in base64, if it has any length; the last two words are that length and the number of bytes.
# Everything that may hold odd characters is checked or encoded here.

def natural: type == "number" and . == floor and . >= 0 and . <= 9007199254740991;
def refuse($number; $name): error({ number: $number, name: $name });
def params_error: refuse(-32602; "-");
def unsupported: refuse(1004; "UNSUPPORTED");

def text($key): .[$key] | if type == "string" then . else params_error end;
def optional($key; check): if has($key) then .[$key] | if check then . else params_error end else null end;
def content($key): text($key) | if test("\\A[A-Za-z0-9+/]*={0,2}\\z") and length % 4 == 0 then . else params_error end;
def bytes: length / 4 * 3 - (if endswith("==") then 2 elif endswith("=") then 1 else 0 end);
def or_dash: if . == null or . == "" then "-" else . end;

def is_path: utf8bytelength <= 1024 and test("\\A(/[A-Za-z0-9._-]+)+\\z") and (test("/\\.\\.?(/|\\z)") | not);
def path($key): text($key) | if is_path then . else refuse(1002; "INVALID_PATH") end;
def directory: text("path") | if . == "/" or is_path then . else refuse(1002; "INVALID_PATH") end;
def writer: text("writer") | if test("\\A[0-9]{1,15}\\z") then . else refuse(1005; "ALREADY_CLOSED") end;
def size($key): .[$key] | if natural then . else params_error end;

# The parameters that are not known, or not as they should be; names, never values.
def issues:
  [ (keys_unsorted[] | select(. != "rootdirectory") | { key: .[0:256], message: "unknown parameter" }),
    (select(.rootdirectory | (type == "string" and length > 0) | not) | { key: "rootdirectory", message: "must be a path" }) ];

def initialize:
  if [.protocolVersions[]?] | index(1) | not then refuse(1102; "-") else . end
  | (if has("parameters") then .parameters else $given end)
  as $parameters
  | if ($parameters | type) != "object" or (.limits | type) != "object" then params_error else . end
  | ($parameters | with_entries(select(.value != null)) | issues) as $issues
  | if $issues != [] then refuse(1103; { issues: $issues } | tojson | @base64) else . end
  | [ ($parameters.rootdirectory | @base64), .limits.smallContentBytes, .limits.inlineChunkBytes, .limits.putBytes, (.limits.pageEntries // 1000) ];

def read:
  path("path") as $path
  | optional("length"; natural) as $length
  | if (.plane | IN("inline", "socket", "file")) and (.offset | type) == "number" then . else params_error end
  | if .plane != "inline" then unsupported else . end
  | if .offset | natural then . else refuse(1003; "INVALID_OFFSET") end
  | optional("ifMatch"; type == "string") as $version
  # What no version of this driver looks like is none of them.
  | [ $path, .offset, ($length | or_dash), ($version | if . == null then "-" elif test("\\A[0-9T:.-]{2,100}\\z") then . else "none" end) ];

def write:
  writer as $writer
  | size("offset") as $offset
  | if ([has("data", "token", "written") | select(.)] | length) != 1 or (has("data") | not) then unsupported else . end
  | content("data")
  | [ $writer, $offset, length, bytes, . ];

def arguments($method):
  if type != "object" then params_error else . end
  | if $method == "initialize" then initialize
    elif $method == "stat" then [ directory ]
    elif $method == "list" then
      [ directory, (optional("limit"; natural and . >= 1 and . <= 1000) // 1000), (optional("cursor"; type == "string") // "" | @base64 | or_dash) ]
    elif $method == "get" or $method == "delete" then [ path("path") ]
    elif $method == "put" then
      [ path("path"), (content("content") | length, bytes, .) ]
    elif $method == "read" then read
    elif $method == "writer/open" then
      [ path("path"), (.mode | if IN("truncate", "append", "put") then . elif . == "isolated" then unsupported else params_error end) ]
    elif $method == "writer/write" then write
    elif $method == "writer/commit" then
      if has("to") or has("written") then unsupported else [ writer, size("size") ] end
    elif $method == "writer/close" or $method == "writer/cancel" then [ writer ]
    elif $method == "move" then [ path("source"), path("destination") ]
    elif $method == "ping" or $method == "shutdown" then []
    else refuse(-32601; "-") end;

def is_id: (type == "string" and length <= 64) or (type == "number" and . == floor and (. | fabs) <= 9007199254740991);
def is_request: type == "object" and .jsonrpc == "2.0" and (.method | type) == "string" and (has("result") or has("error") | not)
  and ((has("id") | not) or (.id | is_id)) and ((has("params") | not) or (.params | type | IN("object", "array")))
  and ([paths | length] | max) < 32;

def is_answer: type == "object" and .jsonrpc == "2.0" and has("id") and (.id == null or (.id | is_id)) and (has("method") | not)
  and (if has("result") then has("error") | not else (.error | type == "object" and (.code | type) == "number" and (.message | type) == "string") end);

# Each message has two empty strings behind it: a body that is not one value, whole, does not.
foreach inputs as $input ({ left: 0 };
  if .left == 0 then { left: 2, message: $input }
  elif $input == "" then .left -= 1
  else { left: 0, message: null } end;
  select(.left == 0) | .message)
| if has("end")? // false then "exit 0"
  elif is_answer then "answer"
  elif is_request | not then "exit 1"
  elif has("id") | not then select(.method == "exit") | "exit"
  else
    . as { $id, $method }
    | ($method | if test("\\A[a-zA-Z/]{1,32}\\z") then . else "-" end) as $name
    | (.params // {})
    | [ $id | tojson | gsub(" "; "\\u0020") ] + [ try ([ $name ] + arguments($method) | .[]) catch
        (if type == "object" then "refused", $name, .number, .name else "refused", $name, 1009, "INTERNAL" end) ]
    | map(tostring)
    | if .[1] == "put" or .[1] == "writer/write" then (.[:-1] | join(" ")), (.[-1] | select(. != "")) else join(" ") end
  end
