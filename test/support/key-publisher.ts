/**
 * Publishers of trust anchors on loopback, and a trust directory that pins them: for `update-trust`. Each test has its
 * own; the keys are the test's.
 */
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test as base } from 'vitest';
import { stringify } from 'yaml';
import { tufHost } from '../../scripts/upstream/tuf-repository.ts';
import { body, startFaultServer, type FaultServer } from './fault-server.ts';
import { runInProcess } from './command-in-process.ts';
import type { Outcome } from './run-assay.ts';
import { snapshot } from './snapshot.ts';

/** The time to judge by. */
const judgedAt = '2026-11-20T12:00:00Z';

/** The origin of every key; a mirror leads it to the server. */
const keyHost = 'https://keys.example';

export interface PinnedKeys {
  readonly fingerprints: readonly string[];
  readonly retired?: readonly string[];
  /** What is in the trust directory to begin with; nothing if undefined. */
  readonly committed?: Uint8Array;
  /** File names at the publisher; by default one, `<anchor>.asc`. */
  readonly sources?: readonly string[];
}

export interface KeyPublisher {
  readonly trustDir: string;
  readonly directory: string;
  readonly server: FaultServer;
  readonly flags: readonly string[];
  /** Writes the pins of these anchors, `others` as they stand, and the files that are committed already. */
  pin(
    anchors: Readonly<Record<string, PinnedKeys>>,
    others?: Readonly<Record<string, object>>,
  ): Promise<void>;
  /** Serves these bytes as a file of the publisher. */
  publish(file: string, bytes: Uint8Array | string): void;
  /** `update-trust` in this directory, then `args`; in this process. */
  update(args?: readonly string[], env?: Readonly<Record<string, string>>): Promise<Outcome>;
  read(file: string): Promise<string>;
  snapshot(): ReturnType<typeof snapshot>;
}

export const test = base.extend<{ publisher: KeyPublisher }>({
  publisher: async ({}, use) => {
    const directory = await mkdtemp(join(tmpdir(), 'assay-trust-'));
    const trustDir = join(directory, 'trust');
    await mkdir(trustDir);
    const server = await startFaultServer();
    const flags = [
      ...['--trust-dir', trustDir, '--now', judgedAt, '--cache-dir', join(directory, 'cache')],
      ...[
        '--mirror',
        `${keyHost}=${server.origin}`,
        '--mirror',
        `https://${tufHost}=${server.origin}/${tufHost}`,
      ],
    ];
    await use({
      ...{ directory, trustDir, server, flags },
      async pin(anchors, others = {}) {
        const pinned = Object.entries(anchors).map(([name, keys]) => [name, anchorOf(name, keys)] as const);
        const document = { version: 1, anchors: { ...Object.fromEntries(pinned), ...others } };
        await writeFile(join(trustDir, 'pins.yaml'), `# Pins of a test.\n${stringify(document)}`);
        await writeFile(join(trustDir, 'PROVENANCE.md'), provenance(Object.keys(document.anchors)));
        for (const [name, { committed }] of Object.entries(anchors)) {
          if (committed !== undefined) await writeFile(join(trustDir, `${name}.asc`), committed);
        }
      },
      publish: (file, bytes) => server.on(`/${file}`, body(bytes)),
      update: (args = [], env = {}) => runInProcess(['update-trust', ...flags, ...args], { env }),
      read: (file) => readFile(join(trustDir, file), 'utf8'),
      snapshot: () => snapshot(trustDir),
    });
    await server.close();
    await rm(directory, { recursive: true, force: true });
  },
});

function anchorOf(name: string, { fingerprints, retired, sources = [`${name}.asc`] }: PinnedKeys): object {
  return {
    type: 'openpgp',
    file: `${name}.asc`,
    scope: ['https://deb.example/debian'],
    sources: sources.map((file) => `${keyHost}/${file}`),
    fingerprints,
    ...(retired === undefined ? {} : { retired }),
    learnt: 'Made by a test.',
  };
}

function provenance(names: readonly string[]): string {
  const rows = names.map((name) => `| ${name} | none yet | |`);
  return [
    '# Where they come from\n',
    '| anchor | file | sha256 of the file |',
    '| --- | --- | --- |',
    ...rows,
    '\nprose\n',
  ].join('\n');
}
