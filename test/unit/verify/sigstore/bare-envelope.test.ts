import { describe, expect, it } from 'vitest';
import { renderStatement, signBareEnvelope } from '../../../../scripts/upstream/sigstore/signing.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  envelopeQuery,
  isBareEnvelope,
  parseBareEnvelope,
} from '../../../../src/verify/sigstore/bare-envelope.ts';
import { refusal } from '../../../support/refusals.ts';
import { at, sigstore, tool, workflow } from '../../../support/throwaway-sigstore.ts';

const { text } = signBareEnvelope(sigstore, renderStatement([tool]), { ...workflow, at });
const json = JSON.parse(text) as { signatures: { cert: string; sig: string }[] };
const parse = (given: string) => parseBareEnvelope(Buffer.from(given), 'an envelope');

describe('a bare envelope', () => {
  it('is one up to a size, and no other JSON or text is', () => {
    expect(isBareEnvelope(json)).toBe(true);
    for (const other of [null, 17, 'payloadType', [], {}, { payloadType: 'x' }, { ...json, signatures: [] }])
      expect(isBareEnvelope(other)).toBe(false);
    expect(parse('no JSON')).toBeUndefined();
    expect(parse(text.padEnd(8 << 20))).toBeDefined();
    expect(parse(text.padEnd((8 << 20) + 1))).toBeUndefined();
  });

  it('has one signature, with whose it is', async () => {
    const [one] = json.signatures;
    const unnamed = { sig: one!.sig };
    const signedBy = (...signatures: object[]) => JSON.stringify({ ...json, signatures });
    await refusal(() => parse(signedBy(unnamed)), VerificationError, 'EVIDENCE_MISSING');
    await refusal(() => parse(signedBy(one!, unnamed)), VerificationError, 'EVIDENCE_MALFORMED');
    await refusal(() => parse(signedBy(one!, one!)), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('is asked about in both forms in which Rekor may have logged it', () => {
    const verifier = Buffer.from(json.signatures[0]!.cert).toString('base64');
    const entries = [
      {
        apiVersion: '0.0.1',
        kind: 'intoto',
        spec: { content: { envelope: text.trim() }, publicKey: verifier },
      },
      {
        apiVersion: '0.0.1',
        kind: 'dsse',
        spec: { proposedContent: { envelope: text.trim(), verifiers: [verifier] } },
      },
    ];
    expect(JSON.parse(Buffer.from(envelopeQuery(parse(text)!)).toString())).toEqual({ entries });
  });
});
