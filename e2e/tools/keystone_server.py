# OpenStack's Keystone: an SQLite file and fernet tokens below one directory, with the user admin in the project admin.
#
#   keystone-server DIRECTORY PORT PASSWORD [SECONDS]
#
# SECONDS is how far its clock goes ahead: tokens of an earlier start are as old by then.
import datetime
import os
import sys
import threading
from importlib.metadata import version
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

CONFIG = """
[DEFAULT]
log_file = {dir}/keystone.log
[database]
connection = sqlite:///{dir}/keystone.db
[fernet_tokens]
key_repository = {dir}/keys
[fernet_receipts]
key_repository = {dir}/keys
[identity]
# The least: no one attacks these passwords.
password_hash_rounds = 4
[application_credential]
user_limit = -1
"""


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 100


class Handler(WSGIRequestHandler):
    def log_message(self, *_):
        pass


def main(directory, port, password, ahead="0"):
    os.environ["OS_KEYSTONE_CONFIG_FILES"] = f"{directory}/keystone.conf"
    if not os.path.exists(f"{directory}/ready"):
        in_child(lambda: prepare(directory, f"http://127.0.0.1:{port}/v3", password))
    set_clock(int(ahead))
    from keystone.server import wsgi

    app = wsgi.initialize_public_application()
    lock = threading.Lock()

    def one_by_one(env, start_response):
        # SQLite has one writer.
        with lock:
            return list(app(env, start_response))

    make_server("127.0.0.1", int(port), one_by_one, Server, Handler).serve_forever()


def in_child(work):
    """Keystone reads its configuration once in a process."""
    child = os.fork()
    if child == 0:
        work()
        os._exit(0)
    if os.waitpid(child, 0)[1] != 0:
        raise SystemExit("Keystone cannot be set up")


def prepare(directory, url, password):
    from cryptography.fernet import Fernet

    with open(f"{directory}/keystone.conf", "w") as file:
        file.write(CONFIG.format(dir=directory))
    os.makedirs(f"{directory}/keys", mode=0o700)
    for name in ("0", "1"):
        with open(f"{directory}/keys/{name}", "wb") as file:
            file.write(Fernet.generate_key())
    bootstrap(directory, url, password)
    open(f"{directory}/ready", "w").close()


def bootstrap(directory, url, password):
    import keystone.server
    from keystone.cmd.bootstrap import Bootstrapper
    from keystone.common.sql import upgrades

    keystone.server.configure(config_files=[f"{directory}/keystone.conf"])
    upgrades.offline_sync_database_to_version()
    first = Bootstrapper()
    first.admin_username = first.project_name = first.admin_role_name = "admin"
    first.admin_password = password
    first.region_id, first.service_name = "here", "keystone"
    first.public_url = first.internal_url = first.admin_url = url
    first.bootstrap()


def set_clock(ahead):
    from oslo_utils import timeutils

    true = timeutils.utcnow
    timeutils.utcnow = lambda *given, **named: true(*given, **named) + datetime.timedelta(seconds=ahead)


if __name__ == "__main__":
    if sys.argv[1:] == ["--version"]:
        print(version("keystone"))
    else:
        # What it reads of the command's line is its own.
        given, sys.argv = sys.argv[1:], sys.argv[:1]
        main(*given)
