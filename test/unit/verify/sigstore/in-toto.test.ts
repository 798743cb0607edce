/** What a statement is taken for: of its own kind, about this file, by its name and all of its digests. */
import { X509Certificate } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  namedAlgorithms,
  requireSubject,
  type VerifiedStatement,
} from '../../../../src/verify/sigstore/in-toto.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  artifact,
  at,
  attest,
  digestOf,
  judgeStatement,
  predicateType,
  sign,
  sigstore,
  tool,
  who,
  type Attested,
} from '../../../support/throwaway-sigstore.ts';
import { toPem } from '../../../../scripts/upstream/sigstore/certificate.ts';
import { envelopeBody } from '../../../../scripts/upstream/sigstore/log-bodies.ts';
import { blobBundle, envelopeBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { renderStatement, signEnvelope } from '../../../../scripts/upstream/sigstore/signing.ts';
import { keyFingerprint } from '../../../../src/verify/sigstore/keys.ts';

const digest = digestOf(artifact);
const other = { sha256: 'ab'.repeat(32) };
const statementOf = (...subjects: NonNullable<Attested['subjects']>) => judgeStatement(attest({ subjects }));

describe('a statement', () => {
  it('is of a type that was asked for, and tells so', async () => {
    const { checks } = await judgeStatement(attest());
    expect(checks.at(-1)).toMatchObject({ check: 'predicate type', value: predicateType });
    const any = await judgeStatement(attest(), { predicateTypes: 'any' });
    expect(any.checks.map(({ check }) => check)).not.toContain('predicate type');
    const { context } = await refusal(
      judgeStatement(attest({ predicateType: 'https://example.org/scan' })),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    expect(context).toEqual({ expected: [predicateType], found: 'https://example.org/scan' });
  });

  it('is no signature over a file, and no payload of another type', async () => {
    await refusal(judgeStatement(blobBundle(sign())), VerificationError, 'EVIDENCE_MALFORMED');
    const text = attest({ payloadType: 'application/json' });
    await refusal(judgeStatement(text), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('is asked about its source where the catalogue asks for the commit alone', async () => {
    const sourceDigest = 'c0'.repeat(20);
    const bundle = attest({
      certificate: { claims: { 13: sourceDigest } },
      predicate: {
        buildDefinition: {
          resolvedDependencies: [
            { digest: { gitCommit: 'd0'.repeat(20) }, uri: 'git+https://github.com/o/p' },
          ],
        },
      },
    });
    const signer = {
      certificate: { identity: 'release@example.org', issuer: 'https://accounts.example.org' },
    };
    await judgeStatement(bundle, { signer, comparesSource: false });
    await refusal(
      judgeStatement(bundle, { signer: { certificate: { ...signer.certificate, sourceDigest } } }),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
  });
});

it('a statement by a bare key has no certificate to agree with', async () => {
  const signed = signEnvelope(sigstore, renderStatement([tool]), { ...who, at, log: 'none' });
  const { publicKey } = new X509Certificate(signed.certificate);
  const inBase64 = (pem: string | Buffer) => Buffer.from(pem).toString('base64');
  const body = envelopeBody(signed.envelope, signed.certificate);
  const text = body.bytes
    .toString()
    .replace(
      inBase64(toPem(signed.certificate)),
      inBase64(publicKey.export({ type: 'spki', format: 'pem' })),
    );
  const entries = [sigstore.rekor.append({ ...body, bytes: Buffer.from(text) }, at)];
  const bundle = JSON.parse(envelopeBundle({ ...signed, entries })) as { verificationMaterial: object };
  const verificationMaterial = { ...bundle.verificationMaterial, certificate: undefined, publicKey: {} };
  const { signer, checks } = await judgeStatement(JSON.stringify({ ...bundle, verificationMaterial }), {
    ...{ signer: { publicKey }, comparesSource: true },
  });
  expect(signer).toEqual({ method: 'public-key', fingerprint: keyFingerprint(publicKey), signedAt: at });
  expect(checks.map(({ check }) => check)).toEqual(['log entry', 'predicate type']);
});

describe('the subject of a statement', () => {
  it('has the name and the digest, each of one subject', async () => {
    const statement = await statementOf(tool, { name: 'other', digest: other });
    requireSubject(statement, { digest, name: 'tool.tar.gz' });
    requireSubject(statement, { digest, name: undefined });
    const named = await refusal(
      () => requireSubject(statement, { digest, name: 'other' }),
      VerificationError,
      'DIGEST_MISMATCH',
    );
    expect(named.context).toEqual({ digest, name: 'other' });
    expect(named.message).toBe(
      `bundle does not vouch for other with the digest ${digest}: it has it with another digest`,
    );
    for (const name of ['tool', undefined]) {
      const digest = digestOf(Buffer.from('x'));
      const { message } = await refusal(
        () => requireSubject(statement, { digest, name }),
        VerificationError,
        'SUBJECT_MISMATCH',
      );
      const asked = name === undefined ? digest : `${name} with the digest ${digest}`;
      expect(message).toBe(`bundle does not vouch for ${asked}: it has other subjects (2)`);
    }
  });

  it('may be there several times under its name', async () => {
    const statement = await statementOf({ ...tool, digest: other }, tool);
    requireSubject(statement, { digest, name: 'tool.tar.gz' });
  });

  it('agrees in every digest that both sides have, and in one at least', async () => {
    const hex = digest.slice('sha256:'.length);
    const statement = await statementOf({ name: 'tool', digest: { sha256: hex, sha512: 'cd'.repeat(64) } });
    requireSubject(statement, { digest, name: 'tool' });
    const wanted = (digests: Record<string, string>) => () =>
      requireSubject(statement, { digest, digests, name: 'tool' });
    wanted({ sha512: 'cd'.repeat(64), sha384: 'ef'.repeat(48) })();
    await refusal(wanted({ sha512: 'ef'.repeat(64) }), VerificationError, 'DIGEST_MISMATCH');
    const elsewhere = await statementOf({ name: 'tool', digest: { sha512: 'cd'.repeat(64) } });
    const asked = () => requireSubject(elsewhere, { digest, name: 'tool' });
    await refusal(asked, VerificationError, 'DIGEST_MISMATCH');
  });

  it('is of a statement that was verified', async () => {
    const copy = { ...(await statementOf(tool)) } as unknown as VerifiedStatement;
    expect(() => requireSubject(copy, { digest, name: 'tool.tar.gz' })).toThrow(TypeError);
  });

  it('may lack a digest, or a name', async () => {
    const subject = [{ name: 'other' }, { digest: tool.digest }];
    const payload = JSON.stringify({
      _type: 'https://in-toto.io/Statement/v1',
      subject,
      predicateType,
      predicate: {},
    });
    const statement = await judgeStatement(attest({ payload: Buffer.from(payload) }));
    requireSubject(statement, { digest, name: undefined });
    expect([...namedAlgorithms(statement, undefined)]).toEqual(['sha256']);
    expect([...namedAlgorithms(statement, 'other')]).toEqual([]);
    const asked = () => requireSubject(statement, { digest, name: 'other' });
    await refusal(asked, VerificationError, 'DIGEST_MISMATCH');
  });

  it('names its algorithms, or all that there are', async () => {
    const statement = await statementOf(tool, { name: 'other', digest: { sha512: 'cd'.repeat(64) } });
    expect([...namedAlgorithms(statement, 'other')]).toEqual(['sha512']);
    expect([...namedAlgorithms(statement, undefined)]).toEqual(['sha256', 'sha512']);
    expect([...namedAlgorithms(statement, 'nothing')]).toEqual([]);
  });
});
