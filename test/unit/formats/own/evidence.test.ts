/** What is remembered beside the manifests: written the same each time, and read strictly. */
import { describe, expect, it } from 'vitest';
import {
  evidenceOf,
  parseEvidence,
  parseRemembered,
  renderEvidence,
  renderRemembered,
} from '../../../../src/formats/own/evidence.ts';
import { UsageError } from '../../../../src/model/errors.ts';
import type { VerificationResult } from '../../../../src/model/verification.ts';
import { proven, question } from '../../../support/question-sample.ts';
import { refusal } from '../../../support/refusals.ts';

const digest = `sha256:${'a'.repeat(64)}` as const;
const result: VerificationResult = {
  assurance: 'signed',
  method: 'apt',
  signers: [
    {
      method: 'openpgp',
      fingerprint: 'B'.repeat(40),
      primaryFingerprint: 'C'.repeat(40),
      signedAt: new Date('2026-11-19T02:13:26Z'),
    },
  ],
  documents: [
    {
      role: 'inrelease',
      url: 'https://example.org/InRelease',
      digest,
      sizeBytes: 3,
      bytes: Buffer.from('abc'),
    },
  ],
  verifiedAt: new Date('2026-11-20T12:00:00Z'),
  digest,
};
const { seal } = proven;
const artifact = { version: '1:1.0-1', url: 'https://example.org/foo.deb', sizeBytes: 7 };
const asked = { question, anchors: [], watermark: { z: '1', a: '2' } };
const entry = { ...evidenceOf(artifact, result, asked), seal };

/** A file of one entry, with fields changed; undefined leaves one out. */
function fileWith(changes: Readonly<Record<string, unknown>>, version = 3): Buffer {
  return Buffer.from(JSON.stringify({ version, entries: { foo: { ...entry, ...changes } } }));
}

describe('evidence', () => {
  it('comes back as it was written, documents without their bytes', () => {
    expect(parseEvidence(renderEvidence({ foo: entry }), 'evidence.json')).toEqual({ foo: entry });
    expect(parseEvidence(fileWith({}), 'evidence.json')).toEqual({ foo: entry });
    expect(entry.documents).toEqual([
      { role: 'inrelease', url: 'https://example.org/InRelease', digest, size: 3 },
    ]);
    expect(entry.signers).toMatchObject([{ method: 'openpgp', signedAt: '2026-11-19T02:13:26.000Z' }]);
  });

  it('says of which signature a digest is all that it covers, and nothing of others', () => {
    expect(entry).not.toHaveProperty('digestOnly');
    const only = { ...evidenceOf(artifact, { ...result, isDigestOnly: true }, asked), seal };
    expect(parseEvidence(renderEvidence({ foo: only }), 'evidence.json')['foo']).toMatchObject({
      digestOnly: true,
    });
  });

  it('says when it was judged, and gives the same bytes in any order', () => {
    const text = Buffer.from(renderEvidence({ b: entry, a: entry })).toString();
    expect(text).toBe(Buffer.from(renderEvidence({ a: entry, b: entry })).toString());
    expect(entry.judgedAt).toBe('2026-11-20T12:00:00.000Z');
    expect(text.endsWith('}\n')).toBe(true);
    expect(Object.keys(entry.watermark)).toEqual(['a', 'z']);
  });

  it.each<[string, Buffer]>([
    ['nothing', Buffer.from('')],
    ['no JSON', Buffer.from('{')],
    ['a list', Buffer.from('[]')],
    ['another version', fileWith({}, 1)],
    ['no version', Buffer.from('{"entries":{}}')],
    ['an unknown field', fileWith({ trusted: true })],
    ['a missing field', fileWith({ question: undefined })],
    ['a digest that is none', fileWith({ digest: 'sha256:abc' })],
    ['an unknown assurance', fileWith({ assurance: 'believed' })],
    ['a key twice', Buffer.from('{"version":3,"entries":{"a":1,"a":2}}')],
    ['a name that is none', Buffer.from('{"version":3,"entries":{"__proto__":{}}}')],
    ['bytes that are no UTF-8', Buffer.from('{"version":3,"entries":{"\xff":{}}}', 'latin1')],
    ['a time that is none', fileWith({ signers: [{ ...entry.signers[0], signedAt: 'now' }] })],
  ])('refuses %s', async (_, bytes) => {
    const error = await refusal(() => parseEvidence(bytes, 'evidence.json'), UsageError, 'STATE_INVALID');
    expect(error.message).toContain('evidence.json');
  });
});

describe('metadata dates', () => {
  const dates = new Map([
    ['https://example.org/dists/b', new Date('2026-11-19T02:12:54Z')],
    ['https://example.org/dists/a', new Date('2026-09-12T00:00:00Z')],
  ]);

  it('come back as they were written, in the order of URLs', () => {
    const bytes = renderRemembered({ dates, logs: new Map() });
    expect(parseRemembered(bytes, 'dates.json')).toEqual({ dates, logs: new Map() });
    expect(renderRemembered({ dates: new Map([...dates].reverse()), logs: new Map() })).toEqual(bytes);
    expect([...parseRemembered(bytes, 'dates.json').dates.keys()]).toEqual([...dates.keys()].sort());
  });

  it('have the sizes of logs beside them', () => {
    const logs = new Map([['c0d2 rekor.example.org - 1', 12]]);
    const bytes = renderRemembered({ dates, logs });
    expect(parseRemembered(bytes, 'dates.json')).toEqual({ dates, logs });
  });

  it.each([
    '{"version":1}',
    '{"version":1,"dates":{"https://example.org":"2026-11-19"}}',
    '{"version":1,"dates":{"https://example.org":"2026-02-31T00:00:00.000Z"}}',
    '{"version":1,"dates":{"https://example.org":"2026-11-19T00:00:00.000+01:00"}}',
    '{"version":1,"dates":{"https://example.org":0}}',
    '{"version":1,"dates":{},"more":1}',
    '{"version":1,"dates":{},"logs":{"c0d2 rekor.example.org":-1}}',
    '{"version":1,"dates":{},"logs":{"c0d2 rekor.example.org":"12"}}',
  ])('refuses %s: a date that is lost is a rollback that is not seen', async (text) => {
    await refusal(() => parseRemembered(Buffer.from(text), 'dates.json'), UsageError, 'STATE_INVALID');
  });
});
