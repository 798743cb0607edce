import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TransportError, VerificationError, type AssayError } from '../../../src/model/errors.ts';
import type { KeyReport } from '../../../src/model/openpgp-key.ts';
import type { AnchorReview, RootEntry } from '../../../src/model/trust-review.ts';
import { anchorDocument } from '../../../src/render/trust-document.ts';
import { renderExpiring, renderReviewMarkdown, renderReview } from '../../../src/render/trust-review.ts';

const now = new Date('2026-11-20T12:00:00Z');
const created = new Date('2024-01-01T00:00:00Z');
const anyText = fc.string({ unit: 'binary', maxLength: 120 });

function key(report: Partial<KeyReport> = {}): KeyReport {
  const algorithm = { algorithm: 'rsa', bits: 4096 };
  return {
    ...{ fingerprint: 'A'.repeat(40), ...algorithm, created, expires: undefined },
    ...{ userIds: ['Ann'], signingSubkeys: [], status: 'usable', ...report },
  };
}

function review(change: Partial<AnchorReview> = {}): AnchorReview {
  const lists = { needs: [], accepted: [], notes: [], keys: [], expiring: [] };
  return { name: 'ann', type: 'openpgp', file: 'trust/ann.asc', status: 'changed', ...lists, ...change };
}

const subkey = {
  ...{ fingerprint: 'B'.repeat(40), algorithm: 'ed25519', bits: undefined, created },
  ...({ revoked: false, status: 'usable' } as const),
  expires: new Date('2026-11-21T12:00:00Z'),
} as const;

const hintFor = ({ hint }: AssayError) => hint;
const renderReviewText = (one: AnchorReview, at: Date) => renderReview(one, at, hintFor).join('\n');

describe('renderReview', () => {
  it('shows what stays, goes and comes of a key', () => {
    const [before, after] = [
      key({ userIds: ['Ann', 'Ann of old'], expires: new Date('2026-11-01T00:00:00Z'), status: 'expired' }),
      key({ userIds: ['Ann'], signingSubkeys: [subkey] }),
    ];
    const { fingerprint } = after;
    const text = renderReviewText(review({ keys: [{ fingerprint, change: 'changed', before, after }] }), now);
    expect(text.split('\n')).toEqual([
      'ann (trust/ann.asc): changed',
      `- key ${fingerprint}  rsa4096, created 2024-01-01, expired 2026-11-01: cannot vouch`,
      `+ key ${fingerprint}  rsa4096, created 2024-01-01, does not expire`,
      '-   user ID Ann of old',
      '    user ID Ann',
      `+   signing subkey ${subkey.fingerprint}  ed25519, created 2024-01-01, expires 2026-11-21 (in 1 day)`,
    ]);
  });

  it('says of a signing subkey that cannot vouch why', () => {
    const signingSubkeys = [
      { ...subkey, algorithm: 'rsa', bits: 1024, status: 'weak' },
      { ...subkey, status: 'unbound' },
      { ...subkey, revoked: true, status: 'revoked' },
    ] as const;
    const after = key({ signingSubkeys });
    const keys = [{ fingerprint: after.fingerprint, change: 'none', before: after, after } as const];
    const lines = renderReviewText(review({ keys }), now).split('\n');
    expect(lines.slice(-3).map((line) => line.replace(/^.*\(in 1 day\)/, ''))).toEqual([
      ': cannot vouch, too weak',
      ': cannot vouch, not bound to its primary',
      ', revoked',
    ]);
  });

  it('shows a key that goes, and what has to be named', () => {
    const before = key();
    const { fingerprint } = before;
    const error = new VerificationError('PIN_MISMATCH', 'other keys\x1b[31m', { hint: 'Ask.' });
    const keys = [{ fingerprint, change: 'removed', before, after: undefined } as const];
    const text = renderReviewText(review({ status: 'refused', error, needs: [fingerprint], keys }), now);
    expect(text.split('\n').slice(1)).toEqual([
      String.raw`! other keys\x1b[31m [PIN_MISMATCH]`,
      '!   Ask.',
      `! needs --accept ${fingerprint}`,
      `- key ${fingerprint}  rsa4096, created 2024-01-01, does not expire`,
      '-   user ID Ann',
      '!   is no longer there',
    ]);
  });

  it('tells who could not be asked from who was refused, and a file that is not there from both', () => {
    const error = new TransportError('UNREACHABLE', 'cannot reach keys.example');
    const heads = [
      review({ status: 'refused', error }),
      review({ status: 'refused', error: new VerificationError('PIN_MISMATCH', 'other keys') }),
      review({ status: 'missing' }),
    ].map((one) => renderReviewText(one, now).split('\n')[0]);
    expect(heads).toEqual([
      'ann (trust/ann.asc): not updated',
      'ann (trust/ann.asc): refused',
      'ann (trust/ann.asc): its file is not there: update-trust fetches it',
    ]);
  });

  it('shows what a trusted root says of itself, escaped, and the chain of TUF roots', () => {
    const entry: RootEntry = {
      ...{ kind: 'transparency-log', fingerprint: 'ab'.repeat(32), logId: 'cd'.repeat(32), certificates: [] },
      ...{ url: 'https://log.example\u202e', subject: undefined, validFrom: created, validUntil: now },
      problem: 'its key is of the type "PKIX_X\u202e"',
    };
    const tufRoot = {
      version: 1,
      digest: `sha256:${'0'.repeat(64)}`,
      expires: now,
      keyIds: ['a'],
      threshold: 1,
      changes: [],
    } as const;
    const signers = [
      {
        role: 'root',
        added: [{ id: 'b', holder: '@ann\u202e' }],
        removed: [{ id: 'a\x1b', holder: undefined }],
        threshold: { before: 1, after: 2 },
      },
    ];
    const before = { ...entry, validUntil: undefined, problem: undefined };
    const { kind, fingerprint } = entry;
    const changes = [
      { kind, fingerprint, before, after: entry, effects: ['closed'], needsAcceptance: false },
    ];
    const root = {
      entries: [entry],
      changes,
      tufRoots: [tufRoot, { ...tufRoot, version: 2, changes: signers }],
    };
    const text = renderReviewText(review({ type: 'sigstore', root }), now);
    const name = `transparency-log ${'AB'.repeat(32)}, log ID ${'cd'.repeat(32)}  https://log.example\\u202e`;
    expect(text.split('\n').slice(1)).toEqual([
      `  TUF root version 1  ${tufRoot.digest}, expired 2026-11-20, 1 of 1 keys sign the next`,
      `+ TUF root version 2  ${tufRoot.digest}, expired 2026-11-20, 1 of 1 keys sign the next`,
      String.raw`!   root: no longer by key a\x1b`,
      String.raw`!   root: by key b (@ann\u202e)`,
      '!   root: 2 have to sign, and had been 1',
      `- ${name}, valid from 2024-01-01 on`,
      String.raw`+ ${name}, valid from 2024-01-01 to 2026-11-20: not used here, its key is of the type "PKIX_X\u202e"`,
      '!   closed',
    ]);
  });
});

describe('whatever others call themselves', () => {
  const withNames = (userIds: readonly string[], note: string): AnchorReview => {
    const after = key({ userIds });
    const keys = [{ fingerprint: after.fingerprint, change: 'added', before: undefined, after } as const];
    return review({ keys, notes: [note] });
  };

  it('adds no line to the text, and nothing that acts on a terminal', () => {
    fc.assert(
      fc.property(fc.array(anyText, { maxLength: 4 }), anyText, (names, note) => {
        const text = renderReviewText(withNames(names, note), now);
        // The head, the note, the key, and a line for each name that differs from the others.
        expect(text.split('\n').length).toBeLessThanOrEqual(3 + names.length);
        expect(text).not.toMatch(/[^\n\P{Cc}]|\p{Cf}|\u2028|\u2029/u);
        for (const line of text.split('\n').slice(1)) expect(line).toMatch(/^[ +!-] /);
      }),
    );
  });

  it('stays inside of the block of code, in Markdown', () => {
    const ticks = fc.string({ unit: fc.constantFrom('`', '~', '\n', ' ', 'a') });
    fc.assert(
      fc.property(fc.array(fc.oneof(ticks, anyText), { maxLength: 4 }), ticks, (names, note) => {
        const soon = { anchor: 'ann', what: 'key', id: note, expires: now, noticeDays: 60 };
        const lines = renderReviewMarkdown([withNames(names, note)], [soon], now, hintFor)
          .trimEnd()
          .split('\n');
        const [open, close] = [lines.findLastIndex((line) => line.endsWith('`diff')), lines.length - 1];
        const fence = lines[open]?.slice(0, -'diff'.length) ?? '';
        expect(lines[close]).toBe(fence);
        // Nothing between that CommonMark would take for the end.
        for (const line of lines.slice(open + 1, close))
          expect(/^ {0,3}(`{3,})\s*$/.exec(line)?.[1] ?? '').not.toContain(fence);
        expect(lines.filter((line) => line.startsWith('#'))).toEqual([
          '## Trust anchors',
          '### Expires soon',
          '### ann: changed',
        ]);
      }),
    );
  });

  it('is told as it is to machines', () => {
    const document = anchorDocument(withNames(['a\u202eb'], ''), now);
    expect(document).toMatchObject({ keys: [{ userIds: ['a\u202eb'], expires: null, expiresInDays: null }] });
  });
});

it('renderExpiring says how long', () => {
  const soon = { anchor: 'ann', what: 'signing subkey', id: 'B', expires: subkey.expires, noticeDays: 60 };
  expect(renderExpiring(soon, now)).toBe('ann: signing subkey B expires 2026-11-21 (in 1 day)');
});
