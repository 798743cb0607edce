/** Whose signature it is: exactly, and what may be left open only where the source is wanted as well. */
import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import type { CertificateClaims } from '../../../../src/verify/sigstore/certificate-claims.ts';
import { requireIdentity, type CertificatePolicy } from '../../../../src/verify/sigstore/identity.ts';
import { refusal } from '../../../support/refusals.ts';

const repository = 'https://github.com/owner/project';
const builder = 'https://github.com/org/builder/.github/workflows/build.yml';
const issuer = 'https://token.actions.githubusercontent.com';
const source = { sourceRepository: repository, sourceRef: 'refs/tags/v1.0.0' };

function claims(name: string, changes: Partial<CertificateClaims> = {}): CertificateClaims {
  return {
    names: [{ type: 'uri', value: name }],
    issuers: [issuer],
    sourceRepositories: [repository],
    sourceRefs: ['refs/tags/v1.0.0'],
    ...{ sourceDigests: [], signerWorkflows: [], buildConfigs: [], isForCodeSigning: true, build: {} },
    ...changes,
  };
}

const judge = (identity: string, name: string, more: Partial<CertificatePolicy> = source) =>
  requireIdentity(claims(name), { identity, issuer, ...more }, 'it');
const refuse = (...given: Parameters<typeof judge>) =>
  refusal(() => judge(...given), VerificationError, 'SIGNER_UNTRUSTED');

describe('a workflow without its ref', () => {
  it('is taken at any ref, where the source is wanted', () => {
    for (const ref of ['refs/tags/v3', 'refs/heads/main', 'a'.repeat(40), 'x']) {
      expect(judge(builder, `${builder}@${ref}`)).toContainEqual(expect.objectContaining({ value: builder }));
    }
  });

  it.each([
    ['without the source', {}],
    ['with the repository alone', { sourceRepository: repository }],
    ['with the ref alone', { sourceRef: source.sourceRef }],
    ['of another repository', { ...source, sourceRepository: `${repository}2` }],
    ['of another ref', { ...source, sourceRef: 'refs/tags/v0.9.0' }],
  ])('is none %s', async (_, more) => {
    await refuse(builder, `${builder}@refs/tags/v3`, more);
  });

  it.each([
    ['an empty ref', `${builder}@`],
    ['a longer path', `${builder}x@refs/tags/v3`],
    ['another owner', `https://github.com/org2/builder/.github/workflows/build.yml@refs/tags/v3`],
    ['another scheme', builder.replace('https', 'http') + '@refs/tags/v3'],
    ['a blank', `${builder}@refs/tags/v3 x`],
  ])('is not %s', async (_, name) => {
    await refuse(builder, name);
  });

  it('is no workflow elsewhere, or of another form', async () => {
    for (const identity of [
      'https://gitlab.com/o/p/.github/workflows/x.yml',
      `git+${builder}`,
      `${builder}x`,
      `${repository}/x.yml`,
      'https://github.com/o',
    ]) {
      await refuse(identity, `${identity}@refs/tags/v3`);
    }
  });
});

describe('a repository', () => {
  const at = (file: string, ref = source.sourceRef) => `${repository}/.github/workflows/${file}@${ref}`;

  it('is any of its workflows, at the ref of the source', () => {
    for (const file of ['release.yml', 'x.yaml']) judge(repository, at(file));
  });

  it.each([
    ['at another ref', at('release.yml', 'refs/heads/main')],
    ['in a folder', at('a/b.yml')],
    ['without a name', at('undefined')],
    ['that is no workflow', at('release.sh')],
    ['of another repository', at('release.yml').replace('project', 'project2')],
    ['without a ref', `${repository}/.github/workflows/release.yml`],
    ['that is the repository', repository + '@refs/tags/v1.0.0'],
  ])('is no workflow %s', async (_, name) => {
    await refuse(repository, name);
  });

  it.each(['https://gitlab.com/owner/project', `git+${repository}`, `${repository}/x`])(
    'is none of another form: %s',
    async (identity) => {
      const name = `${identity}/.github/workflows/release.yml@${source.sourceRef}`;
      const claimed = claims(name, { sourceRepositories: [identity] });
      const policy = { identity, issuer, ...source, sourceRepository: identity };
      await refusal(() => requireIdentity(claimed, policy, 'it'), VerificationError, 'SIGNER_UNTRUSTED');
    },
  );

  it('is none without the source, or for another one', async () => {
    await refuse(repository, at('release.yml'), {});
    await refuse(repository, at('release.yml'), { sourceRepository: repository });
    await refuse(
      'https://github.com/org/builder',
      'https://github.com/org/builder/.github/workflows/a.yml@refs/tags/v1.0.0',
    );
  });
});

describe('an identity', () => {
  const person = 'release@example.org';
  const workflow = `${repository}/.github/workflows/release.yml@refs/tags/v1.0.0`;
  const full: Required<CertificatePolicy> = {
    ...{ identity: workflow, issuer, ...source },
    ...{ sourceDigest: 'a'.repeat(40), signerWorkflow: workflow },
  };
  const claimed = (changes: Partial<CertificateClaims> = {}) =>
    claims(workflow, { sourceDigests: ['a'.repeat(40)], signerWorkflows: [workflow], ...changes });
  const refused = (of: CertificateClaims, policy: CertificatePolicy) =>
    refusal(() => requireIdentity(of, policy, 'it'), VerificationError, 'SIGNER_UNTRUSTED');

  it('is compared exactly, with all that is asked for, and tells so', () => {
    expect(requireIdentity(claimed(), full, 'it').map(({ check, value }) => [check, value])).toEqual([
      ['identity', workflow],
      ['issuer', issuer],
      ['source repository', repository],
      ['source ref', 'refs/tags/v1.0.0'],
      ['source digest', 'a'.repeat(40)],
      ['signer workflow', workflow],
    ]);
    expect(requireIdentity(claimed(), { identity: workflow, issuer }, 'it')).toHaveLength(2);
  });

  it.each([
    ['issuer', 'issuer', 'issuers'],
    ['source repository', 'sourceRepository', 'sourceRepositories'],
    ['source ref', 'sourceRef', 'sourceRefs'],
    ['source digest', 'sourceDigest', 'sourceDigests'],
    ['signer workflow', 'signerWorkflow', 'signerWorkflows'],
  ] as const)('has no other %s, none, another beside it, or an empty one', async (field, wanted, said) => {
    for (const found of [['x'], [], [full[wanted], 'x']]) {
      const { context } = await refused(claimed({ [said]: found }), full);
      expect(context).toEqual({ field, expected: full[wanted], found });
    }
    await refused(claimed({ [said]: [''] }), { ...full, [wanted]: '' });
  });

  it('is of one name, and of its type', async () => {
    const names = (...all: CertificateClaims['names']) => claimed({ names: all });
    const email = { type: 'email', value: person } as const;
    const uri = { type: 'uri', value: workflow } as const;
    expect(requireIdentity(names(email), { identity: person, issuer }, 'it')).toHaveLength(2);
    const odd = { type: 'email', value: '"a://b"@example.org' } as const;
    expect(requireIdentity(names(odd), { identity: odd.value, issuer }, 'it')).toHaveLength(2);
    for (const [of, identity, field] of [
      [names(email, uri), person, 'identity (email)'],
      [names({ ...email, type: 'uri' }), person, 'identity (email)'],
      [names({ ...uri, type: 'email' }), workflow, 'identity (uri)'],
      [names({ type: 'email', value: '' }), '', 'identity (email)'],
      [names(), person, 'identity (email)'],
    ] as const) {
      const { context } = await refused(of, { identity, issuer });
      expect(context).toMatchObject({ field, expected: identity });
      expect(context['found']).toEqual(of.names.map(({ type, value }) => `${type}:${value}`));
    }
  });

  it('has no issuer where none is expected', async () => {
    expect(
      requireIdentity(claimed({ issuers: [] }), { identity: workflow, issuer: undefined }, 'it'),
    ).toHaveLength(1);
    const { context } = await refused(claimed(), { identity: workflow, issuer: undefined });
    expect(context).toEqual({ field: 'issuer', expected: 'none', found: [issuer] });
  });

  it('is of a certificate for signing code', async () => {
    const { context } = await refused(claimed({ isForCodeSigning: false }), full);
    expect(context).toMatchObject({ field: 'extended key usage' });
  });

  it.each([
    [builder, {}, true],
    [repository, {}, true],
    [builder, { sourceRepository: repository }, false],
    [builder, { sourceRef: source.sourceRef }, false],
    [person, {}, false],
  ])('%s, with %j, is refused with advice on the source: %s', async (identity, more, isAdvised) => {
    const { hint } = await refused(claims('https://example.org/'), { identity, issuer, ...more });
    expect(hint!.includes('sourceRepository')).toBe(isAdvised);
  });

  it('that is open takes no empty ref', async () => {
    await refused(claims(`${builder}@x`, { sourceRefs: [''] }), {
      ...{ identity: builder, issuer, sourceRepository: repository, sourceRef: '' },
    });
  });
});
