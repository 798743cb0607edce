import { describe, expect, it } from 'vitest';
import { VerificationError } from '../../../../src/model/errors.ts';
import { readProvenanceSources } from '../../../../src/formats/upstream/slsa-provenance.ts';
import { refusal } from '../../../support/refusals.ts';

const read = (version: string, predicate: unknown) =>
  readProvenanceSources({ predicateType: `https://slsa.dev/provenance/${version}`, predicate }, 'statement');
const repository = 'https://github.com/owner/project';

describe('readProvenanceSources', () => {
  it('reads version 0.2: where the build was configured, and what was checked out', () => {
    const uri = `git+${repository}@refs/tags/v1.0.0`;
    const { built, resolved } = read('v0.2', {
      invocation: { configSource: { uri, digest: { sha1: 'c0' }, entryPoint: 'release.yml' } },
      materials: [
        { uri, digest: { sha1: 'c0' } },
        { uri: 'pkg:deb/debian/gcc', digest: { sha256: 'd0' } },
      ],
    });
    const source = { repository, ref: 'refs/tags/v1.0.0', path: undefined, commits: ['c0'] };
    expect(built).toEqual([{ field: 'invocation.configSource', ...source }]);
    expect(resolved).toEqual([{ field: 'materials', ...source }]);
  });

  it('reads version 1: the workflow, and what was checked out', () => {
    const { built, resolved } = read('v1', {
      buildDefinition: {
        externalParameters: { workflow: { repository, ref: 'refs/heads/a@b', path: 'x.yml' } },
        resolvedDependencies: [{ uri: `git+${repository}.git@refs/heads/a@b`, digest: { gitCommit: 'c0' } }],
      },
    });
    expect(built).toMatchObject([{ repository, ref: 'refs/heads/a@b', path: 'x.yml' }]);
    expect(resolved).toMatchObject([{ repository, ref: 'refs/heads/a@b', commits: ['c0'] }]);
  });

  it.each([
    ['v0.1', { recipe: {} }],
    ['v0.2', undefined],
    ['v0.2', { invocation: null, materials: null }],
    ['v1', { buildDefinition: { resolvedDependencies: [{ name: 'x' }, { uri: null, digest: null }] } }],
    ['v2', { anything: 1 }],
  ])('reads nothing of %s where nothing is said', (version, predicate) => {
    const { built, resolved } = read(version, predicate);
    const said = built.filter(({ repository: where, ref }) => where !== undefined || ref !== undefined);
    expect([...said, ...resolved]).toEqual([]);
  });

  it.each([
    ['v0.2', []],
    ['v0.2', { invocation: 'x' }],
    ['v0.2', { invocation: { configSource: { uri: 1 } } }],
    ['v0.2', { materials: { uri: 'x' } }],
    ['v1', 'x'],
    ['v1', { buildDefinition: [] }],
    ['v1', { buildDefinition: { externalParameters: { workflow: { ref: {} } } } }],
    ['v1', { buildDefinition: { resolvedDependencies: [null] } }],
  ])('refuses %s of other types: %j', async (version, predicate) => {
    await refusal(() => read(version, predicate), VerificationError, 'EVIDENCE_MALFORMED');
  });
});
