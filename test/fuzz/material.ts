/** Documents that vouch for a file, by every method: what `make-material.ts` made once, and how they are judged. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TransportError } from '../../src/model/errors.ts';
import type { DocumentStore } from '../../src/model/need.ts';
import type { Artifact } from '../../src/model/artifact.ts';
import type { Verified } from '../../src/model/verification.ts';
import { Gathering } from '../../src/sources/gather.ts';
import { anchorKinds } from '../../src/verify/anchors/registry.ts';
import { createTrust, openTrust, type OpenTrust } from '../../src/verify/anchors/trust.ts';
import { methodOf } from '../../src/verify/registry.ts';
import type { Trail } from '../../src/verify/trail.ts';

export const materialFile = join(import.meta.dirname, '../../test/fixtures/fuzz/methods.json');

/** By role. */
export type Documents = Readonly<Record<string, Uint8Array | undefined>>;

export interface Case<D = Documents> {
  /** `cosign-key, with a log` */
  readonly name: string;
  readonly method: string;
  readonly spec: Readonly<Record<string, unknown>>;
  readonly subject: unknown;
  readonly genuine: D;
  /** By the same signers, about another file of theirs. */
  readonly other: D;
  /** Evil bytes under the right name, by somebody else. */
  readonly stranger: D;
}

export interface Material<D = Documents> {
  readonly now: string;
  /** The trust directory: pins.yaml, and what it names. */
  readonly trust: D;
  readonly cases: readonly Case<D>[];
}

type Written = Readonly<Record<string, string>>;

export function readMaterial(): Material {
  const { now, trust, cases } = JSON.parse(readFileSync(materialFile, 'utf8')) as Material<Written>;
  const readCase = (one: Case<Written>): Case => ({
    ...one,
    ...{ genuine: decoded(one.genuine), other: decoded(one.other), stranger: decoded(one.stranger) },
  });
  return { now, trust: decoded(trust), cases: cases.map(readCase) };
}

export function writtenMaterial({ now, trust, cases }: Material): string {
  const writeCase = (one: Case): Case<Written> => ({
    ...one,
    ...{ genuine: encoded(one.genuine), other: encoded(one.other), stranger: encoded(one.stranger) },
  });
  return `${JSON.stringify({ now, trust: encoded(trust), cases: cases.map(writeCase) }, null, 1)}\n`;
}

/** Text stays readable. */
function encoded(documents: Documents): Written {
  return Object.fromEntries(
    Object.entries(documents).flatMap(([role, bytes]): [string, string][] => {
      if (bytes === undefined) return [];
      const text = Buffer.from(bytes).toString();
      return [[role, Buffer.from(text).equals(bytes) ? `=${text}` : Buffer.from(bytes).toString('base64')]];
    }),
  );
}

function decoded(documents: Written): Documents {
  return Object.fromEntries(
    Object.entries(documents).map(([role, text]) => [
      role,
      text.startsWith('=') ? Buffer.from(text.slice(1)) : Buffer.from(text, 'base64'),
    ]),
  );
}

export function trustOf({ trust, now }: Pick<Material, 'trust' | 'now'>): OpenTrust {
  const file = (name: string) => ({ name, path: `trust/${name}`, bytes: trust[name] });
  const pinsFile = { ...file('pins.yaml'), bytes: trust['pins.yaml'] ?? Buffer.alloc(0) };
  return openTrust(createTrust({ pinsFile, kinds: anchorKinds, file }), new Date(now));
}

/** As a run judges them, whose store holds these documents and no others. Throws as the method does, and TransportError. */
export async function judge(
  { method: name, spec: given, subject }: Pick<Case, 'method' | 'spec' | 'subject'>,
  documents: Documents,
  trust: OpenTrust,
  now: string,
  trail?: Trail,
): Promise<Verified<Artifact>> {
  const method = methodOf(name);
  const spec = method.schema.parse(given);
  const gathering = new Gathering(storeOf(documents), { trust, now: new Date(now) });
  return (await gathering.judge(method, { spec, subject, subjects: [subject] }, trail)).verified;
}

/** Holds these documents and no others. */
export function storeOf(documents: Documents): DocumentStore {
  return {
    read(need) {
      const bytes = documents[need.role];
      if (bytes === undefined) {
        if ('isOptional' in need) return Promise.resolve(undefined);
        return Promise.reject(new TransportError('NOT_FOUND', `${need.role} ${need.url}: not found`));
      }
      if ('maxBytes' in need && bytes.length > need.maxBytes) {
        return Promise.reject(new TransportError('TOO_LARGE', `${need.role} ${need.url}: too large`));
      }
      const form = need.kind === 'forms' ? need.forms[0] : undefined;
      return Promise.resolve({
        bytes,
        ...(form && { named: { url: form.urls[0] ?? need.url, digest: form.digest } }),
      });
    },
  };
}
