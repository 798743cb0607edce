import { describe, expect, it } from 'vitest';
import { parseStatement } from '../../../../src/formats/upstream/in-toto.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

const good = {
  _type: 'https://in-toto.io/Statement/v1',
  subject: [{ name: 'a', digest: { sha256: 'ab' } }, { uri: 'pkg:x/y' }],
  predicateType: 'https://slsa.dev/provenance/v1',
  predicate: { seconds: 1.0, big: 12345678901234567890n.toString() },
};
const parse = (statement: unknown) => parseStatement(Buffer.from(JSON.stringify(statement)), 'statement');

describe('parseStatement', () => {
  it.each(['https://in-toto.io/Statement/v1', 'https://in-toto.io/Statement/v0.1'])('reads %s', (_type) => {
    const { subject, predicateType } = parse({ ...good, _type, later: true });
    expect(subject).toEqual([{ name: 'a', digest: { sha256: 'ab' } }, {}]);
    expect(predicateType).toBe(good.predicateType);
  });

  it('takes null for a field that is absent, as protobuf has it', () => {
    const { subject } = parse({
      ...good,
      subject: [{ name: null, digest: { sha256: 'ab' } }, { digest: null }],
    });
    expect(subject).toEqual([{ digest: { sha256: 'ab' } }, {}]);
  });

  it.each<[string, object]>([
    ['another type', { _type: 'https://in-toto.io/Statement/v2' }],
    ['no type', { _type: undefined }],
    ['no subjects', { subject: undefined }],
    ['an empty list of subjects', { subject: [] }],
    ['a subject that is none', { subject: ['a'] }],
    ['a name that is none', { subject: [{ name: 1 }] }],
    ['a digest of null', { subject: [{ digest: { sha256: null } }] }],
    ['a predicate type of null', { predicateType: null }],
    ['a digest that is none', { subject: [{ digest: 'ab' }] }],
    ['a digest that is no text', { subject: [{ digest: { sha256: 1 } }] }],
    ['no predicate type', { predicateType: undefined }],
    ['an empty predicate type', { predicateType: '' }],
  ])('refuses %s', async (_, change) => {
    await refusal(() => parse({ ...good, ...change }), VerificationError, 'EVIDENCE_MALFORMED');
  });
});
