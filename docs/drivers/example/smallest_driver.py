#!/usr/bin/env python3
"""The smallest whole driver: version 1 of the protocol on the plane `inline`, with nothing but Python.

It keeps objects in memory. `store` maps a path to (bytes, time); directories are what paths imply.
"""
import base64, json, re, sys, time

PATH = re.compile(r"(/[A-Za-z0-9._-]+)+")
MAX_HEADER, MAX_MESSAGE = 4096, 1024 * 1024
NUMBERS = {"PATH_NOT_FOUND": 1001, "INVALID_PATH": 1002, "INVALID_OFFSET": 1003, "UNSUPPORTED": 1004,
           "ALREADY_CLOSED": 1005}
stdin, stdout = sys.stdin.buffer, sys.stdout.buffer
sys.stdout = sys.stderr  # a print statement must not reach the channel
store, unfinished, writers = {}, {}, {}
session = {"state": "new", "limits": {}, "writers": 0}


class Failure(Exception):
    def __init__(self, number, message, data=None):
        self.error = {"code": number, "message": message}
        if data is not None:
            self.error["data"] = data


def storage_error(code, message, **data):
    return Failure(NUMBERS[code], message, {"code": code, **data})


# Framing

def read_message():
    """The next message, or None at the end of stdin. Anything that is no frame ends the driver."""
    length = None
    header = stdin.readline(MAX_HEADER)
    if header == b"":
        return None
    while header != b"\r\n":
        field = re.fullmatch(rb"content-(?:length:[ \t]*([0-9]{1,15})|type:.*?)[ \t]*\r\n", header, re.I)
        if field is None:
            sys.exit(f"not a frame: {header[:200]!r}")
        length = int(field[1]) if field[1] else length
        header = stdin.readline(MAX_HEADER)
    if length is None or not 0 < length <= MAX_MESSAGE:
        sys.exit(f"a frame of {length} bytes")
    body = stdin.read(length)
    return json.loads(body) if len(body) == length else None


def send(message):
    body = json.dumps({"jsonrpc": "2.0", **message}).encode()
    stdout.write(b"Content-Length: %d\r\n\r\n%s" % (len(body), body))
    stdout.flush()


# What the methods share

def param(params, name, kind, default=None):
    value = params.get(name, default) if isinstance(params, dict) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise Failure(-32602, f"{name} is missing or of the wrong type")
    return value


def path_of(params, name="path", root=False):
    path = param(params, name, str)
    good = PATH.fullmatch(path) and len(path) <= 1024 and not {".", ".."} & set(path.split("/"))
    if not good and not (root and path == "/"):
        raise storage_error("INVALID_PATH", f"invalid path: {path[:64]!r}", path=path[:64])
    return path


def not_found(path):
    return storage_error("PATH_NOT_FOUND", f"path not found: {path}", path=path)


def below(directory, paths):
    return [path for path in paths if path.startswith(directory.rstrip("/") + "/")]


def free_place(path):
    """Nothing is below an object, and an object never replaces a directory."""
    if below(path, store) or any(path.startswith(each + "/") for each in store):
        raise storage_error("INVALID_PATH", f"invalid path: {path!r}: a directory and an object cannot be one",
                            path=path)
    return path


def found(path):
    if path not in store:
        raise not_found(path)
    return store[path]


def save(path, content):
    store[path] = (content, int(time.time() * 1000))
    unfinished.pop(path, None)


def opened(path):
    content, changed = found(path)
    return {"size": len(content), "modTime": changed}


def info(path):
    if path in store:
        return {"path": path, "isDir": False, **opened(path)}
    times = [store[each][1] for each in below(path, store)]
    if not times and path != "/":
        raise not_found(path)
    return {"path": path, "isDir": True, "size": 0, "modTime": max(times, default=0)}


# The methods

def initialize(params):
    if session["state"] != "new":
        raise Failure(1101, "initialize came before")
    if 1 not in param(params, "protocolVersions", list):
        raise Failure(1102, "no common protocol version: this driver speaks 1", {"protocolVersions": [1]})
    issues = [{"key": key, "message": "unknown parameter"} for key in param(params, "parameters", dict, {})]
    if issues:
        raise Failure(1103, f"unknown parameter: {issues[0]['key']}", {"issues": issues})
    session.update(state="ready", limits=param(params, "limits", dict))
    return {"protocolVersion": 1, "driver": {"name": "smallest", "version": "1.0.0"}, "capabilities": {},
            "dataPlanes": ["inline"], "concurrency": 1}


def shutdown(params):
    session["state"] = "shutdown"
    return {}


def list_(params):
    path, limit = path_of(params, root=True), param(params, "limit", int, 1000)
    if not 1 <= limit <= 1000:
        raise Failure(-32602, "limit is 1 to 1000")
    if path in store or not info(path)["isDir"]:
        raise not_found(path)
    prefix = path.rstrip("/") + "/"
    names = sorted({each[len(prefix):].split("/")[0] for each in below(path, store)})
    page = [name for name in names if name > param(params, "cursor", str, "")]
    result = {"entries": [info(prefix + name) for name in page[:limit]]}
    if len(page) > limit:
        result["cursor"] = page[limit - 1]
    return result


def get(params):
    path = path_of(params)
    content, _ = found(path)
    small = len(content) <= session["limits"]["smallContentBytes"]
    return {**opened(path), **({"content": base64.b64encode(content).decode()} if small else {})}


def put(params):
    path, content = free_place(path_of(params)), base64.b64decode(param(params, "content", str))
    if len(content) > session["limits"]["smallContentBytes"]:
        raise storage_error("UNSUPPORTED", "content of a put is too large", path=path)
    save(path, content)
    return {}


def read(params):
    path, offset, plane = path_of(params), param(params, "offset", (int, float)), param(params, "plane", str)
    if plane not in ("inline", "socket", "file"):
        raise Failure(-32602, "plane is inline, socket or file")
    if plane != "inline":
        raise storage_error("UNSUPPORTED", f"unsupported: plane {plane}", path=path)
    content, _ = found(path)
    if offset < 0 or offset != int(offset):
        raise storage_error("INVALID_OFFSET", f"invalid offset: {offset}", path=path)
    most = session["limits"]["inlineChunkBytes"]
    part = content[int(offset):][:min(param(params, "length", int, most), most)]
    return {"data": base64.b64encode(part).decode(), **opened(path)}


def writer_open(params):
    path, mode = free_place(path_of(params)), param(params, "mode", str)
    if mode not in ("truncate", "append", "put"):
        raise storage_error("UNSUPPORTED", f"unsupported: mode {mode}", path=path)
    content = b""
    if mode == "append":
        content = unfinished[path] if path in unfinished else found(path)[0]
    elif mode == "truncate":
        unfinished.pop(path, None)
    session["writers"] += 1
    writer = str(session["writers"])
    writers[writer] = {"path": path, "mode": mode, "content": bytearray(content)}
    return {"writer": writer, "size": len(content)}


def open_writer(params, at=None):
    name = param(params, "writer", str)
    offset = None if at is None else param(params, at, int)
    if offset is not None and offset < 0:
        raise Failure(-32602, f"{at} is negative")
    if name not in writers:
        raise storage_error("ALREADY_CLOSED", f"already closed: writer {name}")
    writer = writers[name]
    if offset is not None and offset != len(writer["content"]):
        raise storage_error("INVALID_OFFSET", f"invalid offset: {offset}", path=writer["path"], offset=offset,
                            size=len(writer["content"]))
    return writer


def writer_write(params):
    writer = open_writer(params, "offset")
    writer["content"] += base64.b64decode(param(params, "data", str))
    return {"size": len(writer["content"])}


def writer_commit(params):
    writer = open_writer(params, "size")
    save(writer["path"], bytes(writer["content"]))
    del writers[params["writer"]]
    return {"size": len(writer["content"])}


def writer_close(params):
    writer = open_writer(params)
    if writer["mode"] != "put":
        unfinished[writer["path"]] = bytes(writer["content"])
    del writers[params["writer"]]
    return {"size": len(writer["content"])}


def writer_cancel(params):
    unfinished.pop(open_writer(params)["path"], None)
    del writers[params["writer"]]
    return {}


def move(params):
    source, destination = path_of(params, "source"), path_of(params, "destination")
    paths = [source] if source in store else below(source, store)
    if not paths:
        raise not_found(source)
    if source != destination:
        free_place(destination)
    for path in paths:
        store[destination + path[len(source):]] = store.pop(path)
    return {}


def delete(params):
    path = path_of(params)
    gone = [(kept, each) for kept in (store, unfinished) for each in kept if (each + "/").startswith(path + "/")]
    if not gone:
        raise not_found(path)
    for kept, each in gone:
        del kept[each]
    return {}


METHODS = {
    "stat": lambda params: info(path_of(params, root=True)), "list": list_, "get": get, "put": put, "read": read,
    "writer/open": writer_open, "writer/write": writer_write, "writer/commit": writer_commit,
    "writer/close": writer_close, "writer/cancel": writer_cancel, "move": move, "delete": delete,
    "ping": lambda params: {}, "shutdown": shutdown,
}


def answer(method, params):
    if method == "initialize":
        return initialize(params)
    if method not in METHODS:
        raise Failure(-32601, f"no method {method!r}")
    if session["state"] != "ready":
        raise Failure(-32002, f"{method} outside of a session: it starts with initialize")
    return METHODS[method](params)


def main():
    while (message := read_message()) is not None:
        if "id" not in message:
            if message["method"] == "exit":
                return 0 if session["state"] == "shutdown" else 1
            continue  # initialized, $/cancelRequest, and what a later version may bring
        try:
            send({"id": message["id"], "result": answer(message["method"], message.get("params", {}))})
        except Failure as failure:
            send({"id": message["id"], "error": failure.error})
    return 0


if __name__ == "__main__":
    sys.exit(main())
