/** A bundle beside each file, as Kubernetes may publish one day: through Rekor v1 and v2 alike. */
import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { signBlob } from '../../../../scripts/upstream/sigstore/signing.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import { sigstoreBundle } from '../../../../src/verify/methods/sigstore-bundle.ts';
import { parseTrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { documentsOf } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';
import { Trail } from '../../../../src/verify/trail.ts';

const at = new Date('2026-11-18T09:00:00Z');
const sigstore = createSigstore({ validFrom: new Date('2026-01-01T00:00:00Z') });
const trustedRoot = parseTrustedRoot(Buffer.from(sigstore.trustedRoot()), 'trusted_root.json');
const signer = { identity: 'release@example.org', issuer: 'https://accounts.example.org' };
const sha256 = createHash('sha256').update('the binary').digest();
const hex = sha256.toString('hex');

const spec = sigstoreBundle.schema.parse({
  method: 'sigstore-bundle',
  checksum: '{asset}.sha256',
  bundle: '{asset}.sigstore.json',
  ...signer,
});
const values = { version: '1.0.0', tag: 'v1.0.0', arch: 'amd64', asset: 'tool' };
const platform = { os: 'debian-13', arch: 'amd64' } as const;
const url = 'https://example.org/v1.0.0/tool';
const artifact = { name: 'tool', version: '1.0.0', platform, type: 'binary', url, sizeBytes: 10 } as const;
const asset = { artifact, fileName: 'tool', values };

function matterOf(bundle: string, checksum = hex) {
  const documents = documentsOf({ checksum, 'sigstore-bundle': bundle });
  const trust = trusting({ trustedRoot: () => Promise.resolve(trustedRoot) });
  const now = new Date('2026-11-20T12:00:00Z');
  const matter = {
    spec,
    subject: asset,
    subjects: [asset],
    trust,
    now,
    memo: new Map<string, Promise<unknown>>(),
    trail: new Trail(),
  };
  return { ...matter, documents };
}

const judge = (...given: Parameters<typeof matterOf>) => sigstoreBundle.judge(matterOf(...given));

describe('sigstore-bundle', () => {
  it('asks for the bundle and the checksum beside the file', () => {
    expect(sigstoreBundle.next(matterOf(''))).toMatchObject([
      { role: 'checksum', url: `${url}.sha256` },
      { role: 'sigstore-bundle', url: `${url}.sigstore.json` },
    ]);
  });

  it.each(['v1', 'v2'] as const)('accepts a signature logged by Rekor %s', async (log) => {
    const verified = await judge(blobBundle(signBlob(sigstore, sha256, { ...signer, at, log })));
    assertMinted(verified, 'Verified');
    expect(verified.subject.digest).toBe(`sha256:${hex}`);
    expect(verified.result).toMatchObject({ assurance: 'signed', signers: [signer] });
    expect(verified.result.documents.map(({ role }) => role)).toEqual(['sigstore-bundle', 'checksum']);
  });

  it.each<[string, () => string, string, VerificationError['code']]>([
    ['of another artifact', () => signed(), 'a'.repeat(64), 'DIGEST_MISMATCH'],
    ['by another identity', () => signed({ identity: 'other@example.org' }), hex, 'SIGNER_UNTRUSTED'],
    [
      'by a URI of that name',
      () => signed({ identity: 'https://release@example.org' }),
      hex,
      'SIGNER_UNTRUSTED',
    ],
    ['by another issuer', () => signed({ issuer: 'https://evil.example.org' }), hex, 'SIGNER_UNTRUSTED'],
    ['that was never logged', () => signed({ log: 'none' }), hex, 'EVIDENCE_MISSING'],
    ['that is no bundle', () => '<!DOCTYPE html>', hex, 'EVIDENCE_MALFORMED'],
  ])('refuses one %s', async (_, bundle, checksum, code) => {
    await refusal(judge(bundle(), checksum), VerificationError, code);
  });
});

function signed(other: Partial<Parameters<typeof signBlob>[2]> = {}): string {
  return blobBundle(signBlob(sigstore, sha256, { ...signer, at, ...other }));
}
