/** GitHub's statement about an immutable release: repository, tag, name and digest, signed by its own Sigstore. */
import { describe, expect, it } from 'vitest';
import {
  createGithubSigstore,
  type ImmutableRelease,
} from '../../../../scripts/upstream/sigstore/github-sigstore.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { Need } from '../../../../src/model/need.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { githubReleaseAttestation } from '../../../../src/verify/methods/github-release-attestation.ts';
import { parseStampedRoot, type TrustedRoot } from '../../../../src/verify/sigstore/trusted-root.ts';
import { nothingNewer, sizeUnsigned, Trail } from '../../../../src/verify/trail.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { hexA, hexB, judgedAt, tool } from '../../../support/judge-checksums.ts';
import { packSnappy } from '../../../support/pack-snappy.ts';
import { refusal } from '../../../support/refusals.ts';
import { at, attest, sigstore, validFrom } from '../../../support/throwaway-sigstore.ts';
import { trusting } from '../../../support/trusting.ts';

const github = createGithubSigstore(validFrom);
const root = parseStampedRoot(Buffer.from(github.trustedRoots(sigstore.trustedRoot())), 'trusted_root.jsonl');
const sha1 = 'c'.repeat(40);
const files = [
  { name: 'tool-arm64', digest: { sha256: hexB } },
  { name: 'tool-amd64', digest: { sha256: hexA } },
];
const release = { repository: 'owner/tool', tag: 'v1.0.0', sha1, files };
const made = (more: Partial<ImmutableRelease> = {}) => github.attestRelease({ ...release, ...more }, at);
const ours = made();
const url = 'https://github.com/owner/tool/releases/download/v1.0.0/tool-amd64';
const api = 'https://api.github.com/repos/owner/tool';
const spec = githubReleaseAttestation.schema.parse({
  method: 'github-release-attestation',
  githubRoot: 'github',
});

const answer = (...bundles: readonly string[]) =>
  `{"attestations":[${bundles.map((bundle) => `{"bundle":${bundle},"repository_id":1,"bundle_url":""}`).join(',')}]}`;

interface Case {
  readonly ref?: string;
  readonly by?: TrustedRoot;
  readonly elsewhere?: Buffer;
  readonly assetUrl?: string;
}

async function judge(
  said: string | Buffer | undefined,
  { ref = JSON.stringify({ object: { sha: sha1, type: 'commit' } }), by = root, ...more }: Case = {},
) {
  const asked: string[] = [];
  const trust = trusting({
    material: (_, anchor) => {
      expect(anchor).toBe('github');
      return Promise.resolve(by as never);
    },
  });
  const needs: Need[] = [];
  const read = (need: Need) => {
    const { role, url: place } = need;
    needs.push(need);
    asked.push(place);
    const bytes = {
      'github-ref': ref,
      'github-attestations': said,
      'github-attestation-bundle': more.elsewhere,
    }[role];
    return Promise.resolve(bytes === undefined ? undefined : { bytes: Buffer.from(bytes as string) });
  };
  const subject = { ...tool, artifact: { ...tool.artifact, url: more.assetUrl ?? url } };
  const trail = new Trail();
  const gathering = new Gathering({ read }, { trust, now: judgedAt });
  const asking = { spec, subject, subjects: [subject] };
  const { verified } = await gathering.judge(githubReleaseAttestation, asking, trail);
  return { ...verified, asked, needs, trail };
}

const refuse = (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(() => judge(...given), VerificationError, code);

describe('method github-release-attestation', () => {
  it('takes the digest that GitHub has signed beside the name of the file', async () => {
    const { subject, result, asked, needs, trail } = await judge(answer(ours));
    expect(subject.digest).toBe(`sha256:${hexA}`);
    expect(result).toMatchObject({
      assurance: 'attested',
      signers: [{ identity: 'https://dotcom.releases.github.com', issuer: 'none' }],
    });
    expect(result.isDigestOnly).toBeUndefined();
    expect(asked).toEqual([
      `${api}/git/ref/tags/v1.0.0`,
      `${api}/attestations/sha1:${sha1}?per_page=100&predicate_type=release`,
    ]);
    expect(needs[0]).toEqual({
      ...{ kind: 'file', role: 'github-ref', maxBytes: 65_536, url: asked[0] },
      ...{ isRevalidated: true, withUserToken: true },
    });
    expect(trail.unproven.map(({ what }) => what)).toEqual([
      'who built it',
      nothingNewer[0],
      sizeUnsigned[0],
    ]);
    // What was kept is judged again.
    const kept = Buffer.from(result.documents[0]!.bytes);
    expect((await judge(kept)).result.documents.map(({ digest }) => digest)).toEqual(
      result.documents.map(({ digest }) => digest),
    );
  });

  it('finds it in any order, elsewhere, in other letters of the repository, and by an escaped tag', async () => {
    const other = made({ tag: 'v0.9.0' });
    await judge(answer(other, attest(), ours));
    const place = JSON.stringify({
      attestations: [{ bundle: null, bundle_url: 'https://blobs.example.org/x' }],
    });
    await judge(place, { elsewhere: packSnappy(Buffer.from(ours)) });
    await judge(answer(made({ repository: 'Owner/Tool' })));
    await judge(answer(ours), { assetUrl: url.replace('owner/tool', 'Owner/Tool') });
    await judge(answer(made({ predicateType: 'https://in-toto.io/attestation/release/v0.2' })));
    const nested = { ...release, tag: 'tool/v1.0.0' };
    const asset = url.replace('v1.0.0', 'tool%2Fv1.0.0');
    const { asked } = await judge(answer(made(nested)), { assetUrl: asset });
    expect(asked[0]).toBe(`${api}/git/ref/tags/tool/v1.0.0`);
    const escaped = { purl: 'pkg:github/owner/tool@tool%2Fv1.0.0' };
    await judge(answer(made({ ...nested, predicate: escaped })), { assetUrl: asset });
  });

  it('asks by SHA-256 where the repository has it', async () => {
    const { asked } = await judge(answer(ours), { ref: JSON.stringify({ object: { sha: hexA } }) });
    expect(asked[1]).toContain(`/attestations/sha256:${hexA}?`);
  });

  const purl = 'pkg:github/owner/tool@v1.0.0';
  it.each<[string, string | undefined, ErrorCode]>([
    ['nothing', undefined, 'EVIDENCE_MISSING'],
    ['an empty answer', answer(), 'EVIDENCE_MISSING'],
    ['that of another release', answer(made({ tag: 'v1.0.1' })), 'RELEASE_MISMATCH'],
    ['that of another repository', answer(made({ repository: 'mallory/tool' })), 'RELEASE_MISMATCH'],
    [
      'one that contradicts itself in the tag',
      answer(made({ predicate: { purl, tag: 'v1.0.1' } })),
      'RELEASE_MISMATCH',
    ],
    [
      'one that contradicts itself in the repository',
      answer(made({ predicate: { purl, repository: 'mallory/tool' } })),
      'RELEASE_MISMATCH',
    ],
    [
      'one of a package that is not on GitHub',
      answer(made({ predicate: { purl: 'pkg:npm/tool@v1.0.0' } })),
      'RELEASE_MISMATCH',
    ],
    [
      'one whose package is of another release',
      answer(made({ predicate: { purl: 'pkg:github/owner/tool@v1.0.1', tag: 'v1.0.0' } })),
      'RELEASE_MISMATCH',
    ],
    ...['x-pkg:github/owner/tool@v1.0.0', `${purl}\n`, `${purl}\nv1.0.1`].map(
      (other): [string, string, ErrorCode] => [
        `one of the package ${JSON.stringify(other)}`,
        answer(made({ predicate: { purl: other } })),
        'RELEASE_MISMATCH',
      ],
    ),
    ['one without a release', answer(made({ predicate: { tag: 'v1.0.0' } })), 'EVIDENCE_MALFORMED'],
    ['one without the file', answer(made({ files: files.slice(0, 1) })), 'SUBJECT_MISMATCH'],
    [
      'one with two digests of the file',
      answer(made({ files: [...files, { name: 'tool-amd64', digest: { sha256: hexB } }] })),
      'SUBJECT_MISMATCH',
    ],
    ...[`x${hexA}`, `${hexA}0`, hexA.slice(1), hexA.toUpperCase()].map(
      (sha256): [string, string, ErrorCode] => [
        `one with the SHA-256 ${sha256}`,
        answer(made({ files: [{ name: 'tool-amd64', digest: { sha256 } }] })),
        'SUBJECT_MISMATCH',
      ],
    ),
    [
      'one with SHA-1 of the file',
      answer(made({ files: [{ name: 'tool-amd64', digest: { sha1 } }] })),
      'SUBJECT_MISMATCH',
    ],
    [
      'another predicate',
      answer(made({ predicateType: 'https://slsa.dev/provenance/v1' })),
      'SUBJECT_MISMATCH',
    ],
    ['another identity', answer(made({ identity: 'https://evil.releases.github.com' })), 'SIGNER_UNTRUSTED'],
    [
      'an identity that begins alike',
      answer(made({ identity: 'https://dotcom.releases.github.com.evil' })),
      'SIGNER_UNTRUSTED',
    ],
    [
      'an identity that an identity provider vouches for',
      answer(made({ issuer: 'https://token.actions.githubusercontent.com' })),
      'SIGNER_UNTRUSTED',
    ],
    ['a bundle of the public instance', answer(attest()), 'SIGNER_UNTRUSTED'],
    ['a bundle that is none', answer('{}'), 'EVIDENCE_MALFORMED'],
  ])('refuses %s', async (_, said, code) => {
    await refuse(code, said);
  });

  it('refuses one by a root of other keys, a reference that is none, and files elsewhere', async () => {
    const other = parseStampedRoot(Buffer.from(createGithubSigstore(validFrom).trustedRoot), 'root');
    await refuse('SIGNATURE_INVALID', answer(ours), { by: other });
    for (const sha of ['../x', `../${sha1}`, `${sha1}/..`, sha1.slice(1)]) {
      await refuse('EVIDENCE_MALFORMED', answer(ours), { ref: JSON.stringify({ object: { sha } }) });
    }
    await refuse('EVIDENCE_MISSING', answer(ours), { assetUrl: 'https://example.org/tool-amd64' });
  });

  it('refuses any bit flipped', async () => {
    const taken = await takenWithFlips(Buffer.from(answer(ours)), (flipped) => judge(flipped), 120);
    for (const { subject } of taken) expect(subject.digest).toBe(`sha256:${hexA}`);
    expect(taken.length).toBeLessThan(8);
  });
});
