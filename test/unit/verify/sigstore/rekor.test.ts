import { describe, expect, it } from 'vitest';
import { blobBody } from '../../../../scripts/upstream/sigstore/log-bodies.ts';
import * as faults from '../../../../scripts/upstream/sigstore/entry-faults.ts';
import {
  apiEntry,
  detachedCertificate,
  detachedSignature,
} from '../../../../scripts/upstream/sigstore/renderings.ts';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { toPem } from '../../../../scripts/upstream/sigstore/certificate.ts';
import type { LogEntry } from '../../../../scripts/upstream/sigstore/transparency-log.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { verifyWithLog } from '../../../../src/verify/sigstore/rekor-answer.ts';
import {
  canonicalEntry,
  type DetachedFiles,
  leafHash,
  parseDetached,
  requireSignature,
  retrieveQuery,
} from '../../../../src/verify/sigstore/rekor.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  artifact,
  digestOf,
  judge,
  rootOf,
  sign,
  sigstore,
  trustedRoot,
  validFrom,
  who,
} from '../../../support/throwaway-sigstore.ts';

const { rekor } = sigstore;
const signed = sign();
const [entry] = signed.entries as [LogEntry];
const files = {
  digest: digestOf(artifact),
  signature: Buffer.from(detachedSignature(signed)),
  certificate: Buffer.from(detachedCertificate(signed)),
  what: 'tool.sig',
};
const detached = parseDetached(files);

interface ApiEntry {
  body: string;
  integratedTime: number;
  logID: string;
  logIndex: number;
  attestation?: unknown;
  verification?: { inclusionProof?: Record<string, unknown>; signedEntryTimestamp?: string };
}

/** Rekor's answer, with each entry changed. */
function answer(entries: readonly LogEntry[], change: (api: ApiEntry) => unknown = () => undefined): string {
  return JSON.stringify(
    entries.map((one) => {
      const api = JSON.parse(JSON.stringify(apiEntry(one))) as Record<string, ApiEntry>;
      Object.values(api).forEach(change);
      return api;
    }),
  );
}

const ask = (text: string, signer = who) =>
  verifyWithLog({ detached, answer: Buffer.from(text), signer, trustedRoot, what: 'tool.sig' });
async function refuses(text: string, code: ErrorCode): Promise<void> {
  await refusal(ask(text), VerificationError, code);
}

describe('the query', () => {
  it('asks for exactly this entry', () => {
    expect(JSON.parse(Buffer.from(retrieveQuery(detached)).toString())).toEqual({
      entries: [JSON.parse(entry.body.bytes.toString()) as unknown],
    });
  });

  it('the canonical entry is what a log has, and its leaf hash ends the UUID', () => {
    expect(canonicalEntry(detached)).toEqual(entry.body.bytes);
    expect(Object.keys(apiEntry(entry) as object)).toEqual([rekor.treeId + leafHash(entry.body.bytes)]);
    // RFC 6962: the hash of an empty leaf.
    expect(leafHash(Buffer.alloc(0))).toBe(
      '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
    );
  });
});

describe('parseDetached', () => {
  it('reads base64 of PEM as Kubernetes publishes it, and PEM, with or without a newline at the end', () => {
    const withNewline = Buffer.from(`${detachedSignature(signed)}\n`);
    const pem = toPem(signed.certificate);
    for (const text of [pem, pem.trimEnd(), `${pem}\n`, pem.replaceAll('\n', '\r\n')]) {
      const certificate = Buffer.from(text);
      expect(parseDetached({ ...files, signature: withNewline, certificate })).toEqual(detached);
    }
  });

  it.each<[string, Partial<DetachedFiles>, ErrorCode]>([
    ['no signature', { signature: Buffer.alloc(0) }, 'EVIDENCE_MALFORMED'],
    ['a signature in DER', { signature: signed.signature }, 'EVIDENCE_MALFORMED'],
    [
      'a signature with a space',
      { signature: Buffer.from(` ${detachedSignature(signed)}`) },
      'EVIDENCE_MALFORMED',
    ],
    ['two newlines', { signature: Buffer.from(`${detachedSignature(signed)}\n\n`) }, 'EVIDENCE_MALFORMED'],
    ['no certificate', { certificate: Buffer.alloc(0) }, 'EVIDENCE_MALFORMED'],
    ['a certificate in DER', { certificate: signed.certificate }, 'EVIDENCE_MALFORMED'],
    [
      'two certificates',
      { certificate: Buffer.from(toPem(signed.certificate).repeat(2)) },
      'EVIDENCE_MALFORMED',
    ],
    ['a web page', { certificate: Buffer.from('<html></html>') }, 'EVIDENCE_MALFORMED'],
    ['a SHA-512', { digest: `sha512:${'ab'.repeat(64)}` }, 'ALGORITHM_REFUSED'],
  ])('refuses %s', async (_, change, code) => {
    await refusal(() => parseDetached({ ...files, ...change }), VerificationError, code);
  });
});

it('parseDetached reads files of 64 KiB, and none that is larger', async () => {
  const largest = Buffer.alloc(65_536, 0x41);
  expect(parseDetached({ ...files, signature: largest }).signature).toHaveLength(49_152);
  const larger = { ...files, signature: Buffer.concat([largest, Buffer.from('\n')]) };
  await refusal(() => parseDetached(larger), VerificationError, 'LIMIT_EXCEEDED');
});

describe('requireSignature', () => {
  it('accepts what holds, whoever signed it', () => {
    expect(() => {
      requireSignature(detached, 'tool.sig');
    }).not.toThrow();
  });

  it.each<[string, Partial<typeof detached>, ErrorCode]>([
    ['another artifact', { digest: digestOf(Buffer.from('other')) }, 'SIGNATURE_INVALID'],
    ["another's certificate", { certificate: sign().certificate }, 'SIGNATURE_INVALID'],
    ['another signature', { signature: sign().signature }, 'SIGNATURE_INVALID'],
    ['a signature that is none', { signature: Buffer.from('none') }, 'SIGNATURE_INVALID'],
    ['a certificate that is none', { certificate: Buffer.from('none') }, 'EVIDENCE_MALFORMED'],
    [
      'a certificate with a byte after it',
      { certificate: Buffer.concat([detached.certificate, Buffer.of(0)]) },
      'EVIDENCE_MALFORMED',
    ],
    [
      'a certificate of version 1, which Fulcio writes none of',
      {
        certificate: Buffer.from(
          detached.certificate.toString('hex').replace('a003020102', 'a003020100'),
          'hex',
        ),
      },
      'EVIDENCE_MALFORMED',
    ],
  ])('refuses %s', async (_, change, code) => {
    const check = () => {
      requireSignature({ ...detached, ...change }, 'tool.sig');
    };
    await refusal(check, VerificationError, code);
  });
});

describe('verifyWithLog', () => {
  it('verifies, and leaves a bundle that verifies without Rekor', async () => {
    const { verified, bundle } = await ask(answer([entry]));
    expect(verified).toMatchObject({ digest: digestOf(artifact), signer: who });
    expect(await judge(bundle)).toEqual(verified);
    expect((await ask(answer([entry]))).bundle).toEqual(bundle);
  });

  it('passes over fields that it does not use', async () => {
    await ask(answer([entry], (api) => (api.attestation = { data: 'x' })));
  });

  it('takes the earliest entry that is valid', async () => {
    const times = ['10:00:04', '10:00:03', '10:00:05'].map((time) => new Date(`2026-11-20T${time}Z`));
    const [later, earlier, last] = times.map((time) => rekor.append(entry.body, time));
    const tooEarly = faults.withTime(entry, rekor, new Date('2026-11-20T09:00:00Z'));
    const entries = JSON.parse(answer([later!, tooEarly, earlier!, last!])) as object[];
    // With one between them whose time cannot be read.
    for (const none of [[], [{ x: {} }]]) {
      const { verified } = await ask(JSON.stringify([entries[0], ...none, ...entries.slice(1)]));
      expect(verified.signer.signedAt).toEqual(new Date('2026-11-20T10:00:03Z'));
      expect(verified.loggedAt[0]?.logIndex).toBe(earlier!.logIndex);
    }
  });

  it.each<[string, string]>([
    ['that is none', '{"x":{"body":"","nothing":1}}'],
    ['with a UUID that is none', answer([entry]).slice(1, -1).replace(rekor.treeId, 'x')],
    ['without a promise', answer([faults.withoutPromise(entry)]).slice(1, -1)],
    ["of another's signature", answer(sign().entries).slice(1, -1)],
    ['that is broken', answer([faults.withChangedHash(entry)]).slice(1, -1)],
  ])('passes over an entry %s, before the right one and behind it', async (_, other) => {
    const good = answer([entry]).slice(1, -1);
    await ask(`[${other},${good}]`);
    await ask(`[${good},${other}]`);
  });

  it.each<[string, string, ErrorCode]>([
    ['no entry', '[]', 'EVIDENCE_MISSING'],
    ['an entry without entries', '[{}]', 'EVIDENCE_MISSING'],
    ['an object', '{}', 'EVIDENCE_MALFORMED'],
    ['nothing', '', 'EVIDENCE_MALFORMED'],
    ['an error', '{"code":404,"message":"not found"}', 'EVIDENCE_MALFORMED'],
    ['an answer cut short', answer([entry]).slice(0, -2), 'EVIDENCE_MALFORMED'],
    ['a UUID that is none', answer([entry]).replace(rekor.treeId, 'x'), 'EVIDENCE_MALFORMED'],
    ['a UUID with more behind it', answer([entry]).replace('":{"body', '0":{"body'), 'EVIDENCE_MALFORMED'],
    [
      'a UUID of another leaf',
      answer([entry]).replace(/[0-9a-f]{8}":\{"body/, '00000000":{"body'),
      'SUBJECT_MISMATCH',
    ],
    ['no promise', answer([faults.withoutPromise(entry)]), 'EVIDENCE_MISSING'],
    ['no proof', answer([faults.withoutProof(entry)]), 'EVIDENCE_MISSING'],
    [
      'no checkpoint',
      answer([entry], (api) => delete api.verification!.inclusionProof!['checkpoint']),
      'EVIDENCE_MISSING',
    ],
    ['nothing to verify it by', answer([entry], (api) => delete api.verification), 'EVIDENCE_MISSING'],
    ['a changed hash', answer([faults.withChangedHash(entry)]), 'SIGNATURE_INVALID'],
    ['another root', answer([faults.withOtherRoot(entry)]), 'SIGNATURE_INVALID'],
    ['another tree size', answer([faults.withOtherTreeSize(entry)]), 'SIGNATURE_INVALID'],
    ['the time 0', answer([entry], (api) => (api.integratedTime = 0)), 'METADATA_FROM_FUTURE'],
    [
      'the last time of the year 9999',
      answer([entry], (api) => (api.integratedTime = 253_402_300_799)),
      'METADATA_EXPIRED',
    ],
    ['a time before all', answer([entry], (api) => (api.integratedTime = -1)), 'EVIDENCE_MALFORMED'],
    ['the index 0', answer([entry], (api) => (api.logIndex = 0)), 'SIGNATURE_INVALID'],
    ['an index below 0', answer([entry], (api) => (api.logIndex = -1)), 'EVIDENCE_MALFORMED'],
    ['a digit before the log', answer([entry], (api) => (api.logID = `0${api.logID}`)), 'EVIDENCE_MALFORMED'],
    ['a digit behind the log', answer([entry], (api) => (api.logID += '0')), 'EVIDENCE_MALFORMED'],
    ['another time', answer([entry], (api) => (api.integratedTime += 1)), 'SIGNATURE_INVALID'],
    ['another index', answer([entry], (api) => (api.logIndex += 1)), 'SIGNATURE_INVALID'],
    ['another log', answer([entry], (api) => (api.logID = 'ab'.repeat(32))), 'SIGNER_UNTRUSTED'],
    [
      'a time after the certificate',
      answer([faults.withTime(entry, rekor, new Date('2026-11-20T10:10:01Z'))]),
      'METADATA_EXPIRED',
    ],
    ["another signature's entry", answer(sign().entries), 'SUBJECT_MISMATCH'],
  ])('refuses %s', (_, text, code) => refuses(text, code));

  it.each<[string, string]>([
    ['signed entry timestamp', answer([faults.withoutPromise(entry)])],
    ['proof of inclusion', answer([faults.withoutProof(entry)])],
    ['checkpoint', answer([entry], (api) => delete api.verification!.inclusionProof!['checkpoint'])],
  ])('says that an entry has no %s', async (missing, text) => {
    const { message } = await refusal(ask(text), VerificationError, 'EVIDENCE_MISSING');
    expect(message).toContain(`has no ${missing}`);
  });

  it.each([
    ['empty', (body: string) => body.slice(body.length)],
    ['not in canonical base64', (body: string) => `${body}\n`],
  ])('says that a body is %s', async (_, change) => {
    const text = answer([entry], (api) => (api.body = change(api.body)));
    const { message } = await refusal(ask(text), VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toContain("Rekor's answer: body must be base64 in its canonical form");
  });

  it('says that a time is after the year 9999', async () => {
    const text = answer([entry], (api) => (api.integratedTime = 253_402_300_800));
    const { message } = await refusal(ask(text), VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toContain("Rekor's answer: integratedTime");
  });

  it('says how many entries there are, where none of several vouches', async () => {
    const others = answer([...sign().entries, ...sign().entries]);
    const { message } = await refusal(ask(others), VerificationError, 'SUBJECT_MISMATCH');
    expect(message).toContain('none of 2 entries vouches');
  });

  it('reads as many entries as there may be, and no more', async () => {
    const [own] = JSON.parse(answer([entry])) as [object];
    const among = (count: number) =>
      JSON.stringify([
        { ...Object.fromEntries(Array.from({ length: count }, (_, n) => [`x${n}`, {}])), ...own },
      ]);
    await ask(among(63));
    await refuses(among(64), 'LIMIT_EXCEEDED');
    const maps = (count: number) => JSON.stringify([own, ...Array<object>(count).fill({})]);
    await ask(maps(63));
    await refuses(maps(64), 'EVIDENCE_MALFORMED');
  });

  it('reads four mebibytes, and no byte more', async () => {
    const text = answer([entry]);
    const largest = text + ' '.repeat((4 << 20) - Buffer.byteLength(text));
    await ask(largest);
    await refuses(`${largest} `, 'LIMIT_EXCEEDED');
  });

  it('takes the only leaf of a log', async () => {
    const young = createSigstore({ validFrom, fillers: 0 });
    const alone = sign({}, artifact, young);
    const { logSize } = await verifyWithLog({
      detached: parseDetached({
        ...files,
        signature: Buffer.from(detachedSignature(alone)),
        certificate: Buffer.from(detachedCertificate(alone)),
      }),
      ...{ answer: Buffer.from(answer(alone.entries)), signer: who, trustedRoot: rootOf(young), what: 'x' },
    });
    const [only] = alone.entries;
    const [origin = ''] = only?.proof?.checkpoint.split('\n') ?? [];
    expect(origin).not.toBe('');
    expect(logSize).toEqual({ log: `${young.rekor.id.toString('hex')} ${origin}`, size: 1 });
  });

  it('refuses an entry that says the same in other bytes', async () => {
    const body = blobBody(signed);
    const spaced = Buffer.from(body.bytes.toString().replace('{', '{ '));
    const logged = rekor.append({ ...body, bytes: spaced }, new Date('2026-11-20T10:00:03Z'));
    await refuses(answer([logged]), 'SUBJECT_MISMATCH');
    // Nor under the UUID of the right one.
    await refuses(answer([logged]).replace(leafHash(spaced), leafHash(body.bytes)), 'SUBJECT_MISMATCH');
  });

  it('refuses another identity or issuer', async () => {
    for (const signer of [
      { ...who, identity: 'x@example.org' },
      { ...who, issuer: 'https://x.example' },
    ]) {
      await refusal(ask(answer([entry]), signer), VerificationError, 'SIGNER_UNTRUSTED');
    }
  });

  it('refuses a signature that does not verify, though it was logged', async () => {
    const other = sign({}, Buffer.from('other'));
    const body = blobBody({ ...other, sha256: signed.sha256 });
    const lying = rekor.append(body, new Date('2026-11-20T10:00:03Z'));
    const asked = parseDetached({
      ...files,
      signature: Buffer.from(detachedSignature(other)),
      certificate: Buffer.from(detachedCertificate(other)),
    });
    const input = {
      detached: asked,
      answer: Buffer.from(answer([lying])),
      signer: who,
      trustedRoot,
      what: 'x',
    };
    await refusal(verifyWithLog(input), VerificationError, 'SIGNATURE_INVALID');
  });
});
