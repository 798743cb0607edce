/** What is told of a signature that holds, and whose it is, by the certificate that was valid when it was made. */
import { describe, expect, it } from 'vitest';
import { githubClaims } from '../../../../scripts/upstream/sigstore/github-claims.ts';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { assertMinted } from '../../../../src/model/minted.ts';
import type { TrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  attest,
  digestOf,
  judge,
  sign,
  sigstore,
  trustedRoot,
  who,
  workflow,
} from '../../../support/throwaway-sigstore.ts';

const signed = sign();
const bundle = blobBundle(signed);

describe('a signature over a file', () => {
  it('is told with what was compared, and against what', async () => {
    const verified = await judge(bundle);
    assertMinted(verified, 'VerifiedMessage');
    const [entry] = signed.entries;
    expect(verified.checks).toEqual([
      expect.objectContaining({ check: 'identity', value: who.identity }),
      expect.objectContaining({ check: 'issuer', value: who.issuer }),
      {
        check: 'certificate issued by',
        value: digestOf(sigstore.authority.chain[0]!),
        against: 'an authority of the trusted root; a log of certificates has promised to publish it',
      },
      {
        check: 'certificate valid',
        value: '2026-11-20T10:00:00.000Z to 2026-11-20T10:10:00.000Z',
        against: 'when it signed',
      },
      {
        check: 'log entry',
        value: String(entry!.logIndex),
        against: `the transparency log ${sigstore.rekor.id.toString('hex')} of the trusted root: its signature and proof of inclusion`,
      },
    ]);
  });

  it('is no statement', async () => {
    await refusal(judge(attest()), VerificationError, 'EVIDENCE_MALFORMED');
  });

  it('is judged by a root that was read', async () => {
    const copy = { ...trustedRoot } as unknown as TrustedRoot;
    await expect(judge(bundle, { root: copy })).rejects.toThrow(TypeError);
  });

  it('is of a certificate that a log has promised to publish', async () => {
    const unpromised = blobBundle(sign({ certificate: { ctLogs: [] } }));
    await refusal(judge(unpromised), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it.each([
    ['09:59:59', 'METADATA_FROM_FUTURE'],
    ['10:00:00', undefined],
    ['10:10:00', undefined],
    ['10:10:01', 'METADATA_EXPIRED'],
  ] as const)('was made while its certificate was valid, from 10:00 to 10:10: at %s', async (time, code) => {
    const verdict = judge(blobBundle(sign({ loggedAt: new Date(`2026-11-20T${time}Z`) })));
    if (code === undefined) await verdict;
    else await refusal(verdict, VerificationError, code);
  });
});

describe('the signer', () => {
  const claims = githubClaims(workflow.identity, workflow.issuer);
  const none = Object.fromEntries(Object.keys(claims).map((number) => [number, undefined]));
  const only = { ...none, 1: workflow.issuer, 8: workflow.issuer };
  const signerOf = async (
    more: Readonly<Record<number, string>>,
    identity = workflow.identity,
    policy = {},
  ) => {
    const text = blobBundle(sign({ ...workflow, certificate: { claims: { ...only, ...more } } }));
    return (await judge(text, { signer: { certificate: { ...workflow, identity, ...policy } } })).signer;
  };

  it('is told with what its certificate says of a build, if it says anything', async () => {
    const signer = { method: 'sigstore', ...workflow, signedAt: new Date('2026-11-20T10:00:02Z') };
    expect(await signerOf({})).toStrictEqual(signer);
    expect(await signerOf({ 11: 'self-hosted' })).toStrictEqual({
      ...signer,
      build: { runnerEnvironment: 'self-hosted' },
    });
  });

  it('is told with its ref, where that was left open', async () => {
    const [open] = workflow.identity.split('@');
    const source = { sourceRepository: 'https://github.com/owner/project', sourceRef: 'refs/tags/v1.0.0' };
    const signer = await signerOf({ 12: source.sourceRepository, 14: source.sourceRef }, open, source);
    expect(signer).toMatchObject({ identity: workflow.identity });
  });
});
