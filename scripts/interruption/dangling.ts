/**
 * What leads nowhere, whatever the state between two system calls: a manifest or a tag that names what is not there, in a
 * registry or in a mirror; a proof without its documents; a pin without its file; a blob that is not what it is called.
 */
import { dirname, join } from 'node:path';
import { maxKeptBytes, parseEvidence } from '../../src/formats/own/evidence.ts';
import { entriesOf } from '../../src/formats/own/manifest-entries.ts';
import { parseManifest } from '../../src/formats/own/manifest.ts';
import { mirrorBlobPath, mirrorPath } from '../../src/formats/own/mirror-layout.ts';
import type { Digest } from '../../src/model/digest.ts';
import { documentName } from '../../src/pipeline/shared/kept-documents.ts';
import { digestOf } from '../../src/verify/digest.ts';
import type { Files } from './scenario.ts';

interface Found {
  readonly path: string;
  readonly bytes: Buffer;
}

interface OciDocument {
  readonly config?: Descriptor;
  readonly layers?: readonly Descriptor[];
  readonly manifests?: readonly Descriptor[];
}

interface Descriptor {
  readonly digest: Digest;
}

/** By the path of what names others: the paths of those. */
const namers: readonly (readonly [RegExp, (found: Found) => readonly string[]])[] = [
  [/^registry\/.*\/tags\//, ({ path, bytes }) => [join(path, '../../manifests', bytes.toString())]],
  [/^registry\/.*\/manifests\//, namedInRegistry],
  [/^mirror\/manifests\//, namedInMirror],
  [/^mirror\/images\/index\.json$/, namedInLayout],
  [/(?:^|\/)evidence\/[^/]+\.(?:amd64|arm64)\.json$/, namedInEvidence],
  [/(?:^|\/)pins\.yaml$/, namedInPins],
];

/** One line for each, in no order. */
export function danglingIn(files: Files): readonly string[] {
  return [...files].flatMap(([path, content]) => {
    const bytes = Buffer.from(content, 'base64');
    const named = namers.find(([of]) => of.test(path))?.[1]({ path, bytes }) ?? [];
    const [, digest] = /\/sha256[:/]([0-9a-f]{64})$/.exec(path) ?? [];
    return [
      ...named.filter((name) => !files.has(name)).map((name) => `${path} names ${name}, which is not there`),
      ...(digest === undefined || digestOf('sha256', bytes) === `sha256:${digest}`
        ? []
        : [`${path} has other bytes`]),
    ];
  });
}

function namedInRegistry({ path, bytes }: Found): readonly string[] {
  const { config, layers = [], manifests = [] } = parseOci(bytes);
  const blobs = [...(config === undefined ? [] : [config]), ...layers];
  return [
    ...blobs.map(({ digest }) => join(path, '../../blobs', digest)),
    ...manifests.map(({ digest }) => join(path, '..', digest)),
  ];
}

function namedInMirror({ path, bytes }: Found): readonly string[] {
  return entriesOf(parseManifest(bytes, path)).flatMap((one) => {
    if (one.slot === 'stub') return [];
    const { slot, entry } = one;
    return [
      `mirror/${slot === 'image' ? mirrorBlobPath(entry.digest) : mirrorPath({ key: one.key, ...entry }, path)}`,
    ];
  });
}

function namedInLayout({ bytes }: Found): readonly string[] {
  return (parseOci(bytes).manifests ?? []).map(({ digest }) => `mirror/${mirrorBlobPath(digest)}`);
}

function namedInEvidence({ path, bytes }: Found): readonly string[] {
  const proofs = Object.values(parseEvidence(bytes, path));
  const documents = proofs.flatMap((proof) => proof.documents.filter(({ text }) => text === undefined));
  const kept = documents.filter(({ size }) => size > 0 && size <= maxKeptBytes);
  return kept.map(({ digest }) => join(dirname(path), 'documents', documentName(digest)));
}

function namedInPins({ path, bytes }: Found): readonly string[] {
  const files = bytes.toString().matchAll(/^ +file: (\S+)$/gm);
  return Array.from(files, ([, name = '']) => join(dirname(path), name));
}

function parseOci(bytes: Buffer): OciDocument {
  return JSON.parse(bytes.toString()) as OciDocument;
}
