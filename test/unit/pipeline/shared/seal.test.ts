import { expect, it } from 'vitest';
import type { UnsealedEntry } from '../../../../src/formats/own/evidence.ts';
import { sealed, sealFaults } from '../../../../src/pipeline/shared/seal.ts';

const entry: UnsealedEntry = {
  version: '1.0',
  url: 'https://example.org/a',
  digest: `sha256:${'0'.repeat(64)}`,
  size: 1,
  assurance: 'signed',
  method: 'apt',
  signers: [],
  documents: [
    { role: 'packages-stanza', url: 'https://example.org/b', digest: `sha256:${'1'.repeat(64)}`, size: 2 },
  ],
  anchors: [],
  question: {
    ...{ name: 'a', type: 'deb', os: 'debian-13', arch: 'amd64' },
    source: { type: 'apt', suites: [{ suite: 'trixie', components: ['main', 'contrib'] }] },
    entry: { from: 'debian', package: 'a' },
    verification: { method: 'apt' },
  },
  judgedAt: '2026-11-20T12:00:00.000Z',
  watermark: {},
};

it('is the one that evidence out there has', () => {
  expect(sealed(entry).seal).toBe('sha256:0ce370e1c86e82743358bd7b357e75684ba7fba73628077c9ff07f5d40858f41');
});

it('is that of the JSON that JSON.stringify writes of fields in order', () => {
  const verification = { 'b"\n': [null, {}, [], true, 1.5], a: undefined, ä: '\u2028\ud800' };
  const question = {
    ...entry.question,
    verification: { method: 'apt', ...verification } as typeof entry.question.verification,
  };
  expect(sealed({ ...entry, question }).seal).toBe(
    'sha256:dc2ef7d02559f61668a5912becf8d74bcf810044b900e8473ed7e4009646361e',
  );
});

it('holds in whatever order the fields stand, and whatever is remembered of upstream', () => {
  const { question, ...others } = sealed(entry);
  const source = { suites: [{ components: ['main', 'contrib'], suite: 'trixie' }], type: 'apt' };
  const reordered = { ...others, question: { ...question, source }, watermark: { release: 'today' } };
  expect(sealFaults(reordered)).toEqual([]);
});

it.each<[string, Partial<UnsealedEntry>]>([
  [
    'a list in another order',
    {
      question: {
        ...entry.question,
        source: { type: 'apt', suites: [{ suite: 'trixie', components: ['contrib', 'main'] }] },
      },
    },
  ],
  [
    'a value far inside',
    {
      question: {
        ...entry.question,
        source: { type: 'apt', suites: [{ suite: 'sid', components: ['main', 'contrib'] }] },
      },
    },
  ],
  ['one field more', { question: { ...entry.question, verification: { method: 'apt', more: true } } }],
  ['a document less', { documents: [] }],
])('does not hold with %s', (_, changed) => {
  expect(sealFaults({ ...sealed(entry), ...changed })).toHaveLength(1);
});
