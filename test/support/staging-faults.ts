/**
 * The fault matrix of staging, as data: what a server may do to whoever stages a manifest, and what has to come of
 * it. Run through `assay stage` and through the rendered fetch script: the same verdict from both.
 *
 *   const matrix = await openStagingFaults();
 *   for (const fault of stagingFaults) {
 *     const staging = await matrix.stage(fault);         // own directory, own manifest, own URLs: run them at once
 *     run(staging.manifest, staging.artifacts, staging.mirrorBase);
 *     exit code: exitCodes[fault.verdict]
 *     await staging.requireOutcome(fault.verdict);       // right files or none, no stray file
 *   }
 *   await matrix.close();
 *
 * The manifest has two dependencies. The fault is `kubelet`'s; `runc.tar.gz` (sha512) is served honestly, and must be
 * staged whatever happens to the other. `mirrorBase` is laid out as mirrors are
 * (`<base>/vmconfig/artifacts/<key>/<version>/<file>`), on plain HTTP. Those that stall never end by themselves: run
 * them, and no others, with a short stall time-out; and all with few retries and short pauses (five answers are the most
 * that a fault needs to come to its good end).
 *
 * Faults that are no server's (kill -9, two at once, a full disk) need no data but `slowly`, `paused`, and the helpers here.
 */
import { createHash } from 'node:crypto';
import { mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import { expect } from 'vitest';
import { renderManifest, type ManifestDependency } from '../../src/formats/own/manifest.ts';
import type { ErrorCode } from '../../src/model/errors.ts';
import * as server from './fault-server.ts';
import type { Behaviour, FaultServer, SeenRequest } from './fault-server.ts';

export type StagingVerdict = 'staged' | 'refused' | 'failed';

/** Done; what came is not what was vouched for; the network or the server. */
export const exitCodes: Readonly<Record<StagingVerdict, number>> = { staged: 0, refused: 5, failed: 4 };

export interface StagingFault {
  readonly name: string;
  readonly verdict: StagingVerdict;
  /** What `assay stage` calls it, where it is no success. */
  readonly code?: ErrorCode;
  /** The first request for the file gets the first answer, and so on; the last one stays. */
  readonly answers: readonly Behaviour[];
  readonly stalls?: boolean;
  /** What is wrong with the manifest, where it is the manifest. */
  readonly edit?: (entry: ManifestDependency) => ManifestDependency;
  /** In place of `stagingContent`'s, where that is too short for the fault. */
  readonly content?: Buffer;
}

type StagingCase = Pick<StagingFault, 'answers' | 'edit' | 'content'>;

export const faultyName = 'kubelet';

/** Of `1.0+1`: as it is there is nothing for who asks otherwise. */
const versionOnWire = '1.0%2B1';

type Contents = Readonly<Record<string, Buffer>>;

/** By staged name. Of no two stretches that are alike: a wrong offset shows. */
export const stagingContent: Contents = {
  kubelet: bytesOf('kubelet', 300_000),
  'runc.tar.gz': bytesOf('runc', 20_000),
};

const content = stagingContent[faultyName]!;
const half = content.length / 2;
const coded = { 'Content-Encoding': 'gzip' };
const etag = '"this-very-version"';
const good = server.file(content, { etag });
/** For a busy machine: time enough to take what was sent. */
const cutAfterMs = 300;
const cut = server.truncated(content, half, { etag }, cutAfterMs);
const flipped = Buffer.from(content);
flipped[half] = flipped[half]! ^ 1;
const rest = (from: number) => `bytes ${from}-${content.length - 1}/${content.length}`;
/** A range is answered by the rest from one byte earlier; what is no range, by `whole`. */
const otherOffset = (whole: Behaviour): Behaviour => {
  const wrong = server.partial(content.subarray(half - 1), rest(half - 1), { etag });
  return (request, response) => (request.headers.range === undefined ? whole : wrong)(request, response);
};

const unsatisfiable: Behaviour = (request, response) =>
  (request.headers.range === undefined ? good : server.status(416, { 'content-range': 'bytes */5' }))(
    request,
    response,
  );

/** Counts as getting further: 64 KiB, and some that may be lost with the connection. */
const stepBytes = 70_000;
/** Of more steps than a fetcher has attempts, by thrice. */
const long = bytesOf('long', 9 * stepBytes);
/** Resumes well, and cuts each connection after `count` bytes. */
const cutEachAfter =
  (bytes: Buffer, count: number, waitMs: number): Behaviour =>
  (request, response) => {
    const from = Number(/^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1] ?? 0);
    const range = from === 0 ? {} : { 'content-range': `bytes ${from}-${bytes.length - 1}/${bytes.length}` };
    const length = String(bytes.length - from);
    response.writeHead(from === 0 ? 200 : 206, { etag, 'content-length': length, ...range });
    const isLast = from + count >= bytes.length;
    const end = () => setTimeout(() => isLast || response.socket?.destroy(), waitMs);
    response.write(bytes.subarray(from, from + count), end);
    if (isLast) response.end();
  };

export const stagingFaults: readonly StagingFault[] = [
  { name: 'good', verdict: 'staged', answers: [good] },
  { name: 'good, chunked', verdict: 'staged', answers: [server.chunked(content)] },
  { name: '404', verdict: 'failed', code: 'NOT_FOUND', answers: [server.status(404)] },
  { name: '503, then good', verdict: 'staged', answers: [server.status(503), good] },
  { name: '503 always', verdict: 'failed', code: 'HTTP_STATUS', answers: [server.status(503)] },
  { name: 'hung up, then good', verdict: 'staged', answers: [server.hungUp(), good] },
  { name: 'cut in the middle, then good', verdict: 'staged', answers: [cut, good] },
  {
    name: 'cut always, without a byte more',
    verdict: 'failed',
    code: 'TRUNCATED',
    answers: [
      (request, response) => {
        if (request.headers.range === undefined) cut(request, response);
        else
          server.cutAtOnce(content.length - half, { etag, 'content-range': rest(half) })(request, response);
      },
    ],
  },
  {
    name: 'cut again and again, each attempt getting further',
    verdict: 'staged',
    content: long,
    answers: [cutEachAfter(long, stepBytes, 100)],
  },
  {
    name: 'a few bytes for each connection',
    verdict: 'failed',
    code: 'TRUNCATED',
    answers: [cutEachAfter(content, 10, 50)],
  },
  {
    name: 'stalled, then good',
    verdict: 'staged',
    stalls: true,
    answers: [server.stalled(content, half, { etag }), good],
  },
  {
    name: 'stalled always',
    verdict: 'failed',
    stalls: true,
    code: 'TIMED_OUT',
    answers: [server.stalled(content, 0, { etag })],
  },
  {
    name: 'truncated with a clean close',
    verdict: 'refused',
    code: 'SIZE_MISMATCH',
    answers: [server.withoutLength(content.subarray(0, half))],
  },
  {
    name: 'shorter, as announced',
    verdict: 'refused',
    code: 'SIZE_MISMATCH',
    answers: [server.body(content.subarray(0, half), { etag })],
  },
  { name: 'one flipped bit', verdict: 'refused', code: 'DIGEST_MISMATCH', answers: [server.body(flipped)] },
  {
    name: 'too long, as announced',
    verdict: 'refused',
    code: 'SIZE_MISMATCH',
    answers: [server.body(Buffer.concat([content, Buffer.of(0)]), { etag })],
  },
  {
    name: 'too long, unannounced',
    verdict: 'refused',
    code: 'SIZE_MISMATCH',
    answers: [server.chunked(Buffer.concat([content, content]))],
  },
  { name: 'without end', verdict: 'refused', code: 'SIZE_MISMATCH', answers: [server.endless()] },
  {
    name: 'compressed, though nobody asked for it',
    verdict: 'failed',
    code: 'HTTP_STATUS',
    answers: [server.body(gzipSync(content), coded)],
  },
  {
    name: 'compressed, chunked, and shorter',
    verdict: 'failed',
    code: 'HTTP_STATUS',
    answers: [server.chunked(gzipSync(Buffer.alloc(content.length)), coded)],
  },
  { name: 'called compressed, as it is', verdict: 'staged', answers: [server.body(content, coded)] },
  {
    name: 'a size in the manifest that is too large',
    verdict: 'refused',
    code: 'SIZE_MISMATCH',
    answers: [good],
    edit: (entry) => ({ ...entry, size: content.length + 1 }) as ManifestDependency,
  },
  {
    name: 'a size in the manifest that is too small',
    verdict: 'refused',
    code: 'SIZE_MISMATCH',
    answers: [good],
    edit: (entry) => ({ ...entry, size: content.length - 1 }) as ManifestDependency,
  },
  {
    name: 'cut by a server without Range',
    verdict: 'staged',
    answers: [server.truncated(content, half, {}, cutAfterMs), server.body(content)],
  },
  { name: 'Range answered with 200', verdict: 'staged', answers: [cut, server.body(content, { etag })] },
  {
    name: 'Range answered with 416, then good',
    verdict: 'staged',
    answers: [cut, unsatisfiable, good],
  },
  {
    name: 'Content-Range of another offset, then good',
    verdict: 'staged',
    answers: [otherOffset(cut), otherOffset(good)],
  },
  {
    name: 'Content-Range of another offset, always',
    verdict: 'failed',
    code: 'RANGE_MISMATCH',
    answers: [otherOffset(cut)],
  },
  {
    name: 'another version after the cut',
    verdict: 'staged',
    answers: [
      server.truncated(Buffer.alloc(content.length, 'old '), half, { etag: '"older"' }, cutAfterMs),
      good,
    ],
  },
  {
    name: 'a redirect',
    verdict: 'staged',
    answers: [server.redirect('?elsewhere')],
  },
  {
    name: 'a redirect without end',
    verdict: 'failed',
    code: 'REDIRECT_REFUSED',
    answers: [server.redirect('?')],
  },
];

export interface FaultyStaging {
  /** Holds all of the following; removed by `close`. */
  readonly directory: string;
  /** To stage into; does not exist yet. */
  readonly artifacts: string;
  /** The manifest's file. */
  readonly manifest: string;
  /** `http://127.0.0.1:PORT/N` */
  readonly mirrorBase: string;
  /** For the file with the fault, so far. */
  requests(): readonly SeenRequest[];
  /** Where `mirrorBase` has it. */
  readonly faultyUrl: string;
  /** From now on the file is answered for so. */
  answer(...answers: readonly Behaviour[]): void;
  /** Where it is in the making: `.assay/.<name>.<16 hex digits of its digest>.partial`. */
  partialName(): string;
  /** Every name that is no hidden one has the right content. */
  requireRightOrNone(): Promise<void>;
  /** The files of `stagingContent` and nothing else where it is `staged`; else without the faulty one. */
  requireOutcome(verdict: StagingVerdict): Promise<void>;
}

export interface StagingFaults {
  stage(fault: StagingCase): Promise<FaultyStaging>;
  close(): Promise<void>;
}

/** One server for all cases of a test file. */
export async function openStagingFaults(): Promise<StagingFaults> {
  const running = await server.startFaultServer();
  const directories: string[] = [];
  return {
    async stage(fault) {
      const directory = await mkdtemp(join(tmpdir(), 'assay-fault-'));
      directories.push(directory);
      return open(running, `/${directories.length}`, directory, fault);
    },
    async close() {
      await running.close();
      for (const directory of directories) await rm(directory, { recursive: true, force: true });
    },
  };
}

async function open(
  running: FaultServer,
  root: string,
  directory: string,
  { answers, edit = (entry) => entry, content: faulty }: StagingCase,
): Promise<FaultyStaging> {
  const [artifacts, manifest] = [join(directory, 'artifacts'), join(directory, 'manifest.json')];
  const dependencies: Record<string, ManifestDependency> = {
    vmconfig: { version: 'dev', url: '', type: 'tar.gz', digest: '', size: 0 },
  };
  const contents = faulty === undefined ? stagingContent : { ...stagingContent, [faultyName]: faulty };
  for (const [name, bytes] of Object.entries(contents)) {
    const key = name.replace(/\..*/, '');
    const path = `${root}/vmconfig/artifacts/${key}/${versionOnWire}/${name}`;
    const isFaulty = name === faultyName;
    running.on(path, ...(isFaulty ? answers : [server.file(bytes, { etag: `"${key}"` })]));
    running.on(`${path}?elsewhere`, server.file(bytes, { etag }));
    running.on(`${path}?`, server.redirect('?'));
    dependencies[key] = isFaulty ? edit(entryOf(name, bytes, 'sha256')) : entryOf(name, bytes, 'sha512');
  }
  const os = { name: 'debian-13', arch: 'amd64' } as const;
  const images = [
    { image: 'registry.k8s.io/pause:3.10', digest: `sha256:${'0'.repeat(64)}`, size: 1 } as const,
  ];
  await writeFile(
    manifest,
    renderManifest({ vmconfig: { version: 'dev', kind: 'knd', os, dependencies, images } }),
  );
  const mirrorBase = `${running.origin}${root}`;
  const path = `${root}/vmconfig/artifacts/kubelet/${versionOnWire}/${faultyName}`;
  return {
    ...{ directory, artifacts, manifest, mirrorBase, faultyUrl: `${running.origin}${path}` },
    answer: (...later) => running.on(path, ...later),
    partialName: () => {
      const digest = dependencies[faultyName]!.digest.replace(/^\w+:/, '');
      return `.assay/.${faultyName}.${digest.slice(0, 16)}.partial`;
    },
    requests: () => running.requestsTo(path),
    requireRightOrNone: () => requireRightOrNone(artifacts, contents),
    requireOutcome: (verdict) => requireStaged(artifacts, contents, verdict),
  };
}

function entryOf(name: string, bytes: Buffer, algorithm: 'sha256' | 'sha512'): ManifestDependency {
  return {
    version: '1.0+1',
    // Only a mirror is ever asked: this name leads nowhere.
    url: `https://files.example.invalid/v1.0/${name}`,
    type: name.endsWith('.tar.gz') ? 'tar.gz' : 'binary',
    digest: `${algorithm}:${createHash(algorithm).update(bytes).digest('hex')}`,
    size: bytes.length,
  };
}

/**
 * Right files or none. After a success nothing else is in the directory; after a failure there may be hidden files,
 * for the next run to go on from.
 */
async function requireStaged(artifacts: string, contents: Contents, verdict: StagingVerdict): Promise<void> {
  const names = await readdir(artifacts);
  const shown = verdict === 'staged' ? names : names.filter((name) => !name.startsWith('.'));
  const expected = Object.keys(contents).filter((name) => verdict === 'staged' || name !== faultyName);
  expect(shown.sort()).toEqual(expected.sort());
  await requireRightOrNone(artifacts, contents);
}

async function requireRightOrNone(artifacts: string, contents: Contents): Promise<void> {
  // Killed before it began: there is no directory yet.
  const names = await readdir(artifacts).catch(() => []);
  for (const name of names.filter((one) => !one.startsWith('.'))) {
    expect((await readFile(join(artifacts, name))).equals(contents[name]!), name).toBe(true);
  }
}

/** An honest server, of `bytesPerSecond`: time enough to be killed in. */
export function slowly(bytes: Uint8Array, bytesPerSecond: number): Behaviour {
  const step = Math.ceil(bytesPerSecond / 100);
  return (request, response) => {
    const from =
      request.headers['if-range'] === etag
        ? /^bytes=(\d+)-$/.exec(request.headers.range ?? '')?.[1]
        : undefined;
    let sent = Number(from ?? 0);
    const range = from === undefined ? {} : { 'content-range': rest(sent) };
    response.writeHead(from === undefined ? 200 : 206, {
      etag,
      'content-length': String(bytes.length - sent),
      ...range,
    });
    const timer = setInterval(() => {
      response.write(bytes.subarray(sent, (sent += step)));
      if (sent >= bytes.length) response.end();
    }, 10);
    response.on('close', () => clearInterval(timer));
  };
}

/** An honest server that stops half-way until it is told to go on. `asked`: once it is at that. */
export function paused(bytes: Uint8Array) {
  const [asked, told] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()];
  const halfBytes = bytes.length >> 1;
  return {
    asked: asked.promise,
    goOn: () => told.resolve(undefined),
    answer: (_request: IncomingMessage, response: ServerResponse) => {
      asked.resolve(undefined);
      response.writeHead(200, { etag, 'content-length': String(bytes.length) });
      response.write(bytes.subarray(0, halfBytes));
      void told.promise.then(() => response.end(bytes.subarray(halfBytes)));
    },
  };
}

function bytesOf(seed: string, count: number): Buffer {
  const lines = Array.from({ length: Math.ceil(count / 64) }, (_, line) =>
    createHash('sha512').update(`${seed} ${line}`).digest(),
  );
  return Buffer.concat(lines).subarray(0, count);
}
