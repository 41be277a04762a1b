# OpenStack Swift in one process: a proxy and the three storage servers over one directory, with one device and one
# replica. It is Swift's own code all the way; only the processes are one, so that it starts in seconds.
#
#   swift-server DIRECTORY PORT [KEYSTONE PASSWORD]
#
# With the address of a Keystone and the password of its admin it takes the tokens of that, otherwise those of TempAuth.
import json
import os
import sys
import time

import swift

ACCOUNT, USER, KEY = "test", "tester", "testing"

STORAGE = """
[DEFAULT]
swift_dir = {dir}
devices = {dir}/devices
mount_check = false
disable_fallocate = true
# A listing has what was written, however busy the machine is: nothing here would make up for an update that came late.
container_update_timeout = 60
conn_timeout = 30
node_timeout = 60
log_level = ERROR
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

PROXY = """
[DEFAULT]
swift_dir = {dir}
log_level = ERROR
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck listing_formats bulk tempurl {auth} copy container-quotas account-quotas slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
# A machine that is busy with other things is no fault of a server.
conn_timeout = 30
node_timeout = 60
recoverable_node_timeout = 60
error_suppression_limit = 1000000
error_suppression_interval = 0
[filter:tempauth]
use = egg:swift#tempauth
user_{account}_{user} = {key} .admin
user_{account}_reader = {key}
user_admin_admin = admin .admin .reseller_admin
# Tokens that say all by themselves: no memcached.
fernet_key_1 = b3V0cmlnZ2VyLW91dHJpZ2dlci1vdXRyaWdnZXItMTI=
active_fernet_key_id = 1
[filter:authtoken]
paste.filter_factory = keystonemiddleware.auth_token:filter_factory
www_authenticate_uri = {keystone}
auth_url = {keystone}
auth_type = password
username = admin
password = {password}
user_domain_id = default
project_name = admin
project_domain_id = default
# Temporary URLs have no token.
delay_auth_decision = true
# Each token is asked for each time: none outlives its end.
token_cache_time = -1
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = member
[filter:catch_errors]
use = egg:swift#catch_errors
[filter:gatekeeper]
use = egg:swift#gatekeeper
[filter:healthcheck]
use = egg:swift#healthcheck
[filter:listing_formats]
use = egg:swift#listing_formats
[filter:bulk]
use = egg:swift#bulk
[filter:tempurl]
use = egg:swift#tempurl
[filter:copy]
use = egg:swift#copy
[filter:container-quotas]
use = egg:swift#container_quotas
[filter:account-quotas]
use = egg:swift#account_quotas
[filter:slo]
use = egg:swift#slo
[filter:dlo]
use = egg:swift#dlo
"""


class Cache:
    """What memcached is to Swift, for one process: JSON by a key, for a while."""

    def __init__(self):
        self.values = {}

    def get(self, key, raise_on_error=False):
        text, end = self.values.get(key, (None, 0))
        return json.loads(text) if text is not None and time.time() < end else None

    def set(self, key, value, serialize=True, time=0, min_compress_len=0, raise_on_error=False):
        self.values[key] = (json.dumps(value), now() + (time or 3600))

    def incr(self, key, delta=1, time=0):
        value = max(0, (self.get(key) or 0) + int(delta))
        self.set(key, value, time=time)
        return value

    def decr(self, key, delta=1, time=0):
        return self.incr(key, -delta, time)

    def delete(self, key, server_key=None):
        self.values.pop(key, None)


def now():
    return time.time()


def main(directory, port, keystone="", password=""):
    # Before anything else of Swift is imported: its servers are green.
    from swift.common import utils
    import eventlet

    utils.monkey_patch()
    # The tests kill processes, not machines: what is written is in the system's memory.
    os.fsync = os.fdatasync = lambda fd: None
    write(directory, "swift.conf", "[swift-hash]\nswift_hash_path_suffix = outrigger\n")
    os.makedirs(f"{directory}/devices/sda", exist_ok=True)
    utils.set_swift_dir(directory)
    sockets = {kind: eventlet.listen(("127.0.0.1", 0)) for kind in ("account", "container", "object")}
    for kind, socket in sockets.items():
        make_ring(directory, kind, socket.getsockname()[1])
    sockets["proxy"] = eventlet.listen(("127.0.0.1", int(port)))
    auth = "authtoken keystoneauth" if keystone else "tempauth"
    names = dict(account=ACCOUNT, user=USER, key=KEY, auth=auth, keystone=keystone, password=password)
    servers = [serve(directory, kind, socket, names) for kind, socket in sockets.items()]
    for server in servers:
        server.wait()


def serve(directory, kind, socket, names):
    """As swift.common.wsgi.run_server, which wants a process of its own."""
    import eventlet
    from eventlet import wsgi
    from swift.common.wsgi import SwiftHttpProtocol, loadapp

    template = PROXY if kind == "proxy" else STORAGE
    config = template.format(dir=directory, kind=kind, **names)
    loaded = loadapp(write(directory, f"{kind}-server.conf", config), {"log_name": kind})
    cache = Cache()

    def app(env, start_response):
        env["swift.cache"] = cache
        return loaded(env, start_response)

    quiet = open(os.devnull, "w")
    options = dict(protocol=SwiftHttpProtocol, socket_timeout=60, capitalize_response_headers=False)
    return eventlet.spawn(wsgi.server, socket, app, quiet, **options)


def make_ring(directory, kind, port):
    from swift.common.ring import RingBuilder

    builder = RingBuilder(2, 1, 0)
    builder.add_dev(
        dict(id=0, region=1, zone=1, ip="127.0.0.1", port=port, device="sda", weight=1, replication_ip="127.0.0.1", replication_port=port)
    )
    builder.rebalance()
    builder.get_ring().save(f"{directory}/{kind}.ring.gz")


def write(directory, name, text):
    path = os.path.join(directory, name)
    with open(path, "w") as file:
        file.write(text)
    return path


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        print(swift.__version__)
    else:
        main(*sys.argv[1:])
