/** The steps of an update, one by one: any bit that is not as it was signed ends it. */
import { describe, expect, it } from 'vitest';
import { flipBit } from '../../../../scripts/upstream/bits.ts';
import { AssayError, VerificationError } from '../../../../src/model/errors.ts';
import {
  openPinnedTufRoot,
  verifyFinalRoot,
  verifyNextRoot,
  verifySnapshot,
  verifyTargets,
  verifyTimestamp,
} from '../../../../src/verify/tuf/update.ts';
import { refusal } from '../../../support/refusals.ts';
import { pinOf, fileOf, keys, newKeys, now, repository, rootOf } from '../../../support/tuf-rehearsal.ts';

/** No lengths and digests in between: each document stands on its signatures alone. */
const bare = repository({
  generations: [keys, { ...keys, root: newKeys.root }],
  // Of the two that must sign, so that not one signature is to spare.
  signers: {
    root: [...keys.root.slice(1), ...newKeys.root.slice(1)],
    targets: keys.targets.slice(1),
  },
  edit: {
    timestamp: ({ meta }) => (meta['snapshot.json'] = { version: 1 }),
    snapshot: ({ meta }) => (meta['targets.json'] = { version: 1 }),
  },
});
const [rootBytes, nextBytes] = [rootOf(bare.roots, 1), rootOf(bare.roots, 2)];
const root = openPinnedTufRoot(rootBytes, pinOf(bare).root, 'root.json');
const next = verifyNextRoot(root, nextBytes, '2.root.json');
const timestampBytes = fileOf(bare, 'timestamp.json');
const timestamp = verifyTimestamp(next, timestampBytes, {}, now);
const snapshotBytes = fileOf(bare, '1.snapshot.json');
const snapshot = verifySnapshot(next, timestamp, snapshotBytes, {}, now);
const targetsBytes = fileOf(bare, '1.targets.json');

const steps: readonly (readonly [string, Uint8Array, (bytes: Uint8Array) => unknown])[] = [
  ['the next root', nextBytes, (bytes) => verifyNextRoot(root, bytes, '2.root.json')],
  ['the timestamp', timestampBytes, (bytes) => verifyTimestamp(next, bytes, {}, now)],
  ['the snapshot', snapshotBytes, (bytes) => verifySnapshot(next, timestamp, bytes, {}, now)],
  ['the targets', targetsBytes, (bytes) => verifyTargets(next, snapshot, bytes, now)],
];

function isRefused(judge: () => unknown): boolean {
  try {
    judge();
    return false;
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return error.exitCode === 5;
  }
}

describe.each(steps)('%s', (_, bytes, judge) => {
  it('is taken as it was signed, in whatever white space', () => {
    judge(bytes);
    judge(Buffer.from(JSON.stringify(JSON.parse(Buffer.from(bytes).toString()))));
  });

  it('is refused with one byte of a signature changed, whichever it is', () => {
    const text = Buffer.from(bytes).toString();
    const taken: number[] = [];
    for (const { index, 0: match, 1: hex = '' } of text.matchAll(/"sig": ?"([0-9a-f]+)"/g)) {
      const start = index + match.length - 1 - hex.length;
      for (let at = start; at < start + hex.length; at += 2) {
        const byte = Number.parseInt(text.slice(at, at + 2), 16) ^ 1;
        const other = text.slice(0, at) + byte.toString(16).padStart(2, '0') + text.slice(at + 2);
        if (!isRefused(() => judge(Buffer.from(other)))) taken.push(at);
      }
    }
    expect(taken).toEqual([]);
  });

  it('is refused with one bit changed, wherever it matters', () => {
    const taken: string[] = [];
    const stride = 29;
    for (let bit = 3; bit < bytes.length * 8; bit += stride) {
      const other = flipBit(bytes, bit);
      if (!isRefused(() => judge(other)) && !isBlank(bytes, other, bit >> 3))
        taken.push(`bit ${String(bit)}`);
    }
    expect(taken).toEqual([]);
  });
});

/** One white space for another between two tokens is no change of what is said. */
function isBlank(one: Uint8Array, other: Uint8Array, at: number): boolean {
  return [one[at], other[at]].every(
    (byte) => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09,
  );
}

describe('the pinned root', () => {
  it.each([
    ['digest', { digest: `sha256:${'0'.repeat(64)}` }],
    ['version', { version: 2 }],
  ] as const)('is refused by the pin of another %s', async (_, other) => {
    const open = () => openPinnedTufRoot(rootBytes, { ...pinOf(bare).root, ...other }, 'root.json');
    await refusal(open, VerificationError, 'PIN_MISMATCH');
  });
});

describe('what was seen before', () => {
  it.each([
    ['snapshot', false],
    ['timestamp', false],
    ['targets', true],
  ] as const)('counts or not, with other keys of the %s alone', (role, counts) => {
    const rotated = repository({ generations: [keys, { ...keys, [role]: newKeys[role] }] });
    const first = openPinnedTufRoot(rootOf(rotated.roots, 1), pinOf(rotated).root, 'root.json');
    const second = verifyNextRoot(first, rootOf(rotated.roots, 2), '2.root.json');
    const seen = { root: 1, timestamp: 9, snapshot: 9, targets: 9 };
    expect(verifyFinalRoot([first, second], seen, now)).toEqual(counts ? seen : {});
  });

  it('may be as new, and not newer: of the snapshot and of the targets', async () => {
    const again = { timestamp: 1, snapshot: 1, targets: 1 };
    expect(verifyTimestamp(next, timestampBytes, again, now).version).toBe(1);
    expect(verifySnapshot(next, timestamp, snapshotBytes, again, now).version).toBe(1);
    for (const [newer, judge, what] of [
      [{ timestamp: 2 }, timestampJudged, 'timestamp.json'],
      [{ snapshot: 2 }, timestampJudged, 'the snapshot that timestamp.json names'],
      [{ targets: 2 }, snapshotJudged, 'the targets that 1.snapshot.json names'],
    ] as const) {
      const error = await refusal(
        () => judge({ ...again, ...newer }),
        VerificationError,
        'METADATA_ROLLBACK',
      );
      expect(error.context).toMatchObject({ document: what, expected: 2, found: 1 });
    }
  });

  type Remembered = Parameters<typeof verifyTimestamp>[2];
  function timestampJudged(remembered: Remembered): unknown {
    return verifyTimestamp(next, timestampBytes, remembered, now);
  }
  function snapshotJudged(remembered: Remembered): unknown {
    return verifySnapshot(next, timestamp, snapshotBytes, remembered, now);
  }
});

it('a document counts until its expiry, and not in that very second', async () => {
  const { expires } = timestamp;
  expect(verifyTimestamp(next, timestampBytes, {}, new Date(expires.getTime() - 1)).version).toBe(1);
  const late = () => verifyTimestamp(next, timestampBytes, {}, expires);
  const { context } = await refusal(late, VerificationError, 'METADATA_EXPIRED');
  expect(context).toMatchObject({ document: 'timestamp.json', expires: expires.toISOString() });
});
