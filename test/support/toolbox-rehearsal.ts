/** A new project, and an embedded upstream that publishes tools: for `add`, which is run in this process. */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { stringify } from 'yaml';
import {
  mergePublications,
  publicationMirrorArgs,
  type Publication,
} from '../../scripts/upstream/publication.ts';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { generateSigningKey } from '../../scripts/upstream/signing-key.ts';
import { writeSigstoreAnchor } from '../../scripts/upstream/sigstore-anchor.ts';
import { createSigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { publishTools, type ToolRelease } from '../../scripts/upstream/toolbox.ts';
import { runInProcess } from './command-in-process.ts';
import type { Outcome } from './run-assay.ts';

export const at = new Date('2026-11-20T10:00:00Z');
const now = '2026-11-20T12:00:00Z';
export const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
export const openpgpKey = await generateSigningKey({
  owner: 'tools',
  createdAt: new Date('2026-01-01T00:00:00Z'),
});

export interface ToolboxRehearsal {
  readonly directory: string;
  readonly catalogue: string;
  readonly trustDir: string;
  readonly server: UpstreamServer;
  run(command: string, args: readonly string[]): Promise<Outcome>;
  add(...args: readonly string[]): Promise<Outcome>;
  /** What the runs have besides their own arguments. */
  readonly flags: readonly string[];
  /** Of catalogue and pins. */
  text(): Promise<string>;
  close(): Promise<void>;
}

const head = `# Ours.
version: 1
kinds: [tools] # one
platforms:
  - os: debian-13
    architectures: [amd64, arm64]
sources: {}
dependencies: {}
`;

export async function openToolbox(
  tools: readonly ToolRelease[],
  files: Readonly<Record<string, string>> = {},
  ...more: readonly Partial<Publication>[]
): Promise<ToolboxRehearsal> {
  const published = await publishTools(sigstore, tools, { openpgp: openpgpKey, at });
  const publication = mergePublications(published, ...more);
  for (const [path, content] of Object.entries(files)) publication.files.set(path, Buffer.from(content));
  const server = await startUpstreamServer(publication);
  const hosts = [...publication.files.keys(), ...publication.routes.keys()].map(
    (path) => path.split('/')[0] ?? '',
  );
  const mirrors = publicationMirrorArgs(publication, server.url, hosts);
  const directory = await mkdtemp(join(tmpdir(), 'assay-toolbox-'));
  const [catalogue, trustDir] = [join(directory, 'catalogue.yaml'), join(directory, 'trust')];
  await mkdir(trustDir);
  const anchor = await writeSigstoreAnchor(trustDir, sigstore.trustedRoot());
  await writeFile(
    join(trustDir, 'pins.yaml'),
    `# Pins.\n${stringify({ version: 1, anchors: { sigstore: anchor } })}`,
  );
  await writeFile(catalogue, head);
  const shared = ['--catalogue', catalogue, '--trust-dir', trustDir, '--cache-dir', join(directory, 'cache')];
  const flags = [...shared, '--now', now, ...mirrors];
  const run = (command: string, args: readonly string[]) => runInProcess([command, ...args, ...flags]);
  return {
    ...{ directory, catalogue, trustDir, server, flags, run },
    add: (...args) => run('add', args),
    text: async () =>
      (await readFile(catalogue, 'utf8')) + (await readFile(join(trustDir, 'pins.yaml'), 'utf8')),
    async close() {
      await server.close();
      await rm(directory, { recursive: true, force: true });
    },
  };
}
