# OpenStack Swift in one process: a proxy and the three storage servers over one directory, with one device and one
# replica. It is Swift's own code all the way; only the processes are one, so that it starts in seconds.
#
#   swift-server swift DIRECTORY PORT [IDENTITY]
import os
import sys

import swift

ACCOUNT, USER, KEY = "test", "tester", "testing"

STORAGE = """
[DEFAULT]
bind_ip = 127.0.0.1
swift_dir = {dir}
devices = {dir}/devices
mount_check = false
disable_fallocate = true
log_level = WARNING
[pipeline:main]
pipeline = {kind}-server
[app:{kind}-server]
use = egg:swift#{kind}
"""

PROXY = """
[DEFAULT]
bind_ip = 127.0.0.1
swift_dir = {dir}
log_level = WARNING
[pipeline:main]
pipeline = catch_errors gatekeeper healthcheck listing_formats bulk tempurl {auth} copy container-quotas account-quotas slo dlo proxy-server
[app:proxy-server]
use = egg:swift#proxy
account_autocreate = true
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
www_authenticate_uri = {identity}
auth_url = {identity}
auth_type = password
username = swift
password = servicesecret
project_name = service
user_domain_id = default
project_domain_id = default
delay_auth_decision = true
service_token_roles_required = false
[filter:keystoneauth]
use = egg:swift#keystoneauth
operator_roles = admin, member
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


def run_swift(directory, port, identity=""):
    # Before anything else of Swift is imported: its servers are green.
    from swift.common import utils
    import eventlet

    utils.monkey_patch()
    write(directory, "swift.conf", "[swift-hash]\nswift_hash_path_suffix = outrigger\n")
    os.makedirs(f"{directory}/devices/sda", exist_ok=True)
    utils.set_swift_dir(directory)
    sockets = {kind: eventlet.listen(("127.0.0.1", 0)) for kind in ("account", "container", "object")}
    for kind, socket in sockets.items():
        make_ring(directory, kind, socket.getsockname()[1])
    sockets["proxy"] = eventlet.listen(("127.0.0.1", int(port)))
    auth = "authtoken keystoneauth" if identity else "tempauth"
    servers = [serve(directory, kind, socket, auth, identity) for kind, socket in sockets.items()]
    for server in servers:
        server.wait()


def serve(directory, kind, socket, auth, identity):
    """As swift.common.wsgi.run_server, which wants a process of its own."""
    import eventlet
    from eventlet import wsgi
    from swift.common.wsgi import SwiftHttpProtocol, loadapp

    template = PROXY if kind == "proxy" else STORAGE
    names = dict(dir=directory, kind=kind, auth=auth, identity=identity, account=ACCOUNT, user=USER, key=KEY)
    app = loadapp(write(directory, f"{kind}-server.conf", template.format(**names)), {"log_name": kind})
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
        {"swift": run_swift}[sys.argv[1]](*sys.argv[2:])
