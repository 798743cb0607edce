/**
 * Which module may import which: the layers of the design, checked by `make check`.
 *
 *   model <- formats <- verify <- sources <- pipeline <- commands <- cli
 *   render sees model and formats; io sees model; only commands, library and main see io; cli sees main alone
 *
 * Each layer names what it may import, other layers, packages and Node's built-ins alike: what is not
 * listed is refused.
 */

/** @type {Record<string, { layers: string[], packages: string[], builtins: string[] | 'any' }>} */
const layers = {
  model: { layers: [], packages: ['zod'], builtins: [] },
  formats: {
    layers: ['model'],
    packages: ['zod', 'yaml', 'xz-decompress', 'semver'],
    builtins: ['buffer', 'zlib', 'stream/web'],
  },
  verify: {
    layers: ['model', 'formats'],
    packages: ['zod', 'openpgp', '@sigstore/bundle', '@sigstore/verify', '@noble/curves', '@tufjs/models'],
    builtins: ['buffer', 'crypto'],
  },
  sources: { layers: ['model', 'formats', 'verify'], packages: ['zod'], builtins: ['buffer'] },
  pipeline: {
    layers: ['model', 'formats', 'verify', 'sources'],
    packages: ['zod'],
    builtins: ['buffer', 'util'],
  },
  // cloud-config is YAML, and compressed within it.
  render: {
    layers: ['model', 'formats'],
    packages: ['zod', 'yaml', '@cyclonedx/cyclonedx-library'],
    builtins: ['buffer', 'zlib'],
  },
  // The one layer with side effects.
  io: { layers: ['model'], packages: ['undici', 'tar-stream'], builtins: 'any' },
  // What programs build on: re-exports, and below programs/ what commands do, by ports.
  library: {
    layers: ['model', 'formats', 'verify', 'sources', 'pipeline', 'render', 'io'],
    packages: [],
    builtins: [],
  },
  commands: {
    layers: ['model', 'formats', 'verify', 'sources', 'pipeline', 'render', 'io'],
    packages: ['commander', 'zod'],
    builtins: ['path', 'url', 'util'],
  },
};

/** One rule a layer: whatever is not on its list is refused. */
const layerRules = Object.entries(layers).map(([name, { layers: below, packages, builtins }]) => ({
  name: `layer-${name}`,
  severity: 'error',
  comment: `src/${name} may import: ${[...below, ...packages].concat(builtins).join(', ')}.`,
  from: { path: `^src/${name}/` },
  to: {
    pathNot: [
      `^src/${name}/`,
      ...below.map((layer) => `^src/${layer}/`),
      ...packages.map((package_) => `(^|/)node_modules/${package_}/`),
      ...(builtins === 'any' ? [] : builtins.map((builtin) => `^(node:)?${builtin}$`)),
    ],
    ...(builtins === 'any' ? { dependencyTypesNot: ['core'] } : {}),
  },
}));

module.exports = {
  forbidden: [
    ...layerRules,
    {
      name: 'programs-of-the-pipeline',
      severity: 'error',
      comment:
        'Manifests, proofs, trust, staging, registry, package, import, add and init are nine programs: none knows another, nor does what they share.',
      from: { path: '^src/pipeline/([^/]+)/' },
      to: { path: '^src/pipeline/[^/]+/', pathNot: '^src/pipeline/($1|shared)/' },
    },
    {
      name: 'floors-of-formats',
      severity: 'error',
      comment: "Our own formats may use upstreams', those text, and never the other way round.",
      from: { path: '^src/formats/(upstream|text)/' },
      to: { path: '^src/formats/own/' },
    },
    {
      name: 'text-knows-no-format',
      severity: 'error',
      comment: 'JSON, PEM and the like know nothing of what is written in them.',
      from: { path: '^src/formats/text/' },
      to: { path: '^src/formats/(own|upstream)/' },
    },
    {
      name: 'what-commands-share',
      severity: 'error',
      comment: 'What commands share knows none of them.',
      from: { path: '^src/commands/shared/' },
      to: { path: '^src/commands/[^/]+\\.ts$' },
    },
    {
      name: 'cli-is-the-top',
      severity: 'error',
      comment:
        'An old Node has to be able to read cli.ts, which says that it is too old: what it needs it loads later.',
      from: { path: '^src/cli\\.ts$' },
      to: { pathNot: '^src/main\\.ts$' },
    },
    {
      name: 'main-wires-the-process',
      severity: 'error',
      comment: 'The process and its commands are wired here, and nothing further down than that.',
      from: { path: '^src/(main|command-line)\\.ts$' },
      to: { path: ['^src/', '(^|/)node_modules/'], pathNot: '^src/(command-line\\.ts|(commands|io|model)/)' },
    },
    {
      name: 'streams-have-one-owner',
      severity: 'error',
      comment: 'Commands print through their Host, which makes harmless what others wrote.',
      from: { path: '^src/', pathNot: '^src/command-line\\.ts$' },
      to: { path: '^src/io/(standard-output|terminal)\\.ts$' },
    },
    {
      name: 'index-is-not-the-cli',
      severity: 'error',
      comment: 'The library has no commands in it, and no packages of its own.',
      from: { path: '^src/index\\.ts$' },
      to: { pathNot: ['^src/library/[^/]+\\.ts$'] },
    },
    {
      name: 'entries-are-not-imported',
      severity: 'error',
      comment: 'index.ts, library/ and cli.ts are for the outside: inside, import the file that defines it.',
      from: { path: '^src/', pathNot: '^src/cli\\.ts$' },
      to: { path: '^src/(index|cli|main)\\.ts$' },
    },
    {
      name: 'mint-only-from-verify',
      severity: 'error',
      comment: 'Only a verifier may say that something is verified.',
      from: { path: '^(src|scripts)/', pathNot: '^src/verify/' },
      to: { path: '^src/verify/mint\\.ts$' },
    },
    {
      name: 'minted-by-name',
      severity: 'error',
      comment: 'The linter sees which of its names is imported, but not through import().',
      from: { path: '^(src|scripts)/' },
      to: { path: '^src/model/minted\\.ts$', dynamic: true },
    },
    {
      name: 'src-stands-alone',
      severity: 'error',
      comment: 'The product never depends on its tests or scripts.',
      from: { path: '^src/' },
      to: { path: '^(test|scripts)/' },
    },
    {
      name: 'scripts-without-tests',
      severity: 'error',
      comment: 'Scripts are used by tests, not the other way round.',
      from: { path: '^scripts/' },
      to: { path: '^test/' },
    },
    {
      name: 'no-dev-dependencies-in-src',
      severity: 'error',
      comment: 'A user of the package does not have them.',
      from: { path: '^src/' },
      to: { dependencyTypes: ['npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'npm-unknown'] },
    },
    { name: 'no-cycles', severity: 'error', from: {}, to: { circular: true } },
    {
      name: 'no-orphans',
      severity: 'error',
      comment: 'Used by nothing and using nothing: dead, or forgotten to be wired.',
      from: { orphan: true, path: '^(src|test/support)/' },
      to: {},
    },
    { name: 'no-unresolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(test/fixtures|test/corpus/[^/]+)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'types', 'node', 'default'],
    },
  },
};
