/** One released file and the documents beside it, for methods that believe checksum files. */
import type { Need } from '../../src/model/need.ts';
import type { EvidenceDocument } from '../../src/model/verification.ts';
import { digestOf } from '../../src/verify/digest.ts';
import type { Documents } from '../../src/verify/method.ts';
import { Trail } from '../../src/verify/trail.ts';

export const judgedAt = new Date('2026-11-20T12:00:00Z');
export const hexA = 'a'.repeat(64);
export const hexB = 'b'.repeat(64);

export function toolFor(arch: 'amd64' | 'arm64') {
  const fileName = `tool-${arch}`;
  const artifact = {
    name: 'tool',
    version: '1.0.0',
    type: 'binary',
    sizeBytes: 10,
    platform: { os: 'debian-13', arch },
    url: `https://example.org/v1.0.0/${fileName}`,
  } as const;
  return { artifact, fileName, values: { version: '1.0.0', tag: 'v1.0.0', arch, asset: fileName } };
}

export const tool = toolFor('amd64');

/** What a judgement of it needs besides a specification, documents and trust. */
export const judging = {
  subject: tool,
  subjects: [tool],
  now: judgedAt,
  memo: new Map<string, Promise<unknown>>(),
  trail: new Trail(),
};

/** By role, from text or bytes. */
export function documentsOf(contents: Readonly<Record<string, string | Uint8Array>>): Documents {
  const documents = new Map(
    Object.entries(contents).map(([role, content]): [string, EvidenceDocument] => {
      const bytes = Buffer.from(content as string);
      const url = `https://example.org/v1.0.0/${role}`;
      return [role, { role, url, digest: digestOf('sha256', bytes), sizeBytes: bytes.length, bytes }];
    }),
  );
  const find = ({ role }: Need) => documents.get(role);
  return {
    find,
    has: (need) => find(need) !== undefined,
    of: (need) => find(need)!,
  };
}
