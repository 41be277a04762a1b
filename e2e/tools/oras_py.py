"""A small command line over the Python oras client, in the manner of the oras command.

oras-py [--plain-http] [--user NAME:PASSWORD] push REF FILE[:TYPE]... [--annotation K=V]... [--chunk-size N]
oras-py ... pull REF [--output DIR]
oras-py ... attach REF FILE[:TYPE]... --artifact-type TYPE [--annotation K=V]...
oras-py ... discover REF [--artifact-type TYPE]
oras-py ... tags REPOSITORY

push and attach print the digest of the manifest, pull the files it wrote, discover the referrers as JSON, tags the tags.
"""

import argparse
import hashlib
import json
import os
import sys
import urllib.parse
from importlib.metadata import version

import oras.container
import oras.defaults
import oras.oci
import oras.provider
import requests


class Client(oras.provider.Registry):
    """Sends a manifest as the very bytes it was hashed as; with `attaching` set, by its digest.

    Fails at once where the library would try again for minutes.
    """

    do_request = oras.provider.Registry.do_request.__wrapped__

    attaching = False
    artifact_type = None
    sent_digest = None

    def upload_manifest(self, manifest, container):
        if self.artifact_type:
            manifest["artifactType"] = self.artifact_type
        body = json.dumps(manifest).encode()
        self.sent_digest = digest_of(body)
        reference = self.sent_digest if self.attaching else None
        url = f"{self.prefix}://{container.manifest_url(reference)}"
        return self.do_request(url, "PUT", data=body, headers={"Content-Type": manifest["mediaType"]})

    def fetch_manifest(self, container):
        accept = ", ".join(oras.defaults.default_manifest_accepted_media_types)
        response = self.do_request(f"{self.prefix}://{container.manifest_url()}", headers={"Accept": accept})
        self._check_200_response(response)
        return response

    def subject(self, container):
        response = self.fetch_manifest(container)
        media_type = response.headers["Content-Type"].split(";")[0]
        return oras.oci.Subject(media_type, digest_of(response.content), len(response.content))


def digest_of(content):
    return "sha256:" + hashlib.sha256(content).hexdigest()


def auth_backend(registry, plain_http):
    """The library takes every challenge for one of a token service unless told otherwise."""
    response = requests.get(f"{'http' if plain_http else 'https'}://{registry}/v2/", timeout=60)
    challenge = response.headers.get("WWW-Authenticate", "")
    return "basic" if challenge.lower().startswith("basic ") else "token"


def connect(options):
    container = oras.container.Container(options.reference)
    backend = auth_backend(container.registry, options.plain_http)
    client = Client(insecure=options.plain_http, auth_backend=backend)
    client.auth.load_configs(container)
    if options.user:
        client.auth.set_basic_auth(*options.user.split(":", 1))
    elif backend == "basic" and not getattr(client.auth, "_basic_auth", None):
        raise ValueError(f"{container.registry} asks for --user")
    return client, container


def send(client, container, options, **more):
    chunks = {"do_chunked": True, "chunk_size": options.chunk_size} if options.chunk_size else {}
    client.push(
        container,
        files=options.files,
        disable_path_validation=True,
        manifest_annotations=dict(pair.split("=", 1) for pair in options.annotation),
        quiet=True,
        **chunks,
        **more,
    )
    print(client.sent_digest)


def push(client, container, options):
    client.artifact_type = options.artifact_type
    send(client, container, options)


def attach(client, container, options):
    client.artifact_type = options.artifact_type
    client.attaching = True
    send(client, container, options, subject=client.subject(container))


def pull(client, container, options):
    os.makedirs(options.output, exist_ok=True)
    for file in client.pull(container, outdir=os.path.abspath(options.output)):
        print(file)


def discover(client, container, options):
    digest = container.digest or client.subject(container).digest
    url = f"{client.prefix}://{container.registry}/v2/{container.api_prefix}/referrers/{digest}"
    if options.artifact_type:
        url += "?artifactType=" + urllib.parse.quote(options.artifact_type, safe="")
    response = client.do_request(url)
    client._check_200_response(response)
    print(json.dumps(response.json()["manifests"], indent=2))


def tags(client, container, _options):
    print("\n".join(client.get_tags(container)))


def parse(arguments):
    parser = argparse.ArgumentParser(prog="oras-py", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--version", action="version", version=f"oras-py {version('oras')}")
    parser.add_argument("--plain-http", action="store_true")
    parser.add_argument("--user", metavar="NAME:PASSWORD")
    commands = parser.add_subparsers(required=True, dest="command")
    for action in (push, attach, pull, discover, tags):
        command = commands.add_parser(action.__name__)
        command.set_defaults(action=action)
        command.add_argument("reference")
        if action in (push, attach):
            command.add_argument("files", nargs="+", metavar="FILE[:TYPE]")
            command.add_argument("--annotation", action="append", default=[], metavar="K=V")
            command.add_argument("--chunk-size", type=int, metavar="BYTES")
        if action in (push, attach, discover):
            command.add_argument("--artifact-type", required=action is attach)
        if action is pull:
            command.add_argument("--output", "-o", default=".")
    return parser.parse_args(arguments)


def main():
    options = parse(sys.argv[1:])
    try:
        client, container = connect(options)
        options.action(client, container, options)
    except (ValueError, OSError) as error:
        sys.exit(f"oras-py: {error}")


if __name__ == "__main__":
    main()
