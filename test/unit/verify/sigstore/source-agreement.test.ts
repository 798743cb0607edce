/** What a provenance says of its source, and what the certificate says (SLSA provenance 0.2 and 1; Fulcio's extensions). */
import { describe, expect, it } from 'vitest';
import { VerificationError, type VerificationCode } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';
import { attest, judgeStatement, who, workflow } from '../../../support/throwaway-sigstore.ts';

const repository = 'https://github.com/owner/project';
const ref = 'refs/tags/v1.0.0';
const path = '.github/workflows/release.yml';
const sha = 'c0'.repeat(20);
const signer = { certificate: { ...workflow, sourceRepository: repository } };
const claims = { 3: sha, 13: sha };
const v1 = 'https://slsa.dev/provenance/v1';
const v02 = 'https://slsa.dev/provenance/v0.2';

function judge(
  predicateType: string,
  predicate: unknown,
  more: Record<number, string | undefined> = {},
  comparesSource?: boolean,
) {
  const bundle = attest({
    ...workflow,
    predicateType,
    predicate,
    certificate: { claims: { ...claims, ...more } },
  });
  return judgeStatement(bundle, {
    signer,
    predicateTypes: [predicateType],
    ...(comparesSource === undefined ? {} : { comparesSource }),
  });
}

const byWorkflow = (fields: object) => ({ buildDefinition: { externalParameters: { workflow: fields } } });
const resolved = (...resolvedDependencies: object[]) => ({ buildDefinition: { resolvedDependencies } });
const configSource = (fields: object) => ({ invocation: { configSource: fields } });
const git = `git+${repository}`;

describe('a provenance that agrees with its certificate is taken', () => {
  it.each<[string, string, unknown]>([
    ['version 1, of the workflow', v1, byWorkflow({ repository, ref, path })],
    ['version 1, of the workflow at its ref', v1, byWorkflow({ repository, ref })],
    ['version 1, of the repository alone', v1, byWorkflow({ repository })],
    ['version 1, of git', v1, byWorkflow({ repository: `${git}.git`, ref })],
    [
      'version 1, with what was checked out',
      v1,
      resolved({ uri: `${git}@${ref}`, digest: { gitCommit: sha } }),
    ],
    [
      'version 1, with more than that',
      v1,
      resolved({ uri: 'git+https://github.com/a/tool@v1' }, { uri: `${git}@${ref}` }),
    ],
    [
      'version 1, with what is no repository',
      v1,
      resolved({ uri: 'pkg:docker/a@1' }, { digest: { sha256: 'ab' } }),
    ],
    [
      'version 1, of another builder',
      v1,
      { buildDefinition: { externalParameters: { workflow: 'nightly' } } },
    ],
    ['version 1, of nothing', v1, {}],
    ['version 1, of null', v1, { buildDefinition: { externalParameters: null, resolvedDependencies: null } }],
    ['version 0.2', v02, configSource({ uri: `${git}@${ref}`, digest: { sha1: sha }, entryPoint: path })],
    ['version 0.2, without a ref', v02, configSource({ uri: git, digest: { sha1: sha } })],
    ['version 0.2, with materials', v02, { materials: [{ uri: `${git}@${ref}`, digest: { sha1: sha } }] }],
    ['version 0.2, of nothing', v02, {}],
    [
      'another predicate, whatever it says',
      'https://spdx.dev/Document',
      configSource({ uri: 'git+https://x.example' }),
    ],
  ])('%s', async (_, predicateType, predicate) => {
    await judge(predicateType, predicate);
  });

  it('in old certificates, too', async () => {
    const old = { 9: undefined, 12: undefined, 13: undefined, 14: undefined, 18: undefined };
    await judge(v1, byWorkflow({ repository, ref }), old);
    const commit = resolved({ uri: `${git}@${ref}`, digest: { gitCommit: sha } });
    await judge(v1, commit, { 3: undefined, 13: undefined });
    const disagreeing = judge(v1, byWorkflow({ repository, ref: 'refs/tags/v9' }), old);
    await refusal(disagreeing, VerificationError, 'SUBJECT_MISMATCH');
  });

  it('where the workflow itself is from elsewhere than what it ran for', async () => {
    const required = { repository: 'https://github.com/owner/.github', path, ref: 'refs/heads/main' };
    const buildConfig = { 18: `${required.repository}/${path}@${required.ref}` };
    await judge(v1, byWorkflow(required), buildConfig);
    await refusal(judge(v1, byWorkflow(required)), VerificationError, 'SUBJECT_MISMATCH');
    const pathless = { repository: required.repository, ref: required.ref };
    await refusal(judge(v1, byWorkflow(pathless), buildConfig), VerificationError, 'SUBJECT_MISMATCH');
  });
});

describe('a provenance that does not is refused', () => {
  it.each<[string, string, unknown, VerificationCode?]>([
    ['another ref', v1, byWorkflow({ repository, ref: 'refs/tags/v2.0.0', path })],
    ['another repository', v1, byWorkflow({ repository: 'https://github.com/evil/project', ref, path })],
    ['another ref alone', v1, byWorkflow({ ref: 'refs/heads/main' })],
    ['a part of the repository', v1, byWorkflow({ repository: 'https://github.com/owner/projec', ref })],
    ['another checkout', v1, resolved({ uri: 'git+https://github.com/evil/project@refs/tags/v1.0.0' })],
    ['a checkout of another ref', v1, resolved({ uri: `${git}@refs/tags/v2.0.0` })],
    [
      'a checkout of another commit',
      v1,
      resolved({ uri: `${git}@${ref}`, digest: { gitCommit: 'd0'.repeat(20) } }),
    ],
    ['another ref (version 0.2)', v02, configSource({ uri: `${git}@refs/tags/v2.0.0` })],
    [
      'another repository (version 0.2)',
      v02,
      configSource({ uri: `git+https://github.com/evil/project@${ref}` }),
    ],
    [
      'another commit (version 0.2)',
      v02,
      configSource({ uri: `${git}@${ref}`, digest: { sha1: 'd0'.repeat(20) } }),
    ],
    ['what is no repository (version 0.2)', v02, configSource({ uri: 'owner/project' })],
    ['other materials', v02, { materials: [{ uri: `git+https://github.com/evil/project@${ref}` }] }],
    [
      'the right source, from other materials',
      v02,
      { ...configSource({ uri: `${git}@${ref}` }), materials: [{ uri: `${git}@refs/heads/x` }] },
    ],
    ['a repository that is none', v1, byWorkflow({ repository: 7 }), 'EVIDENCE_MALFORMED'],
    [
      'dependencies that are none',
      v1,
      { buildDefinition: { resolvedDependencies: 'all' } },
      'EVIDENCE_MALFORMED',
    ],
    ['a predicate that is none', v1, 'provenance', 'EVIDENCE_MALFORMED'],
    ['materials that are none', v02, { materials: [7] }, 'EVIDENCE_MALFORMED'],
  ])('%s', async (_, predicateType, predicate, code = 'SUBJECT_MISMATCH') => {
    await refusal(judge(predicateType, predicate), VerificationError, code);
  });
});

it('is asked where somebody asks for a source, or the catalogue does', async () => {
  const bundle = attest({
    ...workflow,
    predicate: byWorkflow({ repository: 'https://github.com/evil/project' }),
  });
  const ask = (more: object, comparesSource?: boolean) =>
    judgeStatement(bundle, {
      signer: { certificate: { ...workflow, ...more } },
      ...(comparesSource === undefined ? {} : { comparesSource }),
    });
  // As the public conformance suite has it (happy-path-intoto-in-dsse-v3).
  expect((await ask({})).statement.predicateType).toBe(v1);
  for (const asked of [
    { sourceRepository: repository },
    { sourceRef: ref },
    { signerWorkflow: workflow.identity },
  ]) {
    await refusal(ask(asked), VerificationError, 'SUBJECT_MISMATCH');
  }
  await refusal(ask({}, true), VerificationError, 'SUBJECT_MISMATCH');
});

it('has nothing to agree with where the certificate names no source', async () => {
  const bundle = attest({ ...who, predicate: byWorkflow({ repository, ref }) });
  await judgeStatement(bundle, { comparesSource: true });
});
