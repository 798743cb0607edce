/**
 * Methods of the catalogue beside cosign, offline and by the same trusted root or key: genuine evidence with expectations
 * that are right or wrong in one way each, and mutants of it. Signatures for whose entry cosign asks the log itself are
 * compared elsewhere (docs/cosign-differential.md).
 */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AssayError } from '../../src/model/errors.ts';
import type { OpenTrust } from '../../src/verify/anchors/trust.ts';
import { findBundles } from '../../src/verify/sigstore/bundle-file.ts';
import { judge, readMaterial, trustOf, type Case, type Material } from '../fuzz/material.ts';
import { mutate } from '../fuzz/mutate.ts';
import type { Random } from '../fuzz/random.ts';
import { count, noVerdicts, type Comparison, type Verdicts } from './comparison.ts';

/** Of the certificate; as both take it. */
interface Expected {
  readonly identity: string;
  readonly issuer: string;
  readonly sourceRepository?: string;
  readonly sourceRef?: string;
  readonly sourceDigest?: string;
}

const workflow = 'https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0.0';
const right: Expected = { identity: workflow, issuer: 'https://token.actions.githubusercontent.com' };
const github = 'https://github.com/';

const expectations: readonly Expected[] = [
  { ...right, sourceRepository: `${github}owner/project`, sourceRef: 'refs/tags/v1.0.0' },
  { ...right, identity: workflow.replace('v1.0.0', 'v1.0.1') },
  { ...right, identity: workflow.slice(0, -1) },
  { ...right, identity: 'release@example.org' },
  { ...right, issuer: 'https://accounts.example.org' },
  { ...right, sourceRepository: `${github}owner/projec` },
  { ...right, sourceRepository: `${github}stranger/project` },
  { ...right, sourceRef: 'refs/tags/v1.0' },
  { ...right, sourceRef: 'refs/heads/main' },
  { ...right, sourceDigest: '0'.repeat(40) },
];

interface Shape {
  readonly name: string;
  /** The role of the file that is signed, and that of the evidence. */
  readonly file: string;
  readonly evidence: string;
  /** The bundle, or signature, in that document, and that document of it. */
  readonly take?: (document: Buffer) => Buffer;
  readonly put?: (evidence: Buffer) => Buffer;
  /** What is asked of cosign, but for the file. */
  readonly args: (paths: Paths, expected: Expected) => readonly string[];
  /** By key there is nothing to expect. */
  readonly isKeyed?: true;
  /** As this method calls the identity. */
  readonly identityField?: 'identity' | 'workflow';
}

interface Paths {
  readonly evidence: string;
  readonly root: string;
  readonly key: string;
}

const bundle = ({ evidence, root }: Paths) => [
  ...['--new-bundle-format', '--bundle', evidence, '--trusted-root', root],
];
const byWhom = ({ identity, issuer, sourceRepository, sourceRef, sourceDigest }: Expected) => [
  ...['--certificate-identity', identity, '--certificate-oidc-issuer', issuer],
  ...(sourceRepository === undefined
    ? []
    : ['--certificate-github-workflow-repository', sourceRepository.replace(github, '')]),
  ...(sourceRef === undefined ? [] : ['--certificate-github-workflow-ref', sourceRef]),
  ...(sourceDigest === undefined ? [] : ['--certificate-github-workflow-sha', sourceDigest]),
];
const blob: Shape['args'] = (paths, expected) => ['verify-blob', ...bundle(paths), ...byWhom(expected)];
const statement: Shape['args'] = (paths, expected) => [
  ...['verify-blob-attestation', ...bundle(paths), ...byWhom(expected)],
  ...['--type', 'https://slsa.dev/provenance/v1'],
];
const [head, tail] = ['{"attestations":[{"bundle":', '}]}'];

const shapes: readonly Shape[] = [
  { name: 'sigstore-checksums', file: 'checksums', evidence: 'sigstore-bundle', args: blob },
  {
    ...{ name: 'cosign-key, over the file', file: 'asset', evidence: 'signature', isKeyed: true },
    args: ({ evidence, key }) => [
      ...['verify-blob', '--key', key, '--signature', evidence, '--insecure-ignore-tlog=true'],
    ],
  },
  {
    ...{
      name: 'cosign-key-bundle, over the file',
      file: 'asset',
      evidence: 'sigstore-bundle',
      isKeyed: true,
    },
    args: (paths) => ['verify-blob', '--key', paths.key, ...bundle(paths)],
  },
  {
    ...{ name: 'in-toto', file: 'asset', evidence: 'attestation', args: statement },
    take: (document) => document.subarray(0, document.indexOf('\n')),
  },
  {
    ...{ name: 'github-attestation', file: 'asset', evidence: 'github-attestations', args: statement },
    identityField: 'workflow',
    take: (document) => Buffer.from(JSON.stringify(bundleIn(document))),
    put: (evidence) => Buffer.concat([Buffer.from(head), evidence, Buffer.from(tail)]),
  },
];

function bundleIn(document: Buffer): unknown {
  const { attestations } = JSON.parse(document.toString()) as {
    readonly attestations: readonly { readonly bundle: unknown }[];
  };
  return attestations[0]?.bundle;
}

export const methodsByCosign: Comparison = {
  name: 'cosign, methods of the catalogue',
  program() {
    const { error, stdout } = spawnSync('cosign', ['version', '--json'], { encoding: 'utf8' });
    return error === undefined ? /"gitVersion": *"([^"]+)"/.exec(stdout)?.[1] : undefined;
  },
  async compare(random, times) {
    const verdicts = noVerdicts();
    const material = readMaterial();
    const trust = trustOf(material);
    const folder = mkdtempSync(join(tmpdir(), 'assay-differential-'));
    for (const shape of shapes) {
      await compareShape(
        shape,
        { material, trust, folder, random, verdicts },
        Math.ceil(times / shapes.length),
      );
    }
    rmSync(folder, { recursive: true });
    return verdicts;
  },
};

interface Comparing {
  readonly material: Material;
  readonly trust: OpenTrust;
  readonly folder: string;
  readonly random: Random;
  readonly verdicts: Verdicts;
}

async function compareShape(shape: Shape, comparing: Comparing, times: number): Promise<void> {
  const { take = (document: Buffer) => document } = shape;
  const one = comparing.material.cases.find(({ name }) => name === shape.name)!;
  const seeds = [one.genuine, one.other, one.stranger].map((set) => take(Buffer.from(set[shape.evidence]!)));
  const [genuine = Buffer.alloc(0)] = seeds;
  const wanted = shape.isKeyed === true ? [right] : expectations;
  for (const expected of wanted) await compareOne(shape, one, { evidence: genuine, expected }, comparing);
  const [expected = right] = wanted;
  for (const evidence of seeds.slice(1)) await compareOne(shape, one, { evidence, expected }, comparing);
  for (let time = wanted.length + 2; time < times; time += 1) {
    const evidence = Buffer.from(mutate(comparing.random.of(seeds) ?? genuine, comparing.random, seeds));
    await compareOne(shape, one, { evidence, expected }, comparing);
  }
}

async function compareOne(
  { file, evidence: role, args, put = (bytes: Buffer) => bytes, identityField = 'identity', isKeyed }: Shape,
  one: Case,
  { evidence, expected }: { readonly evidence: Buffer; readonly expected: Expected },
  { material, trust, folder, verdicts }: Comparing,
): Promise<void> {
  const signed = Buffer.from(one.genuine[file] ?? materialFile(material));
  const at = (name: string, bytes: Uint8Array) => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const paths = {
    root: at('root.json', material.trust['sigstore-trusted-root.json']!),
    key: at('tool.pub', material.trust['tool-cosign.pub']!),
  };
  // cosign takes a file of one bundle: of several it is asked about each.
  const theirs = textsIn(evidence).some((text) => {
    const asked = args({ ...paths, evidence: at('evidence', text) }, expected);
    return spawnSync('cosign', [...asked, at('file', signed)]).status === 0;
  });
  const { identity, ...source } = expected;
  const spec = isKeyed === true ? one.spec : { ...one.spec, [identityField]: identity, ...source };
  const ours = await judge(
    { ...one, spec },
    { ...one.genuine, [role]: put(evidence) },
    trust,
    material.now,
  ).then(
    () => true,
    (error: unknown) => {
      if (error instanceof AssayError) return false;
      throw error;
    },
  );
  const what = `${one.name}, ${JSON.stringify(expected)}: ${evidence.toString('base64')}`;
  count(verdicts, ours ? signed : undefined, theirs ? signed : undefined, what);
}

function textsIn(evidence: Buffer): readonly Uint8Array[] {
  try {
    return findBundles(evidence, 'evidence').map(({ bytes }) => bytes);
  } catch (error) {
    if (error instanceof AssayError) return [evidence];
    throw error;
  }
}

/** Of statements the material has no file: it is the one that they are about. */
function materialFile({ cases }: Material): Uint8Array {
  return cases.find(({ name }) => name === 'cosign-blob, over the file')!.genuine['asset']!;
}
