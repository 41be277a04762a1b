#!/usr/bin/env python3
"""The smallest whole driver: version 1 of the protocol on the plane `inline`, with nothing but Python.

It keeps objects in memory. `store` maps a path to (bytes, time, version); directories are what paths imply.
"""
import base64, inspect, json, re, sys, time, uuid

GOOD_PATH = re.compile(r"(/[A-Za-z0-9._-]+)+")
FIELD = re.compile(rb"content-(?:length:[ \t]*([0-9]{1,15})|type:.*?)[ \t]*\r\n", re.I)
MAX_HEADER, MAX_MESSAGE = 4096, 1024 * 1024
NUMBERS = {"PATH_NOT_FOUND": 1001, "INVALID_PATH": 1002, "INVALID_OFFSET": 1003, "UNSUPPORTED": 1004,
           "ALREADY_CLOSED": 1005, "UNAVAILABLE": 1007}
stdin, stdout, sys.stdout = sys.stdin.buffer, sys.stdout.buffer, sys.stderr  # a print must not reach the channel
store, unfinished, writers, session = {}, {}, {}, {"state": "new"}


class Failure(Exception):
    def __init__(self, code, message, **data):
        data = {"code": code, **data} if code in NUMBERS else data
        self.error = {"code": NUMBERS.get(code, code), "message": message, "data": data}


# Framing: bytes to messages and back. None is the end of stdin; what is no frame ends the driver with status 1.

def read_message():
    length, line = None, stdin.readline(MAX_HEADER)
    if line == b"":
        return None
    while line != b"\r\n":
        field = FIELD.fullmatch(line) or sys.exit(f"not a frame: {line[:200]!r}")
        length, line = int(field[1] or length or 0), stdin.readline(MAX_HEADER)
    if length is None or not 0 < length <= MAX_MESSAGE:
        sys.exit(f"a frame of {length} bytes")
    return json.loads(stdin.read(length))


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stdout.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    stdout.flush()


# Params. Each method below says by annotations what it takes; what it does not name is ignored.

def of(*types): return lambda value: type(value) in types
def count(value): return type(value) is int and value >= 0
def of_plane(value): return value in ("inline", "socket", "file")
def of_page(value): return count(value) and 1 <= value <= 1000
def directory(value): return value == "/" or path(value)
text, number, array, table = of(str), of(int, float), of(list), of(dict)


def encoded(value):
    try:
        return text(value) and base64.b64decode(value, validate=True) is not None
    except ValueError:
        return False


def path(value):
    if text(value) and (not GOOD_PATH.fullmatch(value) or len(value) > 1024 or {".", ".."} & set(value.split("/"))):
        raise Failure("INVALID_PATH", f"invalid path: {value[:64]!r}", path=value[:64])
    return text(value)


def arguments(method, params):
    if not table(params):
        raise Failure(-32602, "params: not an object")
    wanted = inspect.signature(method).parameters.values()
    for each in wanted:
        needed = each.name in params or each.default is each.empty
        if needed and not each.annotation(params.get(each.name)):
            raise Failure(-32602, f"params.{each.name}: missing or of the wrong type")
    return {each.name: params[each.name] for each in wanted if each.name in params}


# What the methods share

def found(path):
    return store.get(path) or not_found(path)


def not_found(path):
    raise Failure("PATH_NOT_FOUND", f"path not found: {path}", path=path)


def below(path):
    return [each for each in store if each.startswith(path.rstrip("/") + "/")]


def free_place(path):
    if below(path) or any(path.startswith(each + "/") for each in store):
        raise Failure("INVALID_PATH", f"invalid path: {path!r}: an object cannot be a directory", path=path)


def save(path, content):
    store[path] = (content, int(time.time() * 1000), uuid.uuid4().hex)
    unfinished.pop(path, None)


def facts(path):
    content, changed, version = found(path)
    return {"size": len(content), "modTime": changed, "version": version}


def writer_at(writer, offset=None):
    path, mode, content = writers.get(writer, (None, None, None))
    if path is None:
        raise Failure("ALREADY_CLOSED", f"already closed: writer {writer}")
    if offset not in (None, len(content)):
        raise Failure("INVALID_OFFSET", f"invalid offset: {offset}", path=path, offset=offset, size=len(content))
    return path, mode, content


# The methods

def on_initialize(protocolVersions: array, limits: table, parameters: table = {}):
    if session["state"] != "new":
        raise Failure(1101, "initialize came before")
    if 1 not in protocolVersions:
        raise Failure(1102, "no common protocol version: this driver speaks 1", protocolVersions=[1])
    if parameters:
        issues = [{"key": key, "message": "unknown parameter"} for key in parameters]
        raise Failure(1103, f"unknown parameter: {issues[0]['key']}", issues=issues)
    session.update(limits, state="ready")
    return {"protocolVersion": 1, "driver": {"name": "smallest", "version": "1.0.0"}, "capabilities": {},
            "dataPlanes": ["inline"], "concurrency": 1}


def on_ping():
    return {}


def on_shutdown():
    return session.update(state="shutdown") or {}


def on_stat(path: directory):
    if path in store:
        return {"path": path, "isDir": False, **facts(path)}
    times = [store[each][1] for each in below(path)] or ([0] if path == "/" else not_found(path))
    return {"path": path, "isDir": True, "size": 0, "modTime": max(times)}


def on_list(path: directory, cursor: text = "", limit: of_page = 1000):
    if not on_stat(path)["isDir"]:
        not_found(path)
    prefix = path.rstrip("/") + "/"
    limit = min(limit, session["pageEntries"])
    names = sorted(name for name in {each[len(prefix):].split("/")[0] for each in below(path)} if name > cursor)
    more = {"cursor": names[limit - 1]} if len(names) > limit else {}
    return {"entries": [on_stat(prefix + name) for name in names[:limit]], **more}


def on_get(path: path):
    content = found(path)[0]
    small = len(content) <= session["smallContentBytes"]
    return {**facts(path), **({"content": base64.b64encode(content).decode()} if small else {})}


def on_put(path: path, content: encoded):
    if len(base64.b64decode(content)) > session["smallContentBytes"]:
        raise Failure("UNSUPPORTED", f"content of a put is at most {session['smallContentBytes']} bytes", path=path)
    free_place(path)
    save(path, base64.b64decode(content))
    return {}


def on_read(path: path, offset: number, plane: of_plane, length: count = None, ifMatch: text = None):
    if plane != "inline":
        raise Failure("UNSUPPORTED", f"unsupported: plane {plane}", path=path)
    content, _, version = found(path)
    if ifMatch not in (None, version):
        raise Failure("UNAVAILABLE", f"content changed while it was read: {path}", path=path, retryable=False)
    if offset < 0:
        raise Failure("INVALID_OFFSET", f"invalid offset: {offset}", path=path, offset=offset)
    most = session["inlineChunkBytes"]
    part = content[int(offset):][:most if length is None else min(length, most)]
    return {"data": base64.b64encode(part).decode(), **facts(path)}


def on_writer_open(path: path, mode: text):
    free_place(path)
    if mode not in ("truncate", "append", "put"):
        raise Failure("UNSUPPORTED", f"unsupported: mode {mode}", path=path)
    content = (unfinished[path] if path in unfinished else found(path)[0]) if mode == "append" else b""
    writers[writer := uuid.uuid4().hex] = (path, mode, bytearray(content))
    return {"writer": writer, "size": len(content)}


def on_writer_write(writer: text, offset: count, data: encoded):
    content = writer_at(writer, offset)[2]
    content += base64.b64decode(data)
    return {"size": len(content)}


def on_writer_commit(writer: text, size: count):
    path, _, content = writer_at(writer, size)
    save(path, bytes(content))
    del writers[writer]
    return {"size": size}


def on_writer_close(writer: text):
    path, mode, content = writer_at(writer)
    if mode != "put":
        unfinished[path] = bytes(content)
    del writers[writer]
    return {"size": len(content)}


def on_writer_cancel(writer: text):
    unfinished.pop(writer_at(writer)[0], None)
    del writers[writer]
    return {}


def on_move(source: path, destination: path):
    paths = [source] if source in store else below(source) or not_found(source)
    if source != destination:
        free_place(destination)
    store.update({destination + each[len(source):]: store.pop(each) for each in paths})
    return {}


def on_delete(path: path):
    gone = [(kept, each) for kept in (store, unfinished) for each in kept if (each + "/").startswith(path + "/")]
    for kept, each in gone or not_found(path):
        del kept[each]
    return {}


METHODS = {name[3:].replace("_", "/"): method for name, method in globals().items() if name.startswith("on_")}


def answer(name, params):
    if name not in METHODS:
        raise Failure(-32601, f"no method {name!r}")
    if name != "initialize" and session["state"] != "ready":
        raise Failure(-32002, f"{name} outside of a session: it starts with initialize")
    return METHODS[name](**arguments(METHODS[name], params))


def main():
    while (message := read_message()) is not None:
        if "method" not in message:
            print("ignored an answer: a driver asks nothing")
        elif "id" in message:
            try:
                send({"id": message["id"], "result": answer(message["method"], message.get("params", {}))})
            except Failure as failure:
                send({"id": message["id"], "error": failure.error})
        elif message["method"] == "exit":
            return 0 if session["state"] == "shutdown" else 1
    return 0


sys.exit(main())
