import { describe, expect, it } from 'vitest';
import { z } from 'zod';
import { parseEvidenceJson } from '../../../../src/formats/upstream/evidence-json.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';

const schema = z.object({ a: z.array(z.number()) });
const parse = (text: string, numbers: 'exact' | 'rounded' = 'rounded') =>
  parseEvidenceJson(schema, Buffer.from(text), 'evidence', { maxBytes: 100, numbers });

describe('parseEvidenceJson', () => {
  it('reads what the schema knows, and ignores the rest', () => {
    expect(parse('{"a":[1, 2.50, 1e3],"b":null}')).toEqual({ a: [1, 2.5, 1000] });
  });

  it.each([
    '',
    '{',
    '{"a":[1]}{"a":[1]}',
    '{"a":[1],"a":[2]}',
    '{"__proto__":{},"a":[1]}',
    '\ufeff{"a":[1]}',
    '{"a":[01]}',
  ])('refuses %j', async (text) => {
    await refusal(() => parse(text), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('says which field is wrong', async () => {
    const error = await refusal(() => parse('{"a":[1,"x"]}'), VerificationError, 'EVIDENCE_MALFORMED');
    expect(error.message).toContain('a[1]');
  });

  it('refuses numbers that lose digits where they must not', async () => {
    await refusal(() => parse('{"a":[1.0]}', 'exact'), VerificationError, 'EVIDENCE_MALFORMED');
    expect(parse('{"a":[1]}', 'exact')).toEqual({ a: [1] });
  });

  it('refuses a large document before reading it', async () => {
    expect(parse(`{"a":[1]${' '.repeat(91)}}`)).toEqual({ a: [1] });
    await refusal(() => parse(`{"a":[1]${' '.repeat(92)}}`), VerificationError, 'LIMIT_EXCEEDED');
    await refusal(() => parse('x'.repeat(101)), VerificationError, 'LIMIT_EXCEEDED');
  });
});
