/**
 * Real attestations of GitHub's. Runs where ASSAY_CORPUS is set and `reach/real/github` is beside it. Those that the public
 * instance signed hold by its pinned root. One is signed by GitHub's own Sigstore, whose root is not among the material:
 * nobody else's takes its place.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createGithubSigstore } from '../../scripts/upstream/sigstore/github-sigstore.ts';
import { VerificationError } from '../../src/model/errors.ts';
import { findBundles } from '../../src/verify/sigstore/bundle-file.ts';
import { signersInBundles } from '../../src/verify/sigstore/claimed-signer.ts';
import { requireSubject, verifyStatement } from '../../src/verify/sigstore/in-toto.ts';
import {
  parseStampedRoot,
  parseTrustedRoot,
  type TrustedRoot,
} from '../../src/verify/sigstore/trusted-root.ts';
import { takenWithFlips } from '../support/flipped-bits.ts';
import { refusal } from '../support/refusals.ts';
import { root as checkout } from '../support/run-assay.ts';
import { validFrom } from '../support/throwaway-sigstore.ts';

const corpus = process.env['ASSAY_CORPUS'] ?? '';
const directory = join(resolve(corpus), '../reach/real/github');
const isThere = corpus !== '' && existsSync(directory);
const read = (name: string) => readFileSync(join(directory, name));

describe.runIf(!isThere)("GitHub's attestations", () => {
  it('were not tested: ASSAY_CORPUS is unset, or has no reach/real/github beside it', () => {
    expect(isThere).toBe(false);
  });
});

/** The first bundle of a file, by who it says has signed it: its real identity. */
async function judge(bytes: Buffer, trustedRoot: TrustedRoot, claimed = bytes) {
  const [signer] = signersInBundles(claimed, 'bundle');
  const [first] = findBundles(bytes, 'bundle', trustedRoot.witnessedBy);
  const certificate = { identity: signer?.identity ?? 'https://github.com/x', issuer: signer?.issuer ?? 'https://x.example' };
  return verifyStatement({ bundle: first.read(), signer: { certificate }, trustedRoot, predicateTypes: 'any' });
}

describe.runIf(isThere)("GitHub's attestations", () => {
  const publicRoot = parseTrustedRoot(readFileSync(join(checkout, 'trust/sigstore-trusted-root.json')), 'root');
  const throwaway = parseStampedRoot(Buffer.from(createGithubSigstore(validFrom).trustedRoot), 'root');
  const ofGithub = 'github_provenance_demo-0.0.12-py3-none-any-bundle.jsonl';

  it.each(['reusable-workflow-attestation.sigstore.json', 'sigstore-js-2.1.0-bundle.json', 'sigstore-js-2.1.0_with_2_bundles.jsonl'])(
    'of the public instance hold: %s',
    async (name) => {
      const verified = await judge(read(name), publicRoot);
      expect(verified.loggedAt).toHaveLength(1);
      const [subject] = verified.statement.subject;
      const [algorithm, hex] = Object.entries(subject?.digest ?? {})[0] ?? ['', ''];
      requireSubject(verified, { digest: `${algorithm as 'sha256'}:${hex}`, name: subject?.name });
      await refusal(() => judge(read(name), throwaway, read(name)), VerificationError, 'SIGNER_UNTRUSTED');
    },
  );

  it('of the public instance are refused with any bit flipped', async () => {
    const name = 'reusable-workflow-attestation.sigstore.json';
    const taken = await takenWithFlips(read(name), (flipped) => judge(flipped, publicRoot, read(name)), 100);
    expect(taken.length).toBeLessThan(4);
  });

  it("of GitHub's own Sigstore: refused where its root is not pinned, whatever is given in its place", async () => {
    await refusal(() => judge(read(ofGithub), publicRoot), VerificationError, 'EVIDENCE_MISSING');
    await refusal(() => judge(read(ofGithub), throwaway), VerificationError, 'SIGNER_UNTRUSTED');
    // What lies beside it under that name is the public root.
    await refusal(() => parseStampedRoot(read('trusted_root.json'), 'root'), VerificationError, 'SIGNER_UNTRUSTED');
  });
});
