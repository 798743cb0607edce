/** GitHub's own word about a release's file: what it takes, what it keeps, and what is refused. */
import { describe, expect, it } from 'vitest';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { Gathering } from '../../../../src/sources/gather.ts';
import { githubDigest } from '../../../../src/verify/methods/github-digest.ts';
import { Trail } from '../../../../src/verify/trail.ts';
import { hexA, hexB, judgedAt, tool } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { trusting } from '../../../support/trusting.ts';

const reason = 'nothing is signed there';
const url = 'https://github.com/owner/tool/releases/download/v1.0.0/tool-amd64';
const asset = {
  name: 'tool-amd64',
  state: 'uploaded',
  size: 10,
  digest: `sha256:${hexA}`,
  download_count: 1,
};
const other = { ...asset, name: 'tool-arm64', digest: `sha256:${hexB}` };
const release = {
  ...{ tag_name: 'v1.0.0', draft: false, prerelease: false, immutable: false },
  assets: [other, asset],
};

async function judge(answer: unknown = release, more: object = {}, at = url) {
  const spec = githubDigest.schema.parse({ method: 'github-digest', reason, ...more });
  const asked: unknown[] = [];
  const read = (need: object) => {
    asked.push(need);
    const bytes = Buffer.from(typeof answer === 'string' ? answer : JSON.stringify(answer));
    return Promise.resolve({ bytes });
  };
  const subject = { ...tool, artifact: { ...tool.artifact, url: at } };
  const trail = new Trail();
  const gathering = new Gathering({ read }, { trust: trusting(), now: judgedAt });
  const { verified } = await gathering.judge(githubDigest, { spec, subject, subjects: [subject] }, trail);
  return { ...verified, asked, trail };
}

const refuse = (code: ErrorCode, ...given: Parameters<typeof judge>) =>
  refusal(() => judge(...given), VerificationError, code);
const withAsset = (change: object) => ({ ...release, assets: [{ ...asset, ...change }] });

describe('method github-digest', () => {
  it("takes the digest of GitHub's API, and says whose word it is", async () => {
    const { subject, result, asked, trail } = await judge();
    expect(subject.digest).toBe(`sha256:${hexA}`);
    expect(result).toMatchObject({ assurance: 'checksum', signers: [] });
    expect(asked).toMatchObject([
      {
        url: 'https://api.github.com/repos/owner/tool/releases/tags/v1.0.0',
        ...{ role: 'github-release', maxBytes: 8_388_608 },
        ...{ kind: 'file', isRevalidated: true, withUserToken: true },
      },
    ]);
    expect(trail.unproven[0]).toEqual({
      what: 'that the publisher vouches for it, and not only api.github.com',
      because: reason,
    });
  });

  it('keeps what was said of the file, which no download changes, and judges it again', async () => {
    const { result } = await judge();
    const [kept] = result.documents;
    const later = await judge({
      ...release,
      assets: [
        { ...asset, download_count: 2 },
        { ...other, size: 11 },
      ],
    });
    expect(later.result.documents[0]!.digest).toBe(kept!.digest);
    const again = await judge(Buffer.from(kept!.bytes).toString());
    expect(again.result.documents[0]!.digest).toBe(kept!.digest);
  });

  it('demands an immutable release where the catalogue does', async () => {
    const { trail } = await judge({ ...release, immutable: true }, { immutable: true });
    expect(trail.links[1]?.checks.map(({ check }) => check)).toEqual(['digest', 'size', 'immutable']);
    expect((await judge()).trail.links[1]?.checks.map(({ check }) => check)).toEqual(['digest', 'size']);
    await refuse('EVIDENCE_MISSING', release, { immutable: true });
    const older = { ...release, immutable: undefined };
    await refuse('EVIDENCE_MISSING', older, { immutable: true });
    await judge(older);
  });

  it.each<[string, unknown, ErrorCode]>([
    ['of another release', { ...release, tag_name: 'v1.0.1' }, 'RELEASE_MISMATCH'],
    ['of a draft', { ...release, draft: true }, 'RELEASE_MISMATCH'],
    ['without the file', { ...release, assets: [other] }, 'EVIDENCE_MISSING'],
    ['with the file in other letters', withAsset({ name: 'Tool-amd64' }), 'EVIDENCE_MISSING'],
    ['with a file that is being uploaded', withAsset({ state: 'open' }), 'EVIDENCE_MISSING'],
    ['without a digest', withAsset({ digest: null }), 'EVIDENCE_MISSING'],
    ['with no word of a digest', withAsset({ digest: undefined }), 'EVIDENCE_MISSING'],
    ['with SHA-1', withAsset({ digest: `sha1:${'a'.repeat(40)}` }), 'ALGORITHM_REFUSED'],
    ['with SHA-512', withAsset({ digest: `sha512:${'a'.repeat(128)}` }), 'ALGORITHM_REFUSED'],
    ['with a digest that is none', withAsset({ digest: `sha256:${hexA}0` }), 'ALGORITHM_REFUSED'],
    ['with another size', withAsset({ size: 11 }), 'SIZE_MISMATCH'],
    ['with two files of that name', { ...release, assets: [asset, asset] }, 'EVIDENCE_MALFORMED'],
    ['with a key twice', '{"tag_name":"v1.0.0","tag_name":"v1.0.0"}', 'EVIDENCE_MALFORMED'],
    ['that is a web page', '<html>', 'EVIDENCE_MALFORMED'],
    ['that is a list', '[]', 'EVIDENCE_MALFORMED'],
  ])('refuses an answer %s', async (_, answer, code) => {
    await refuse(code, answer);
  });

  it('takes a release of as many files as GitHub may ever allow, some of them empty', async () => {
    const files = (count: number) => ({
      ...release,
      assets: [asset, ...Array.from({ length: count - 1 }, (_, at) => ({ ...empty, name: String(at) }))],
    });
    const empty = { state: 'uploaded', size: 0 };
    await judge(files(5000));
    await refuse('EVIDENCE_MALFORMED', files(5001));
    await refuse('EVIDENCE_MALFORMED', { ...release, assets: [asset, { ...other, size: -1 }] });
  });

  it('says what it got in place of the release', async () => {
    const draft = await refuse('RELEASE_MISMATCH', { ...release, draft: true });
    expect(draft.message).toContain('is a draft, expected the release v1.0.0');
    const other = await refuse('RELEASE_MISMATCH', { ...release, tag_name: 'v1.0.1' });
    expect(other.message).toContain('is the release "v1.0.1", expected the release v1.0.0');
  });

  it.each([
    'https://example.org/owner/tool/releases/download/v1.0.0/tool-amd64',
    'https://example.org/https://github.com/owner/tool/releases/download/v1.0.0/tool-amd64',
    'https://github.com/owner/tool/archive/v1.0.0/tool-amd64',
  ])('asks nobody about %s', async (elsewhere) => {
    await refuse('EVIDENCE_MISSING', release, {}, elsewhere);
  });

  it('asks for a reason', () => {
    expect(githubDigest.schema.safeParse({ method: 'github-digest' }).success).toBe(false);
    expect(githubDigest.schema.safeParse({ method: 'github-digest', reason, immutable: false }).success).toBe(
      false,
    );
  });
});
