/** What GitHub's answer lists, as far as it can be told without verifying any of it. */
import { describe, expect, it } from 'vitest';
import { joinJsonTexts } from '../../../../src/formats/text/json-sequence.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  attestationsNeed,
  listedAttestations,
  verifyListed,
} from '../../../../src/verify/sigstore/github-attestations.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  attest,
  digestOf,
  predicateType,
  tool,
  trustedRoot,
  who,
} from '../../../support/throwaway-sigstore.ts';

const url = 'https://api.github.com/repos/o/tool/attestations/sha256:00';

/** One page for each list. */
const listed = (...pages: readonly (readonly object[])[]) =>
  listedAttestations({
    bytes: joinJsonTexts(pages.map((attestations) => Buffer.from(JSON.stringify({ attestations })))),
    url,
  });
const at = (place: unknown) => listed([{ bundle: null, bundle_url: place }])[0]!.need;

it('is asked with what the user may see, and may say that there are none', () => {
  const need = attestationsNeed('o/tool', 'sha256:00');
  expect(need).toEqual({
    ...{ kind: 'file', role: 'github-attestations', url: `${url}?per_page=100`, maxBytes: 8 << 20 },
    ...{ maxPages: 5, isOptional: true, withUserToken: true },
  });
  const ofKind = attestationsNeed('o/tool', 'sha256:00', 'https://example.org/v1');
  expect(ofKind.url).toBe(`${need.url}&predicate_type=https://example.org/v1`);
});

describe('the place of a bundle', () => {
  const long = (length: number) => 'https://example.org/'.padEnd(length, 'x');

  it.each([long(20), long(4096), 'https://example.org:8443/a?b=c'])('may be %.40s', (place) => {
    expect(at(place)).toEqual({
      ...{ kind: 'file', role: 'github-attestation-bundle', url: place },
      ...{ maxBytes: 1 << 20, isOptional: true },
    });
  });

  it.each([
    undefined,
    1,
    '',
    long(4097),
    'http://example.org/',
    'https://user@example.org/',
    'https://:secret@example.org/',
    'https://example.org/#x',
    'example.org',
  ])('is not %.40s', (place) => {
    expect(at(place)).toBeUndefined();
  });
});

it('asks nobody for a bundle that stands in the answer', () => {
  const [one] = listed([{ bundle: {}, bundle_url: 'https://example.org/x' }]);
  expect(one).toEqual({ what: `${url}, attestation 1`, bundle: {}, need: undefined });
});

it('lists a hundred bundles that are elsewhere, and any that stand in it', async () => {
  const elsewhere = (count: number) =>
    Array.from({ length: count }, (_, index) => ({ bundle_url: `https://example.org/${String(index)}` }));
  expect(listed(elsewhere(100), [{ bundle: {} }])).toHaveLength(101);
  const tooMany = () => listed(elsewhere(100), elsewhere(1));
  await refusal(tooMany, VerificationError, 'LIMIT_EXCEEDED');
});

it.each([
  ['5 pages', Array<object[]>(5).fill([{ bundle: {} }]), 5],
  ['100 attestations in a page', [Array<object>(100).fill({ bundle: {} })], 100],
])('lists %s, and no more', async (what, pages, count) => {
  const found = listed(...pages);
  expect(found).toHaveLength(count);
  expect(found.at(-1)?.what).toBe(`${url}, attestation ${String(count)}`);
  const more = pages.length > 1 ? [...pages, []] : [[...pages[0]!, { bundle: {} }]];
  const { message } = await refusal(() => listed(...more), VerificationError, 'LIMIT_EXCEEDED');
  expect(message).toBe(`${url} has more than ${what}`);
});

describe('the one that vouches', () => {
  const need = attestationsNeed('o/tool', 'sha256:00');
  const ask = (...attestations: readonly object[]) => {
    const bytes = Buffer.from(JSON.stringify({ attestations }));
    const document = {
      role: need.role,
      url: need.url,
      digest: digestOf(bytes),
      sizeBytes: bytes.length,
      bytes,
    };
    const documents = { has: () => true, of: () => document, find: () => document };
    const none = () => new VerificationError('EVIDENCE_MISSING', 'there is none');
    const policy = {
      trustedRoot,
      certificate: who,
      predicateTypes: [predicateType],
      accept: () => true,
      none,
    };
    return verifyListed(need, documents, policy);
  };
  /** With a subject more, whose name makes it larger. */
  const named = (length: number) => ({
    bundle: JSON.parse(attest({ subjects: [tool, { ...tool, name: 'x'.repeat(length) }] })) as object,
  });

  it('is kept without the others', async () => {
    const one = named(1);
    const { documents } = await ask({ bundle: {} }, one, named(2));
    expect(documents.map(({ role, url }) => [role, url])).toEqual([['github-attestations', need.url]]);
    expect(JSON.parse(Buffer.from(documents[0]!.bytes).toString())).toEqual({ attestations: [one] });
  });

  it('is not kept where it is too large for that, though it holds', async () => {
    const { message } = await refusal(ask(named(1 << 20)), VerificationError, 'LIMIT_EXCEEDED');
    expect(message).toContain(`the attestation of ${need.url} has more than 1048576 bytes`);
  });

  it('is none of an empty list, nor of several that do not hold', async () => {
    expect((await refusal(ask(), VerificationError, 'EVIDENCE_MISSING')).message).toBe('there is none');
    const { message } = await refusal(ask({}, { bundle: null }), VerificationError, 'EVIDENCE_MALFORMED');
    expect(message).toContain('none of 2 attestations vouches');
    expect(message).toContain('has neither a bundle nor an https URL of one');
  });
});
