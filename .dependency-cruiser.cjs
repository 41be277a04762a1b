// Who may import whom. `driver` is the only layer that all share; `cli` alone wires.
const entries = 'src/(index|host|plugin|vitest)\\.ts$';

/** Sources of `from` may import, among our packages, themselves and `to` only. */
const layer = (name, from, to) => ({
  name,
  severity: 'error',
  from: { path: from },
  to: { path: '^packages/', pathNot: to },
});

module.exports = {
  forbidden: [
    {
      name: 'driver-imports-nothing',
      comment: 'The contract depends on Node alone.',
      severity: 'error',
      from: { path: '^packages/driver/src/' },
      to: { pathNot: '^packages/driver/src/', dependencyTypesNot: ['core'] },
    },
    layer('ipc-imports-driver', '^packages/ipc/src/', [
      '^packages/(ipc|driver)/',
      '^packages/telemetry/src/index\\.ts$',
    ]),
    layer('telemetry-imports-nothing', '^packages/telemetry/src/', ['^packages/telemetry/']),
    {
      name: 'only-drivers-trace-in-ipc',
      comment: 'The host passes on a traceparent that it is given.',
      severity: 'error',
      from: { path: '^packages/ipc/src/', pathNot: '^packages/ipc/src/plugin/' },
      to: { path: '^packages/telemetry/' },
    },
    layer('host-imports-driver-and-ipc-host', '^packages/host/src/', [
      '^packages/(host|driver)/',
      '^packages/ipc/src/host\\.ts$',
    ]),
    layer('object-store-imports-driver', '^packages/object-store/src/', ['^packages/(object-store|driver)/']),
    layer('create-imports-nothing', '^packages/create-registry-storage/src/', [
      '^packages/create-registry-storage/',
    ]),
    {
      name: 'middleware-imports-driver',
      comment: 'Only its programs know that drivers can be processes.',
      severity: 'error',
      from: {
        path: '^packages/middleware/src/',
        pathNot: '^packages/middleware/src/(program/|main-[a-z]+\\.ts$)',
      },
      to: { path: '^packages/', pathNot: ['^packages/(middleware|driver)/'] },
    },
    {
      name: 'middleware-programs-add-host-and-ipc-plugin',
      severity: 'error',
      from: { path: '^packages/middleware/src/(program/|main-[a-z]+\\.ts$)' },
      to: {
        path: '^packages/',
        pathNot: ['^packages/(middleware|driver|host)/', '^packages/ipc/src/plugin\\.ts$'],
      },
    },
    layer('registry-imports-driver', '^packages/registry/src/', ['^packages/(registry|driver)/']),
    {
      name: 'suite-imports-driver',
      comment: 'Only the entry for vitest and the one for executables know that drivers can be processes.',
      severity: 'error',
      from: {
        path: '^packages/testsuite/src/',
        pathNot: '^packages/testsuite/src/(vitest|executable)(\\.ts$|/)',
      },
      to: { path: '^packages/', pathNot: ['^packages/(testsuite|driver)/'] },
    },
    {
      name: 'suite-has-no-runner',
      severity: 'error',
      from: { path: '^packages/testsuite/src/', pathNot: '^packages/testsuite/src/vitest(\\.ts$|/)' },
      to: { path: 'node_modules/vitest/' },
    },
    {
      name: 'plugin-imports-driver',
      severity: 'error',
      from: {
        path: '^packages/(plugin-[^/]+)/src/',
        pathNot: '^packages/plugin-[^/]+/src/main[a-z0-9-]*\\.ts$',
      },
      to: { path: '^packages/', pathNot: ['^packages/($1|driver|object-store)/'] },
    },
    {
      name: 'plugin-main-adds-ipc-plugin',
      severity: 'error',
      from: { path: '^packages/(plugin-[^/]+)/src/main[a-z0-9-]*\\.ts$' },
      to: { path: '^packages/', pathNot: ['^packages/($1|driver)/', '^packages/ipc/src/plugin\\.ts$'] },
    },
    {
      name: 'no-reaching-in',
      comment: 'A package is imported through its exports.',
      severity: 'error',
      from: { path: '^packages/([^/]+)/' },
      to: { path: '^packages/', pathNot: ['^packages/$1/', `^packages/[^/]+/${entries}`] },
    },
    {
      name: 'no-reaching-in-from-outside',
      severity: 'error',
      from: { path: '^(e2e|bench)/' },
      to: { path: '^packages/', pathNot: [`^packages/[^/]+/${entries}`] },
    },
    {
      name: 'src-imports-no-test',
      severity: 'error',
      from: { path: '^(packages/[^/]+|bench)/src/' },
      to: { path: ['/test/', '^e2e/'] },
    },
    { name: 'no-circular', severity: 'error', from: {}, to: { circular: true } },
    { name: 'not-resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'not-to-dev-dependency',
      severity: 'error',
      from: { path: '^packages/[^/]+/src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg'], dependencyTypesNot: ['npm-peer', 'type-only'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(packages/[^/]+|bench)/dist/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.check.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['@outrigger/source', 'import', 'node', 'types', 'default'],
      mainFields: ['module', 'main', 'types'],
    },
  },
};
