/**
 * What examples/library/ is run on: an upstream on loopback with throwaway keys, fresh at this very moment, since programs
 * judge by the clock. Each run is a program, its words, and what has to come of it.
 */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { parse, stringify } from 'yaml';
import {
  buildDebianUpstream,
  debianMirrors,
  generateDebianKeys,
  writeDebianTrust,
} from '../upstream/debian.ts';
import { flipBit } from '../upstream/bits.ts';
import { startUpstreamServer, type UpstreamServer } from '../upstream/server.ts';
import { githubActionsIssuer } from '../upstream/sigstore/github-claims.ts';
import { createSigstore } from '../upstream/sigstore/instance.ts';
import { rekorRoutes } from '../upstream/sigstore/rekor-api.ts';
import {
  blobBundle,
  detachedCertificate,
  detachedSignature,
  envelopeBundle,
} from '../upstream/sigstore/renderings.ts';
import { renderStatement, sha256Of, signBlob, signEnvelope } from '../upstream/sigstore/signing.ts';
import { readContent } from '../upstream/virtual-file.ts';

const root = dirname(dirname(import.meta.dirname));

export interface ExampleRun {
  /** Of examples/library/, without `.mts`. */
  readonly example: string;
  readonly args: readonly string[];
  readonly prints: RegExp;
  readonly exitCode: number;
}

export interface Examples {
  /** In `directory`: those of a step need what the steps before it have written, and nothing of each other. */
  readonly steps: readonly (readonly ExampleRun[])[];
  /** Of them those with a large file. */
  readonly bigRuns: readonly ExampleRun[];
  close(): Promise<void>;
}

const hour = 3_600_000;
const identity = 'https://github.com/owner/tool/.github/workflows/release.yml@refs/tags/v1.0.0';
const manifest = 'manifests/tools.debian-13.amd64.json';

/** `directory`: empty; programs write there. */
export async function openExamples(directory: string): Promise<Examples> {
  const now = new Date();
  const at = new Date(now.getTime() - hour);
  const keys = await generateDebianKeys(now);
  const sigstore = createSigstore({ validFrom: new Date(now.getTime() - 8000 * hour) });
  const files = await buildDebianUpstream({ now, keys });
  const upstream = await startUpstreamServer({ files, routes: rekorRoutes(sigstore.rekor) });
  const archive = keys['debian-archive'];
  const tool = Buffer.from('a tool of some size\n'.repeat(50_000));
  const sums = Buffer.from(`${sha256Of(tool).toString('hex')}  tool\n`);
  const who = { identity, issuer: githubActionsIssuer, at };
  const signed = signBlob(sigstore, sha256Of(tool), who);
  const subjects = [{ name: 'tool', digest: { sha256: sha256Of(tool).toString('hex') } }];
  const statement = renderStatement(subjects, { predicateType: 'https://slsa.dev/provenance/v1' });
  const inRelease = files.get('ftp.debian.org/debian/dists/trixie/InRelease');
  if (inRelease === undefined) throw new Error('the upstream has no InRelease');
  const material: Readonly<Record<string, string | Uint8Array>> = {
    ...{ tool, 'tool.sums': sums, 'tool.sums.asc': await archive.signDetached(sums, at) },
    ...{ 'tool.sig': detachedSignature(signed), 'tool.pem': detachedCertificate(signed) },
    'tool.bundle': blobBundle(signed),
    'tool.intoto': envelopeBundle(signEnvelope(sigstore, statement, who)),
    'root.json': sigstore.trustedRoot(),
    ...{ 'archive.asc': archive.publicKeyArmored, InRelease: readContent(inRelease) },
    'other/tool': flipBit(tool, 1000),
    'other/InRelease': flipBit(readContent(inRelease), 1000),
    'manifests/catalogue.yaml': stringify(await catalogue()),
  };
  for (const [name, content] of Object.entries(material)) {
    await mkdir(dirname(join(directory, name)), { recursive: true });
    await writeFile(join(directory, name), content);
  }
  await writeDebianTrust(join(directory, 'trust'), keys, sigstore.trustedRoot());
  await writeBigFile(directory);
  const tree = await startUpstreamServer({ directory: join(directory, 'tree') });
  const servers: readonly UpstreamServer[] = [upstream, tree];
  return {
    ...{ steps: stepsOf(upstream.url, tree.url), bigRuns: bigRuns(tree.url) },
    close: async () => {
      await Promise.all(servers.map((server) => server.close()));
    },
  };
}

/** In a mirror's tree, with manifests that say what it is, and what it is not: large enough to be hashed by a thread. */
async function writeBigFile(directory: string): Promise<void> {
  const bytes = Buffer.alloc(24_000_000, 'a large file\n');
  const place = join(directory, 'tree/vmconfig/artifacts/big/1.0');
  await mkdir(place, { recursive: true });
  await writeFile(join(place, 'big'), bytes);
  for (const [name, hex] of [
    ['big.json', sha256Of(bytes).toString('hex')],
    ['other/big.json', sha256Of(flipBit(bytes, 5)).toString('hex')],
  ] as const) {
    const big = { version: '1.0', url: 'https://example.org/big', type: 'binary', digest: `sha256:${hex}` };
    const dependencies = { big: { ...big, size: bytes.length } };
    const vmconfig = { version: 'dev', kind: 'tools', os: { name: 'debian-13', arch: 'amd64' } };
    await writeFile(
      join(directory, name),
      JSON.stringify({ vmconfig: { ...vmconfig, dependencies, images: [] } }),
    );
  }
}

/** Two packages of the production catalogue. */
async function catalogue(): Promise<object> {
  const text = await readFile(join(root, 'manifests/catalogue.yaml'), 'utf8');
  const { sources, dependencies } = parse(text) as {
    sources: Record<string, unknown>;
    dependencies: Record<string, object>;
  };
  const kinds = ['tools'];
  const wanted = ['libsubid5', 'uidmap'].map((name) => [name, { ...dependencies[name], kinds }]);
  return {
    ...{ version: 1, kinds, platforms: [{ os: 'debian-13', architectures: ['amd64'] }] },
    sources: { debian: sources['debian'] },
    dependencies: Object.fromEntries(wanted) as object,
  };
}

/** Of a program that stages, bundled or not. */
function bigRuns(tree: string): readonly ExampleRun[] {
  return [
    {
      example: 'stage',
      args: ['big.json', 'big', tree],
      prints: /1 files are right\nright big/,
      exitCode: 0,
    },
    { example: 'stage', args: ['other/big.json', 'none', tree], prints: /DIGEST_MISMATCH/, exitCode: 5 },
  ];
}

function stepsOf(upstream: string, tree: string): Examples['steps'] {
  const mirrors = debianMirrors(upstream);
  const debian = `https://ftp.debian.org=${upstream}/ftp.debian.org`;
  const signer = ['root.json', identity, githubActionsIssuer];
  const other = ['root.json', 'https://github.com/evil/tool', githubActionsIssuer];
  const rekor = `${upstream}/rekor.sigstore.dev`;
  const run = (example: string, args: readonly string[], prints: RegExp, exitCode = 0) => ({
    ...{ example, args, prints, exitCode },
  });
  const first = [
    run('verify-release', ['InRelease', 'archive.asc', 'trixie'], /Debian, \d+ files, signed by/),
    run('verify-release', ['other/InRelease', 'archive.asc', 'trixie'], /"code": "[A-Z_]+"/, 5),
    run('verify-release', ['InRelease', 'archive.asc', 'bookworm'], /"code": "RELEASE_MISMATCH"/, 5),
    run('verify-package', ['archive.asc', 'uidmap', debian], /^uidmap \S+ sha256:[0-9a-f]{64}$/m),
    run('verify-bundle', ['tool', 'tool.bundle', ...signer], /^sha256:[0-9a-f]{64} signed/),
    run('verify-bundle', ['tool', 'tool.bundle', ...other], /SIGNER_UNTRUSTED/, 1),
    run('verify-attestation', ['tool', 'tool.intoto', ...signer], /provenance\/v1$/m),
    run('verify-attestation', ['other/tool', 'tool.intoto', ...signer], /VerificationError/, 1),
    run('verify-blob', ['tool', 'tool.sig', 'tool.pem', ...signer, rekor], /^sha256:/),
    run('verify-blob', ['other/tool', 'tool.sig', 'tool.pem', ...signer, rekor], /VerificationError/, 1),
    run('verify-checksums', ['tool', 'tool.sums', 'tool.sums.asc', 'archive.asc'], /^sha256:\S+ signed$/m),
    run(
      'verify-checksums',
      ['other/tool', 'tool.sums', 'tool.sums.asc', 'archive.asc'],
      /DIGEST_MISMATCH/,
      1,
    ),
    run(
      'resolve',
      ['manifests/catalogue.yaml', 'trust', ...mirrors],
      /tools\.debian-13\.amd64\.json changed/,
    ),
    ...bigRuns(tree),
  ];
  const resolved = [
    run('explain', [manifest, 'trust'], /uidmap: verified/),
    run('render', [manifest], /^VMCONFIG_KIND='tools'$/m),
    run('mirror', ['tree', manifest, ...mirrors], /^written /m),
  ];
  return [
    first,
    resolved,
    [run('stage', [manifest, 'artifacts', tree], /2 files are right\nright +libsubid5/)],
  ];
}
