/** Documents of a TUF repository: the real root, and what the library alone would take. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import seeds from '@sigstore/tuf/seeds.json' with { type: 'json' };
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { parseTrustPins } from '../../../../src/verify/anchors/pins.ts';
import type { SigstorePin } from '../../../../src/verify/anchors/sigstore.ts';
import { AssayError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { parseTufDocument, verifySignatures, type RoleName } from '../../../../src/verify/tuf/metadata.ts';
import { openPinnedTufRoot } from '../../../../src/verify/tuf/update.ts';
import { refusal } from '../../../support/refusals.ts';
import { root as checkout } from '../../../support/run-assay.ts';
import { fileOf, keys, repository, rootOf, strangers } from '../../../support/tuf-rehearsal.ts';

const published = repository();
const documents: Readonly<Record<RoleName, Uint8Array>> = {
  root: rootOf(published.roots, 1),
  timestamp: fileOf(published, 'timestamp.json'),
  snapshot: fileOf(published, '1.snapshot.json'),
  targets: fileOf(published, '1.targets.json'),
};
const roles = Object.keys(documents) as RoleName[];
const parse = (role: RoleName, bytes: Uint8Array) => parseTufDocument(role, bytes, `${role}.json`);

type Json = Record<string, unknown>;

/** A document with one field another: by path; undefined removes it. */
function changed(role: RoleName, path: string, value: unknown): Buffer {
  const document = JSON.parse(Buffer.from(documents[role]).toString()) as Json;
  const steps = path.split('/');
  const parent = steps.slice(0, -1).reduce((at, step) => at[step] as Json, document);
  parent[steps.at(-1)!] = value;
  return Buffer.from(JSON.stringify(document));
}

async function refuses(code: ErrorCode, role: RoleName, bytes: Uint8Array): Promise<void> {
  await refusal(() => parse(role, bytes), VerificationError, code);
}

describe('trust/sigstore-root.json', () => {
  const bytes = readFileSync(join(checkout, 'trust/sigstore-root.json'));
  const pins = parseTrustPins(readFileSync(join(checkout, 'trust/pins.yaml'), 'utf8'), 'pins.yaml');
  const anchor = pins.anchors['sigstore'] as SigstorePin;

  it('is the pinned root, signed by three of its five keys', () => {
    const root = openPinnedTufRoot(bytes, anchor.root, 'sigstore-root.json');
    expect(root.version).toBe(16);
    expect(root.expires).toEqual(new Date('2027-04-22T19:27:31Z'));
    expect(root.metadata.signed.roles['root']).toMatchObject({ threshold: 3 });
  });

  it('is the one that came with the public client, byte for byte', () => {
    const seed = seeds['https://tuf-repo-cdn.sigstore.dev'];
    expect(Buffer.from(seed['root.json'], 'base64')).toEqual(bytes);
  });

  it('is refused with two signatures of five', async () => {
    const { signed, signatures } = JSON.parse(bytes.toString()) as { signed: Json; signatures: Json[] };
    const judge = (count: number) => {
      const fewer = Buffer.from(JSON.stringify({ signed, signatures: signatures.slice(0, count) }));
      const root = parse('root', fewer) as ReturnType<typeof parseTufDocument<'root'>>;
      verifySignatures(root, root);
    };
    judge(3);
    await refusal(() => judge(2), VerificationError, 'SIGNATURE_INVALID');
  });

  it('is refused with any change of what is signed', async () => {
    const root = openPinnedTufRoot(bytes, anchor.root, 'sigstore-root.json');
    const { signed, ...rest } = JSON.parse(bytes.toString()) as { signed: Json };
    for (const change of [{ version: 17 }, { expires: '2028-04-22T19:27:31Z' }, { 'x-unknown': 1 }]) {
      const text = JSON.stringify({ ...rest, signed: { ...signed, ...change } });
      const other = parse('root', Buffer.from(text));
      await refusal(() => verifySignatures(root, other), VerificationError, 'SIGNATURE_INVALID');
    }
  });
});

describe('parseTufDocument', () => {
  it.each(roles)('takes a %s, and what its role does not know yet', (role) => {
    const { version, expires } = parse(role, changed(role, 'signed/x-later', { a: [1, 'b', null, true] }));
    expect(version).toBe(1);
    expect(expires).toBeInstanceOf(Date);
  });

  it.each(roles)('refuses %s metadata for any other role', async (role) => {
    for (const other of roles.filter((one) => one !== role)) {
      await refuses('EVIDENCE_MALFORMED', other, documents[role]);
    }
  });

  it.each<[string, RoleName, string, unknown]>([
    ['no signatures', 'timestamp', 'signatures', undefined],
    ['nothing signed', 'timestamp', 'signed', undefined],
    ['a version 0', 'timestamp', 'signed/version', 0],
    ['a fraction of a version', 'timestamp', 'signed/version', 1.5],
    ['a version that is a text', 'timestamp', 'signed/version', '1'],
    ['a version that a number cannot hold', 'timestamp', 'signed/version', 2 ** 53],
    ['another specification', 'timestamp', 'signed/spec_version', '2.0.0'],
    ['a specification with a tail', 'timestamp', 'signed/spec_version', '1.0.31-x'],
    ['no date', 'timestamp', 'signed/expires', undefined],
    ['a date in words', 'timestamp', 'signed/expires', 'Nov 20, 2027'],
    ['a year for a date', 'timestamp', 'signed/expires', '2027'],
    ['a date of another zone', 'timestamp', 'signed/expires', '2027-11-20T12:00:00+14:00'],
    ['a fraction of a second', 'timestamp', 'signed/expires', '2027-11-20T12:00:00.5Z'],
    ['a date without seconds', 'timestamp', 'signed/expires', '2027-11-20T12:00Z'],
    ['no snapshot', 'timestamp', 'signed/meta', undefined],
    ['an empty list of snapshots', 'timestamp', 'signed/meta', {}],
    ['a second snapshot', 'timestamp', 'signed/meta/other.json', { version: 1 }],
    ['a negative length', 'timestamp', 'signed/meta/snapshot.json/length', -1],
    ['a snapshot of version 0', 'timestamp', 'signed/meta/snapshot.json/version', 0],
    ['a digest in capitals', 'timestamp', 'signed/meta/snapshot.json/hashes/sha256', 'AB'.repeat(32)],
    ['no targets', 'snapshot', 'signed/meta', { 'other.json': { version: 1 } }],
    ['targets without a version', 'snapshot', 'signed/meta/targets.json', {}],
    ['a target without a length', 'targets', 'signed/targets/trusted_root.json/length', undefined],
    ['a target without digests', 'targets', 'signed/targets/trusted_root.json/hashes', undefined],
    ['no list of targets', 'targets', 'signed/targets', undefined],
    ['snapshots that are not consistent', 'root', 'signed/consistent_snapshot', false],
    ['no word of consistent snapshots', 'root', 'signed/consistent_snapshot', undefined],
    ['a threshold of none', 'root', 'signed/roles/timestamp/threshold', 0],
    ['half a threshold', 'root', 'signed/roles/timestamp/threshold', 0.5],
    ['a role without a threshold', 'root', 'signed/roles/timestamp/threshold', undefined],
    ['a missing role', 'root', 'signed/roles/snapshot', undefined],
    ['one key ID twice', 'root', 'signed/roles/timestamp/keyids', [keys.root[0]!.id, keys.root[0]!.id]],
    ['no keys', 'root', 'signed/keys', undefined],
    ['a key without a value', 'root', `signed/keys/${keys.root[0]!.id}/keyval`, {}],
    ['a key of nothing', 'root', `signed/keys/${keys.root[0]!.id}/keyval`, { public: '' }],
  ])('refuses %s', async (_, role, path, value) => {
    await refuses('EVIDENCE_MALFORMED', role, changed(role, path, value));
  });

  it.each(['21.0.0', '1.0.31-x'])('names a specification of %s as the field that is wrong', (version) => {
    expect(() => parse('timestamp', changed('timestamp', 'signed/spec_version', version))).toThrow(
      'timestamp.json: signed.spec_version must be a version 1 of TUF',
    );
  });

  it('takes a target that is empty', () => {
    const { version } = parse('targets', changed('targets', 'signed/targets/trusted_root.json/length', 0));
    expect(version).toBe(1);
  });

  it('takes half a mebibyte, and no byte more', async () => {
    const text = Buffer.from(documents.timestamp).toString();
    const whole = Buffer.from(text.padEnd(524_288));
    expect(parse('timestamp', whole).version).toBe(1);
    await refuses('LIMIT_EXCEEDED', 'timestamp', Buffer.concat([whole, Buffer.from(' ')]));
  });

  it('takes a key of a kind that nobody knows, which counts for nothing', () => {
    const root = parse('root', changed('root', `signed/keys/${keys.root[0]!.id}/keyval`, { public: 'x' }));
    expect(root.version).toBe(1);
  });

  it('refuses one key under two IDs, which would count as two', async () => {
    const [key] = strangers.root;
    const twin = { ...key!, id: 'another' };
    const { roots } = repository({ generations: [{ ...keys, root: [key!, twin] }] });
    await refuses('EVIDENCE_MALFORMED', 'root', rootOf(roots, 1));
  });

  it('is not led astray by names that every object has', async () => {
    const root = changed('root', 'signed/roles/timestamp/keyids', ['constructor', '__proto__', 'toString']);
    const judge = parse('root', root) as ReturnType<typeof parseTufDocument<'root'>>;
    await refusal(
      () => verifySignatures(judge, parse('timestamp', documents.timestamp)),
      VerificationError,
      'SIGNATURE_INVALID',
    );
  });

  it('refuses JSON of two readings, or with a number that would be written otherwise', async () => {
    const text = Buffer.from(documents.timestamp).toString();
    await refuses(
      'EVIDENCE_MALFORMED',
      'timestamp',
      Buffer.from(text.replace('"version"', '"version": 9, "version"')),
    );
    await refuses('EVIDENCE_MALFORMED', 'timestamp', Buffer.from(`${text} {}`));
    const odd = text.replace('"version"', '"x-later": 9007199254740993, "version"');
    expect(() => parse('timestamp', Buffer.from(odd))).toThrow(
      'the number 9007199254740993 would not be written back the same',
    );
  });

  it('answers whatever it is given with a document or a refusal', () => {
    const text = Buffer.from(documents.root).toString();
    const damaged = fc.tuple(fc.nat(text.length), fc.nat(40), fc.string({ maxLength: 20 }));
    fc.assert(
      fc.property(fc.constantFrom(...roles), damaged, (role, [at, length, put]) => {
        try {
          parse(role, Buffer.from(text.slice(0, at) + put + text.slice(at + length)));
        } catch (error) {
          expect(error).toBeInstanceOf(AssayError);
        }
      }),
      { numRuns: 300 },
    );
  });
});
