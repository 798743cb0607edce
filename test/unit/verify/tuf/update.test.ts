/** The steps of an update, one by one: any bit that is not as it was signed ends it. */
import { describe, expect, it } from 'vitest';
import { flipBit } from '../../../../scripts/upstream/bits.ts';
import { AssayError, VerificationError } from '../../../../src/model/errors.ts';
import { parseTufDocument } from '../../../../src/verify/tuf/metadata.ts';
import {
  findTarget,
  openPinnedTufRoot,
  verifyFinalRoot,
  verifyNextRoot,
  verifySnapshot,
  verifyTarget,
  verifyTargets,
  verifyTimestamp,
} from '../../../../src/verify/tuf/update.ts';
import { refusal } from '../../../support/refusals.ts';
import { digestOf } from '../../../support/throwaway-sigstore.ts';
import {
  pinOf,
  fileOf,
  keys,
  newKeys,
  now,
  repository,
  rootOf,
  target,
} from '../../../support/tuf-rehearsal.ts';

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

  it('is refused unless as many have signed it as it asks for itself', async () => {
    const [one] = keys.root;
    for (const signers of [[], [one!], [one!, newKeys.root[0]!]]) {
      const weak = repository({ signers: { root: signers } });
      const open = () => openPinnedTufRoot(rootOf(weak.roots, 1), pinOf(weak).root, 'root.json');
      await refusal(open, VerificationError, 'SIGNATURE_INVALID');
    }
  });
});

describe('the newest root', () => {
  const past = '2026-01-01T00:00:00Z';
  const chainOf = (options: Parameters<typeof repository>[0]) => {
    const { roots } = repository(options);
    const [first, ...others] = roots.map((bytes, index) =>
      parseTufDocument('root', bytes, `${index + 1}.root.json`),
    );
    return [first!, ...others] as const;
  };
  const expiring = (version: number) =>
    chainOf({
      generations: [keys, keys],
      edit: { root: (signed) => (signed.expires = signed.version === version ? past : signed.expires) },
    });

  it('is the next one, and no other', async () => {
    const { roots } = repository({ generations: [keys, keys, keys] });
    const follow = (version: number) => () => verifyNextRoot(root, rootOf(roots, version), 'next');
    expect(follow(2)().version).toBe(2);
    await refusal(follow(3), VerificationError, 'SUBJECT_MISMATCH');
    await refusal(follow(1), VerificationError, 'METADATA_ROLLBACK');
  });

  it('alone must not have expired', async () => {
    expect(verifyFinalRoot(expiring(1), undefined, now)).toEqual({});
    const { message } = await refusal(
      () => verifyFinalRoot(expiring(2), undefined, now),
      VerificationError,
      'METADATA_EXPIRED',
    );
    expect(message).toContain('2.root.json');
  });

  it('is as new as the one that was seen before', async () => {
    const chain = chainOf({ generations: [keys, keys] });
    for (const seen of [1, 2].map((version) => ({ root: version, timestamp: 9, snapshot: 9, targets: 9 }))) {
      expect(verifyFinalRoot(chain, seen, now)).toEqual(seen);
    }
    const newer = () => verifyFinalRoot(chain, { root: 3, timestamp: 9, snapshot: 9, targets: 9 }, now);
    await refusal(newer, VerificationError, 'METADATA_ROLLBACK');
  });

  it('lets nothing be remembered where keys of the snapshot were replaced, whatever else was, and when', () => {
    const seen = { root: 1, timestamp: 9, snapshot: 9, targets: 9 };
    const all = { ...keys, root: [...keys.root, newKeys.root[0]!], snapshot: newKeys.snapshot };
    for (const generations of [
      [keys, all],
      [keys, all, all],
      [keys, keys, all],
    ]) {
      expect(verifyFinalRoot(chainOf({ generations }), seen, now)).toEqual({});
    }
    expect(verifyFinalRoot(chainOf({ generations: [keys] }), seen, now)).toEqual(seen);
  });

  it('has what is remembered where one key more has to sign, and none was replaced', () => {
    const seen = { root: 1, timestamp: 9, snapshot: 9, targets: 9 };
    const edit = {
      root: ({ version, roles }: { version: number; roles: Record<string, { threshold: number }> }) =>
        (roles['snapshot']!.threshold = version),
    };
    expect(verifyFinalRoot(chainOf({ generations: [keys, keys], edit }), seen, now)).toEqual(seen);
  });
});

describe('what the document above lists', () => {
  type Meta = Parameters<
    NonNullable<NonNullable<NonNullable<Parameters<typeof repository>[0]>['edit']>['timestamp']>
  >[0]['meta'][string];
  const digest = 'a'.repeat(64);
  const given = (name: 'snapshot.json' | 'targets.json', meta: Meta) => {
    const edit =
      name === 'snapshot.json'
        ? { timestamp: (signed: { meta: Record<string, Meta> }) => (signed.meta[name] = meta) }
        : { snapshot: (signed: { meta: Record<string, Meta> }) => (signed.meta[name] = meta) };
    const { files } = repository({ edit });
    const file = (like: RegExp) => files.get([...files.keys()].find((path) => like.test(path))!)!;
    return { timestamp: file(/timestamp/), snapshot: file(/snapshot/), targets: file(/\d\.targets/) };
  };

  it.each([
    ['another length', { version: 1, length: 1 }, 'SIZE_MISMATCH'],
    ['another digest', { version: 1, hashes: { sha256: digest } }, 'DIGEST_MISMATCH'],
    ['a later version', { version: 2 }, 'METADATA_ROLLBACK'],
  ] as const)('is that document: not with %s', async (_, meta, code) => {
    const ofSnapshot = given('snapshot.json', meta);
    const stamp = verifyTimestamp(root, ofSnapshot.timestamp, {}, now);
    await refusal(() => verifySnapshot(root, stamp, ofSnapshot.snapshot, {}, now), VerificationError, code);
    const ofTargets = given('targets.json', meta);
    const shot = parseTufDocument('snapshot', ofTargets.snapshot, '1.snapshot.json');
    await refusal(() => verifyTargets(root, shot, ofTargets.targets, now), VerificationError, code);
  });

  it('is no later version either', async () => {
    const later = repository({ versions: { snapshot: 2, targets: 2 } });
    const files = { snapshot: fileOf(later, '2.snapshot.json'), targets: fileOf(later, '2.targets.json') };
    await refusal(
      () => verifySnapshot(next, timestamp, files.snapshot, {}, now),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
    await refusal(
      () => verifyTargets(next, snapshot, files.targets, now),
      VerificationError,
      'SUBJECT_MISMATCH',
    );
  });

  it('is a target by its own name, with its length and digest', async () => {
    const targets = verifyTargets(next, snapshot, targetsBytes, now);
    const found = findTarget(targets, target.name);
    const hex = digestOf(target.bytes).slice('sha256:'.length);
    expect(found.fileName).toBe(`${hex}.${target.name}`);
    verifyTarget(found, target.bytes);
    await refusal(() => verifyTarget(found, flipBit(target.bytes, 9)), VerificationError, 'DIGEST_MISMATCH');
    await refusal(() => verifyTarget(found, target.bytes.subarray(1)), VerificationError, 'SIZE_MISMATCH');
    for (const name of ['constructor', '__proto__', 'other.json']) {
      await refusal(() => findTarget(targets, name), VerificationError, 'EVIDENCE_MISSING');
    }
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

it.each([
  ['timestamp.json', timestamp, (at: Date) => verifyTimestamp(next, timestampBytes, {}, at)],
  ['1.snapshot.json', snapshot, (at: Date) => verifySnapshot(next, timestamp, snapshotBytes, {}, at)],
  [
    '1.targets.json',
    verifyTargets(next, snapshot, targetsBytes, now),
    (at: Date) => verifyTargets(next, snapshot, targetsBytes, at),
  ],
])('%s counts until its expiry, and not in that very second', async (document, { expires }, judge) => {
  expect(judge(new Date(expires.getTime() - 1)).version).toBe(1);
  const { context } = await refusal(() => judge(expires), VerificationError, 'METADATA_EXPIRED');
  expect(context).toMatchObject({ document, expires: expires.toISOString() });
});
