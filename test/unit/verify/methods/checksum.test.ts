/** Checksum files that nobody signs, in every form that an upstream of the catalogue has. */
import { describe, expect, it } from 'vitest';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import { checksum } from '../../../../src/verify/methods/checksum.ts';
import { Trail } from '../../../../src/verify/trail.ts';
import { documentsOf, hexA, hexB, judging, tool } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const reason = 'upstream publishes no signature';
const trust = trusting();
const hex512 = 'c'.repeat(128);

async function judge(text: string | Uint8Array, checksums = '{asset}.sha256', name?: string) {
  const named = name === undefined ? {} : { name };
  const spec = checksum.schema.parse({ method: 'checksum', checksums, reason, ...named });
  const documents = documentsOf({ checksums: text });
  return checksum.judge({ spec, documents, trust, ...judging });
}

describe('checksum', () => {
  it('asks for the file that the template names', () => {
    const spec = checksum.schema.parse({ method: 'checksum', checksums: '{asset}.sha256', reason });
    const url = 'https://example.org/v1.0.0/tool-amd64.sha256';
    expect(checksum.next({ spec, documents: documentsOf({}), trust, ...judging })).toEqual([
      { kind: 'file', role: 'checksums', url, maxBytes: 1 << 20 },
    ]);
  });

  it('vouches for the digest, and says how weakly', async () => {
    const verified = await judge(`${hexA}  tool-amd64\n`);
    assertMinted(verified, 'Verified');
    expect(verified.subject).toEqual({ ...tool.artifact, digest: `sha256:${hexA}` });
    expect(verified.result).toMatchObject({ assurance: 'checksum', method: 'checksum', signers: [] });
    expect(verified.result.documents).toMatchObject([{ role: 'checksums' }]);
  });

  it.each([
    ['crictl: a bare digest', hexA, `sha256:${hexA}`],
    ['a bare digest and a newline', `${hexA}\n`, `sha256:${hexA}`],
    ['cni-plugins', `${hexA}  tool-amd64\n`, `sha256:${hexA}`],
    ['zot', `${hexB} *tool-arm64\n${hexA} *tool-amd64\n`, `sha256:${hexA}`],
    ['Debian', `${hex512}  tool-amd64\n`, `sha512:${hex512}`],
    ['an OVF manifest', `SHA256(tool-amd64)= ${hexA}\n`, `sha256:${hexA}`],
    ['line ends of Windows', `${hexA}  tool-amd64\r\n`, `sha256:${hexA}`],
    ['upper-case digits', `${hexA.toUpperCase()}  tool-amd64\n`, `sha256:${hexA}`],
  ])('reads the form of %s', async (_, text, digest) => {
    expect((await judge(text)).subject.digest).toBe(digest);
  });

  it.each<[string, string | Uint8Array, ErrorCode]>([
    ['an empty file', '', 'EVIDENCE_MISSING'],
    ['no line for the file', `${hexA}  tool-arm64\n`, 'EVIDENCE_MISSING'],
    ['a path before the name', `${hexA}  bin/tool-amd64\n`, 'EVIDENCE_MISSING'],
    ['two digests of it', `${hexA}  tool-amd64\n${hexB}  tool-amd64\n`, 'EVIDENCE_MALFORMED'],
    ['a byte order mark', `\uFEFF${hexA}  tool-amd64\n`, 'EVIDENCE_MALFORMED'],
    ['a web page', '<!DOCTYPE html><html></html>', 'EVIDENCE_MALFORMED'],
    ['bytes of some file', Buffer.from([0x7f, 0x45, 0x4c, 0x46, 0, 0xff, 0xfe]), 'EVIDENCE_MALFORMED'],
    ['MD5 alone', `${'d'.repeat(32)}  tool-amd64\n`, 'ALGORITHM_REFUSED'],
    ['SHA-1 alone', `${'d'.repeat(40)}\n`, 'ALGORITHM_REFUSED'],
    ['a digest that is cut off', `${hexA.slice(1)}  tool-amd64\n`, 'EVIDENCE_MALFORMED'],
    ['a signature around it', '-----BEGIN PGP SIGNED MESSAGE-----\n', 'EVIDENCE_MALFORMED'],
  ])('refuses %s', async (_, text, code) => {
    await refusal(judge(text), VerificationError, code);
  });

  it('takes a digest without a name only from a file that is named after the asset', async () => {
    await refusal(judge(`${hexA}\n`, 'SHA256SUMS'), VerificationError, 'EVIDENCE_MALFORMED');
    expect((await judge(`${hexA}  tool-amd64\n`, 'SHA256SUMS')).subject.digest).toBe(`sha256:${hexA}`);
  });

  it('tells which digest was taken: the line for the name, or one that stands alone', async () => {
    const told = async (checksums: string) => {
      const trail = new Trail();
      const spec = checksum.schema.parse({ method: 'checksum', checksums, reason });
      const documents = documentsOf({ checksums: `${hexA}  tool-amd64\n` });
      await checksum.judge({ ...judging, spec, documents, trust, trail });
      return trail.links.flatMap(({ checks }) => checks);
    };
    const value = `sha256:${hexA}`;
    expect(await told('SHA256SUMS')).toEqual([
      { check: 'digest', value, against: 'the line for tool-amd64' },
    ]);
    expect(await told('{asset}.sha256')).toEqual([
      { check: 'digest', value, against: 'the digest that stands alone, or beside tool-amd64' },
    ]);
  });

  it('asks for the name that the catalogue says, and for no other', async () => {
    const text = `${hexA}  dist/tool-amd64\n${hexB}  dist/tool-arm64\n`;
    expect((await judge(text, 'SHA256SUMS', 'dist/{asset}')).subject.digest).toBe(`sha256:${hexA}`);
    await refusal(judge(text, 'SHA256SUMS'), VerificationError, 'EVIDENCE_MISSING');
    await refusal(judge(text, 'SHA256SUMS', '/dist/{asset}'), VerificationError, 'EVIDENCE_MISSING');
  });

  it.each(['', 'dist/{name}', 'a\nb', 'x'.repeat(501)])('takes no name like %j', (name) => {
    const spec = { method: 'checksum', checksums: 'SUMS', reason, name };
    expect(checksum.schema.safeParse(spec).success).toBe(false);
  });

  it.each([undefined, '', 'unsigned', 'no signature', ' none \n '])('takes no reason like %j', (text) => {
    const spec = { method: 'checksum', checksums: 'SUMS', reason: text };
    expect(checksum.schema.safeParse(spec).success).toBe(false);
  });
});
