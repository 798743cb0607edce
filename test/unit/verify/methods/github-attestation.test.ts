/** GitHub's attestations by digest: any order, exact workflow, repository and ref, and nothing that is not about the file. */
import { describe, expect, it } from 'vitest';
import { githubClaims } from '../../../../scripts/upstream/sigstore/github-claims.ts';
import { sha256Of } from '../../../../scripts/upstream/sigstore/signing.ts';
import { joinJsonTexts } from '../../../../src/formats/text/json-sequence.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import type { DocumentStore } from '../../../../src/model/need.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { githubAttestation } from '../../../../src/verify/methods/github-attestation.ts';
import { Trail, type HandFiles } from '../../../../src/verify/trail.ts';
import { judgedAt, toolFor } from '../../../support/judge-checksums.ts';
import { takenWithFlips } from '../../../support/flipped-bits.ts';
import { packSnappy } from '../../../support/pack-snappy.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  attest,
  digestOf,
  trustedRoot,
  workflow,
  type Attested,
} from '../../../support/throwaway-sigstore.ts';
import { trusting } from '../../../support/trusting.ts';

const tool = toolFor('amd64');
const bytes = Buffer.from('the tool..');
const digest = digestOf(bytes);
const hex = digest.slice('sha256:'.length);
const api = `https://api.github.com/repos/owner/project/attestations/${digest}?per_page=100`;
const trust = trusting({ trustedRoot: () => Promise.resolve(trustedRoot) });
const [path = '', ref = ''] = workflow.identity.split('@');

const spec = {
  method: 'github-attestation',
  predicateTypes: ['https://slsa.dev/provenance/v1'],
  workflow: path,
  issuer: workflow.issuer,
  sourceRepository: 'https://github.com/owner/project',
  sourceRef: 'refs/tags/v{version}',
};

const about = [{ name: 'tool-amd64', digest: { sha256: hex } }];
const made = (request: Attested = {}) => attest({ subjects: about, ...workflow, ...request });
const ours = made();
const reusable = 'https://github.com/other/workflows/.github/workflows/build.yml@refs/heads/main';
/** Signed by a workflow of another repository, for a run of ours. */
const byReusable = made({
  identity: reusable,
  certificate: { claims: { ...githubClaims(workflow.identity, workflow.issuer), 9: reusable } },
});

function answer(...bundles: readonly string[]): string {
  const attestations = bundles.map((bundle) => `{"bundle":${bundle},"repository_id":1,"bundle_url":""}`);
  return `{"attestations":[${attestations.join(',')}]}`;
}

function elsewhere(...places: readonly string[]): string {
  const attestations = places.map((place) => ({ bundle: null, repository_id: 1, bundle_url: place }));
  return JSON.stringify({ attestations });
}

const urls = (count: number) =>
  Array.from({ length: count }, (_, at) => `https://blobs.example.org/${String(at)}`);

/** Undefined: GitHub has nothing to say about this digest. */
async function judge(
  said: string | Uint8Array | undefined,
  more: object = {},
  files: Readonly<Record<string, Buffer>> = {},
) {
  const asked: string[] = [];
  const store: DocumentStore = {
    read: (need) => {
      asked.push(need.url);
      if (need.url === api || (need.role === 'github-attestations' && 'attests' in more))
        return Promise.resolve(said === undefined ? undefined : { bytes: Buffer.from(said) });
      if (need.role === 'github-attestations') {
        const found = files[need.url];
        return Promise.resolve(found && { bytes: found });
      }
      if (need.role === 'github-attestation-bundle') {
        const packed = files[need.url];
        return Promise.resolve(packed && { bytes: packed });
      }
      return Promise.resolve({ bytes: files[need.role] ?? bytes });
    },
  };
  const wanted = githubAttestation.schema.parse({ ...spec, ...more });
  const gathering = new Gathering(store, { trust, now: judgedAt });
  const trail = new Trail();
  const asking = { spec: wanted, subject: tool, subjects: [tool] };
  const { verified } = await gathering.judge(githubAttestation, asking, trail);
  return { ...verified, asked, trail };
}

const refuse = async (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(judge(...given), VerificationError, code);

describe('method github-attestation', () => {
  it('asks by the digest of the file, which is read whole, and nothing but the statement is believed', async () => {
    const { subject, result, asked } = await judge(answer(ours));
    expect(subject.digest).toBe(digest);
    expect(asked).toEqual([tool.artifact.url, api]);
    expect(result).toMatchObject({ assurance: 'attested', method: 'sigstore' });
    expect(result.signers).toMatchObject([workflow]);
    expect(result.documents.map(({ role }) => role)).toEqual(['github-attestations', 'asset']);
  });

  it('asks by the digest of a checksum file, under the name that it has there', async () => {
    const named = { checksums: 'SHA256SUMS', subject: 'dist/{asset}' };
    const bundle = made({ subjects: [{ name: 'dist/tool-amd64', digest: { sha256: hex } }] });
    const files = { checksums: Buffer.from(`${hex}  dist/tool-amd64\n`) };
    const { asked, result } = await judge(answer(bundle), named, files);
    expect(asked).toEqual(['https://example.org/v1.0.0/SHA256SUMS', api]);
    expect(result.documents.map(({ role }) => role)).toEqual(['github-attestations', 'checksums']);
    await refuse('SUBJECT_MISMATCH', answer(ours), named, files);
    const sha512 = Buffer.from(`${'a'.repeat(128)}  dist/tool-amd64\n`);
    await refuse('ALGORITHM_REFUSED', answer(bundle), named, { checksums: sha512 });
    const alone = { checksums: Buffer.from(`${hex}\n`) };
    expect((await judge(answer(ours), { checksums: '{asset}.sha256' }, alone)).subject.digest).toBe(digest);
    await refuse('EVIDENCE_MALFORMED', answer(ours), { checksums: 'SHA256SUMS' }, alone);
    // Another digest is another question.
    const lie = Buffer.from(`${'b'.repeat(64)}  dist/tool-amd64\n`);
    await refuse('EVIDENCE_MISSING', answer(bundle), named, { checksums: lie });
  });

  it('takes an attested checksum file, by its own digest and name, and the line in it', async () => {
    const checksums = Buffer.from(`${hex}  tool-amd64\n`);
    const wanted = { checksums: 'SHA256SUMS', attests: 'checksums' };
    const own = sha256Of(checksums).toString('hex');
    const ofFile = (name: string, sha256 = own) => answer(made({ subjects: [{ name, digest: { sha256 } }] }));
    const genuine = ofFile('SHA256SUMS');
    const judged = await judge(genuine, wanted, { checksums });
    expect(judged.subject.digest).toBe(digest);
    expect(judged.asked.at(-1)).toContain(`/attestations/sha256:${own}?`);
    expect(judged.result).toMatchObject({ assurance: 'attested', signers: [workflow] });
    const [command] = judged.trail.links.flatMap(
      ({ byHand }) => byHand?.({ document: () => 'SUMS', artifact: () => 'tool' } as never) ?? [],
    );
    expect(command?.argv.slice(0, 4)).toEqual(['gh', 'attestation', 'verify', 'SUMS']);
    const sha512 = Buffer.from(`${'a'.repeat(128)}  tool-amd64\n`);
    const long = ofFile('SHA256SUMS', sha256Of(sha512).toString('hex'));
    expect((await judge(long, wanted, { checksums: sha512 })).subject.digest).toBe(
      `sha512:${'a'.repeat(128)}`,
    );
    const refuseIt = (code: ErrorCode, said: string | undefined, file = checksums, more: object = {}) =>
      refuse(code, said, { ...wanted, ...more }, { checksums: file });
    await refuseIt('EVIDENCE_MISSING', undefined);
    // About the asset, which is not what was asked for.
    await refuseIt('SUBJECT_MISMATCH', answer(ours));
    await refuseIt('SUBJECT_MISMATCH', ofFile('tool-amd64'));
    await refuseIt('DIGEST_MISMATCH', ofFile('SHA256SUMS', hex));
    await refuseIt('SIGNER_UNTRUSTED', genuine, checksums, { sourceRef: 'refs/tags/v2.0.0' });
    await refuseIt('EVIDENCE_MISSING', genuine, checksums, { subject: 'dist/{asset}' });
    await refuseIt('DIGEST_MISMATCH', genuine, Buffer.from(`${'b'.repeat(64)}  tool-amd64\n`));
    // The checksum file's own attestation is none of the asset.
    await refuse('SUBJECT_MISMATCH', genuine, { checksums: 'SHA256SUMS' }, { checksums });
  });

  it('takes one that is right among others, in any order', async () => {
    const others = [
      'null',
      '{}',
      made({ identity: 'x@example.org', issuer: 'https://accounts.example.org' }),
      made({ predicateType: 'https://spdx.dev/Document' }),
      made({ subjects: [{ name: 'tool-amd64', digest: { sha256: 'c'.repeat(64) } }] }),
      made({ log: 'none' }),
    ];
    for (const bundles of [
      [ours, ...others],
      [...others, ours],
    ]) {
      expect((await judge(answer(...bundles))).subject.digest).toBe(digest);
    }
    await refusal(judge(answer(...others)), VerificationError, 'DIGEST_MISMATCH');
  });

  it('tells gh which kind of statement counted, where that is no provenance', async () => {
    const predicateType = 'https://spdx.dev/Document';
    const { trail } = await judge(answer(made({ predicateType })), { predicateTypes: [predicateType] });
    const [command] = trail.links.at(-1)?.byHand?.({ artifact: () => 'tool' } as HandFiles) ?? [];
    expect(command?.argv.slice(0, 6).join(' ')).toBe('gh attestation verify tool --repo owner/project');
    expect(command?.argv.join(' ')).toContain(` --predicate-type ${predicateType} `);
  });

  it('knows a reusable workflow by its path, whatever its ref, and the release by the source ref alone', async () => {
    const [build] = reusable.split('@');
    const { result } = await judge(answer(byReusable), { workflow: build });
    expect(result.signers).toMatchObject([{ identity: reusable }]);
    await judge(answer(byReusable), { workflow: reusable });
    await refuse('SIGNER_UNTRUSTED', answer(byReusable), { workflow: build, sourceRef: 'refs/tags/v2.0.0' });
    await refuse('SIGNER_UNTRUSTED', answer(byReusable), { workflow: `${build ?? ''}@refs/heads/next` });
  });

  it.each([
    ['another ref behind the workflow', { workflow: `${path}@refs/tags/v2.0.0` }],
    ['another workflow', { workflow: path.replace('release', 'test') }],
    ['the beginning of its name', { workflow: path.slice(0, -4) }],
    ['another source ref', { sourceRef: 'refs/heads/main' }],
    ['another issuer', { issuer: 'https://accounts.example.org' }],
  ])('refuses %s', async (_, more) => {
    await refuse('SIGNER_UNTRUSTED', answer(ours), more);
  });

  it('refuses a provenance of another source than its certificate is of', async () => {
    const of = (repository: string) =>
      answer(made({ predicate: { buildDefinition: { externalParameters: { workflow: { repository } } } } }));
    await judge(of('https://github.com/owner/project'));
    await refuse('SUBJECT_MISMATCH', of('https://github.com/stranger/project'));
  });

  it('refuses another repository, which nobody asks about', async () => {
    await refuse('EVIDENCE_MISSING', answer(ours), { sourceRepository: 'https://github.com/owner/other' });
    const theirs = made({ identity: workflow.identity.replace('owner/project', 'owner/other') });
    await refuse('SIGNER_UNTRUSTED', answer(theirs), {
      workflow: path.replace('owner/project', 'owner/other'),
    });
  });

  it('takes the identity with its ref, exactly', async () => {
    await judge(answer(ours), { workflow: `${path}@refs/tags/v{version}` });
    await judge(answer(ours), { workflow: `${path}@${ref}` });
  });

  it.each([
    ['no answer', undefined, 'EVIDENCE_MISSING'],
    ['none', '{"attestations":[]}', 'EVIDENCE_MISSING'],
    [
      'one without its bundle',
      '{"attestations":[{"bundle":null,"bundle_url":"https://example.org/x"}]}',
      'EVIDENCE_MISSING',
    ],
    ['one without bundle and URL', '{"attestations":[{"bundle":null}]}', 'EVIDENCE_MALFORMED'],
    [
      'one with its bundle at a URL that is not https',
      '{"attestations":[{"bundle":null,"bundle_url":"http://example.org/x"}]}',
      'EVIDENCE_MALFORMED',
    ],
    [
      'one with its bundle at a URL with credentials',
      '{"attestations":[{"bundle":null,"bundle_url":"https://a:b@example.org/x"}]}',
      'EVIDENCE_MALFORMED',
    ],
    [
      'more bundles elsewhere than are read',
      joinJsonTexts([elsewhere(...urls(60)), elsewhere(...urls(60))].map((page) => Buffer.from(page))),
      'LIMIT_EXCEEDED',
    ],
    ['more pages than are read', joinJsonTexts(Array(6).fill(Buffer.from(answer()))), 'LIMIT_EXCEEDED'],
    [
      'a page after the first that is none',
      joinJsonTexts([Buffer.from(answer()), Buffer.from('{}')]),
      'EVIDENCE_MALFORMED',
    ],
    ['something else', '{"message":"Moved"}', 'EVIDENCE_MALFORMED'],
    ['a page', '<html></html>', 'EVIDENCE_MALFORMED'],
    ['more than a page of them', answer(...Array<string>(101).fill('null')), 'LIMIT_EXCEEDED'],
    ['a signature over the file', answer(made({ payloadType: 'text/plain' })), 'EVIDENCE_MALFORMED'],
    [
      'a statement about another file',
      answer(made({ subjects: [{ name: 'tool-arm64', digest: { sha256: hex } }] })),
      'SUBJECT_MISMATCH',
    ],
    ['one that nobody logged', answer(made({ log: 'none' })), 'EVIDENCE_MISSING'],
  ] as const)('refuses %s', async (_, said, code) => {
    await refuse(code, said);
  });

  it('finds it on a later page', async () => {
    const pages = [answer('null'), answer(...Array<string>(100).fill('{}')), answer(ours)];
    const joined = joinJsonTexts(pages.map((page) => Buffer.from(page)));
    const { subject, result } = await judge(joined);
    expect(subject.digest).toBe(digest);
    // What others attest is not kept: the evidence does not change whenever they do.
    expect(Buffer.from(result.documents[0]?.bytes ?? []).toString()).toBe(
      `{"attestations":[{"bundle":${ours}}]}`,
    );
    expect((await judge(answer('null', ours))).result).toEqual(result);
    // It is enough to judge it again, without the fields that nobody looks at.
    expect((await judge(result.documents[0]?.bytes)).result).toEqual(result);
  });

  it('reads a bundle where the answer says that it is, and keeps the one that counted', async () => {
    const [theirs, place] = ['https://blobs.example.org/1?sig=a%2Fb', 'https://blobs.example.org/2?sig=c'];
    const files = {
      [theirs]: packSnappy(Buffer.from(made({ log: 'none' }))),
      [place]: packSnappy(Buffer.from(ours)),
    };
    const said = elsewhere('https://blobs.example.org/gone', theirs, place);
    const { subject, result, asked } = await judge(said, {}, files);
    expect(subject.digest).toBe(digest);
    expect(asked).toEqual([tool.artifact.url, api, 'https://blobs.example.org/gone', theirs, place]);
    expect(result.documents.map(({ role, url }) => [role, url])).toEqual([
      ['github-attestations', api],
      ['github-attestation-bundle', place],
      ['asset', tool.artifact.url],
    ]);
    // What was kept of it is enough to judge it again, and says of others nothing.
    const [kept] = result.documents;
    const again = await judge(Buffer.from(kept?.bytes ?? []), {}, { [place]: files[place] ?? Buffer.of() });
    expect(again.result).toEqual(result);
    expect(again.asked).toEqual([tool.artifact.url, api, place]);
    await refuse('EVIDENCE_MISSING', said, {}, { [theirs]: files[theirs] ?? Buffer.of() });
    await refuse('EVIDENCE_MALFORMED', elsewhere(place), {}, { [place]: Buffer.from(ours) });
    const whole = files[place] ?? Buffer.of();
    const flip = (flipped: Buffer) => judge(elsewhere(place), {}, { [place]: flipped });
    for (const taken of await takenWithFlips(whole, flip, 60)) expect(taken.subject.digest).toBe(digest);
  });

  it('refuses another file than the server has told the size of', async () => {
    await refuse('SIZE_MISMATCH', answer(ours), {}, { asset: Buffer.from('the tool...') });
    // Another digest is another question.
    await refuse('EVIDENCE_MISSING', answer(ours), {}, { asset: Buffer.from('the fool..') });
  });

  it('refuses any bit flipped in what vouches', async () => {
    const whole = Buffer.from(answer(ours));
    const taken = await takenWithFlips(whole, (flipped) => judge(flipped), 200);
    // What is no part of the bundle, or a name in it that nobody looks at.
    expect(taken.length).toBeLessThan(20);
    for (const { subject } of taken) expect(subject.digest).toBe(digest);
  });
});

describe('its specification', () => {
  it.each([
    { sourceRepository: undefined },
    { sourceRepository: 'https://github.com/owner' },
    { sourceRepository: 'https://github.com/owner/..' },
    { sourceRepository: 'https://github.com/owner/project/tree/main' },
    { sourceRepository: 'https://example.org/owner/project' },
    { sourceRepository: 'https://example.org/https://github.com/owner/project' },
    { sourceRef: undefined },
    { workflow: undefined },
    { issuer: undefined },
    { attests: 'checksums' },
    { attests: 'other' },
    { predicateTypes: [] },
    { attests: 'checksums' },
    { attests: 'release', checksums: 'SHA256SUMS' },
    { workflow: 'https://github.com/o/r/.github/workflows/{kind}.yml' },
    { workflow: 'https://github.com/o/r/.github/workflows/{os}.yml' },
    { identity: workflow.identity },
  ])('refuses %j', (more) => {
    const wanted = Object.entries({ ...spec, ...more }).filter(([, value]) => value !== undefined);
    expect(githubAttestation.schema.safeParse(Object.fromEntries(wanted)).success).toBe(false);
  });

  it('may say that the asset is attested, which goes without saying', () => {
    expect(githubAttestation.schema.safeParse({ ...spec, attests: 'asset' }).success).toBe(true);
  });

  it('says which field is missing where checksums are attested', () => {
    const { error } = githubAttestation.schema.safeParse({ ...spec, attests: 'checksums' });
    expect(error?.issues.map(({ path }) => path)).toEqual([['checksums']]);
  });
});
