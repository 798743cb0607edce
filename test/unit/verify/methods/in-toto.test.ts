/** The catalogue's method in-toto: several statements in one file, in any order, and what they must agree in. */
import { describe, expect, it } from 'vitest';
import type { Subject } from '../../../../scripts/upstream/sigstore/signing.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import { inToto } from '../../../../src/verify/methods/in-toto.ts';
import { documentsOf, judgedAt, toolFor } from '../../../support/judge-checksums.ts';
import { refusal } from '../../../support/refusals.ts';
import { attest, predicateType, trustedRoot, who, workflow } from '../../../support/throwaway-sigstore.ts';
import { trusting } from '../../../support/trusting.ts';
import { Trail } from '../../../../src/verify/trail.ts';

const amd64: Subject = { name: 'tool-amd64', digest: { sha256: 'a'.repeat(64) } };
const arm64: Subject = { name: 'tool-arm64', digest: { sha256: 'b'.repeat(64) } };
const trust = trusting({ trustedRoot: () => Promise.resolve(trustedRoot) });
const specFor = (more: Readonly<Record<string, unknown>> = {}) =>
  inToto.schema.parse({
    method: 'in-toto',
    bundle: 'x.intoto.jsonl',
    predicateTypes: [predicateType],
    ...who,
    ...more,
  });

async function judge(
  lines: readonly string[],
  arch: 'amd64' | 'arm64' = 'amd64',
  spec = specFor(),
  memo = new Map<string, Promise<unknown>>(),
) {
  const verified = await inToto.judge({
    ...{ spec, subject: toolFor(arch), subjects: [], trust, now: judgedAt, memo, trail: new Trail() },
    documents: documentsOf({ attestation: lines.join('\n') }),
  });
  return verified.subject.digest;
}

const ours = attest({ subjects: [amd64] });
const theirs = attest({ subjects: [arm64] });
const both = attest({ subjects: [amd64, arm64] });
const stranger = attest({
  subjects: [{ ...amd64, digest: { sha256: 'c'.repeat(64) } }],
  identity: 'x@example.org',
});
const sbom = attest({
  subjects: [{ ...amd64, digest: { sha256: 'c'.repeat(64) } }],
  predicateType: 'https://spdx.dev/Document',
});
const unlogged = attest({ subjects: [amd64], log: 'none' });

describe('statements about each file, in one file', () => {
  it.each([
    ['one for each', [ours, theirs]],
    ['one for both', [both]],
    ['the same twice', [both, both, ours]],
    ['one that nobody logged', [unlogged, both]],
    ["a stranger's about the same file", [stranger, both]],
    ['another predicate about the same file', [sbom, both]],
    ['lines that are nothing', ['', '# files', '{}', '[]', both.slice(0, -9), both]],
  ])('%s: each file is vouched for, whatever the order', async (_, lines) => {
    for (const order of [lines, lines.toReversed()]) {
      expect(await judge(order, 'amd64')).toBe(`sha256:${'a'.repeat(64)}`);
      expect(await judge(order, 'arm64')).toBe(`sha256:${'b'.repeat(64)}`);
    }
  });

  it('are verified once, for all files', async () => {
    const memo = new Map<string, Promise<unknown>>();
    await judge([ours, theirs], 'amd64', specFor(), memo);
    const [first] = memo.values();
    await judge([ours, theirs], 'arm64', specFor(), memo);
    expect(memo.size).toBe(1);
    expect([...memo.values()][0]).toBe(first);
  });

  it.each([
    ['no statement names', [theirs], 'SUBJECT_MISMATCH'],
    ['is named by a stranger alone', [stranger, theirs], 'SUBJECT_MISMATCH'],
    ['is named by another predicate alone', [sbom, theirs], 'SUBJECT_MISMATCH'],
    ['is named by what nobody logged alone', [unlogged, theirs], 'SUBJECT_MISMATCH'],
    ['is named by a stranger, and nothing else is there', [stranger, unlogged], 'SIGNER_UNTRUSTED'],
    ['is named by nothing that is a statement', ['{"a":1}', both.slice(1)], 'EVIDENCE_MALFORMED'],
  ] as const)('a file that %s is refused', async (_, lines, code) => {
    await refusal(judge(lines), VerificationError, code);
    await refusal(judge(lines.toReversed()), VerificationError, code);
  });

  it('that say two digests of a file vouch for none, in either order', async () => {
    const other = attest({ subjects: [{ ...amd64, digest: { sha256: 'd'.repeat(64) } }] });
    await refusal(judge([ours, other]), VerificationError, 'SUBJECT_MISMATCH');
    await refusal(judge([other, both]), VerificationError, 'SUBJECT_MISMATCH');
    // Nor by a further digest in which they agree.
    const sha512 = 'e'.repeat(128);
    const twice = ['a', 'd'].map((hex) =>
      attest({ subjects: [{ ...amd64, digest: { sha256: hex.repeat(64), sha512 } }] }),
    );
    const { message } = await refusal(judge(twice), VerificationError, 'SUBJECT_MISMATCH');
    expect(message).toContain('it names several digests of it');
    expect(await judge([other, both], 'arm64')).toBe(`sha256:${'b'.repeat(64)}`);
  });

  it('vouch by SHA-512 where they have no SHA-256', async () => {
    const long = { name: 'tool-amd64', digest: { sha512: 'e'.repeat(128) } };
    expect(await judge([attest({ subjects: [long] })])).toBe(`sha512:${'e'.repeat(128)}`);
    expect(await judge([attest({ subjects: [long] }), ours])).toBe(`sha256:${'a'.repeat(64)}`);
    const none = { name: 'tool-amd64', digest: { sha1: 'e'.repeat(40) } };
    await refusal(judge([attest({ subjects: [none] })]), VerificationError, 'SUBJECT_MISMATCH');
    const short = { name: 'tool-amd64', digest: { sha256: 'e'.repeat(63), sha512: 'e'.repeat(128) } };
    await refusal(judge([attest({ subjects: [short] })]), VerificationError, 'SUBJECT_MISMATCH');
  });
});

describe('its predicates', () => {
  const taken = (uri: string) =>
    inToto.schema.safeParse({
      ...{ method: 'in-toto', bundle: 'x', ...who },
      predicateTypes: [uri],
    }).success;
  const long = `https://example.org/${'x'.repeat(480)}`;
  it.each([
    ['https://slsa.dev/provenance/v1', true],
    ['http://example.org/', true],
    [long, true],
    [`${long}x`, false],
    ['urn:https://example.org', false],
    ['https://example.org/a b', false],
    ['https://example.org/{version}', false],
    ['https://', false],
  ])('are URIs: %s', (uri, isOne) => {
    expect(taken(uri)).toBe(isOne);
  });
});

describe('a statement by a reusable workflow', () => {
  const builder = {
    ...workflow,
    identity: 'https://github.com/org/builder/.github/workflows/build.yml@refs/tags/v3',
  };
  const source = 'https://github.com/owner/project';
  /** What Fulcio says of the workflow that called it, for a release. */
  const released = (tag: string, more: Record<number, string | undefined> = {}) => {
    const ref = `refs/tags/${tag}`;
    const claims = {
      5: 'owner/project',
      6: ref,
      12: source,
      14: ref,
      18: `${source}/.github/workflows/release.yml@${ref}`,
    };
    return attest({ subjects: [amd64], ...builder, certificate: { claims: { ...claims, ...more } } });
  };
  const spec = specFor({ ...builder, sourceRepository: source, sourceRef: 'refs/tags/v{version}' });
  const old = { 8: undefined, 9: undefined, 12: undefined, 14: undefined, 18: undefined };

  it('vouches for the release that it ran for, in new and old certificates', async () => {
    await judge([released('v1.0.0')], 'amd64', spec);
    await judge([released('v1.0.0', old)], 'amd64', spec);
    await judge([released('v0.0.1'), released('v1.0.0')], 'amd64', spec);
  });

  it('vouches for every release where no source ref is asked for', async () => {
    await judge([released('v0.0.1')], 'amd64', specFor(builder));
  });

  it.each([
    ['another release', released('v0.0.1')],
    ['another release, in an old certificate', released('v0.0.1', old)],
    ['a branch', released('v1.0.0', { 14: 'refs/heads/main', 6: 'refs/heads/main' })],
    ['another release in its old extension', released('v1.0.0', { 6: 'refs/tags/v0.0.1' })],
    ['another release in its new extension', released('v1.0.0', { 14: 'refs/tags/v0.0.1' })],
    ['nobody knows what', released('v1.0.0', { 6: undefined, 14: undefined })],
    ['another repository', released('v1.0.0', { 12: 'https://github.com/evil/project' })],
    ['another repository in its old extension', released('v1.0.0', { 5: 'evil/project' })],
    ['another repository, in an old certificate', released('v1.0.0', { ...old, 5: 'evil/project' })],
    ['no repository', released('v1.0.0', { 5: undefined, 12: undefined })],
  ])('that ran for %s is refused', async (_, bundle) => {
    await refusal(judge([bundle], 'amd64', spec), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('may be asked for by name', async () => {
    const asked = (signerWorkflow: string) =>
      judge([released('v1.0.0')], 'amd64', specFor({ ...builder, signerWorkflow }));
    await asked(builder.identity);
    await refusal(asked(`${builder.identity}.1`), VerificationError, 'SIGNER_UNTRUSTED');
    const unnamed = judge(
      [released('v1.0.0', { 9: undefined })],
      'amd64',
      specFor({ ...builder, signerWorkflow: builder.identity }),
    );
    await refusal(unnamed, VerificationError, 'SIGNER_UNTRUSTED');
  });
});
