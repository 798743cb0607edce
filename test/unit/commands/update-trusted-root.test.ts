/** `update-trust` and Sigstore's trusted root: what a TUF repository may say by itself, and what waits for a person. */
import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect } from 'vitest';
import { sigstoreAnchor } from '../../../scripts/upstream/sigstore-anchor.ts';
import { createSigstore } from '../../../scripts/upstream/sigstore/instance.ts';
import {
  tufHost,
  type TufRepository,
  type TufRepositoryOptions,
} from '../../../scripts/upstream/tuf-repository.ts';
import { body } from '../../support/fault-server.ts';
import { test, type KeyPublisher } from '../../support/key-publisher.ts';
import { makeKey, publicKeyFile } from '../../support/openpgp.ts';
import { changedPaths } from '../../support/snapshot.ts';
import { digestOf, sigstore, validFrom } from '../../support/throwaway-sigstore.ts';
import { dayMs, keys, newKeys, now, repository, rootOf, strangers } from '../../support/tuf-rehearsal.ts';

interface Root {
  tlogs: { baseUrl: string; publicKey: { validFor: { end?: string } } }[];
}

/** That the pinned root is the first still, each later one is kept, and the last of them is what `--offline` ends at. */
async function requireChain(publisher: KeyPublisher, roots: readonly Uint8Array[]): Promise<void> {
  for (const [index, bytes] of roots.entries()) {
    const name = index === 0 ? 'sigstore-root.json' : `sigstore-root-${String(index + 1)}.json`;
    expect(await publisher.read(name)).toBe(Buffer.from(bytes).toString());
  }
  const { exitCode, anchor, stderr } = await update(publisher, '--offline');
  expect([exitCode, anchor?.trustedRoot?.tufRoots]).toMatchObject([0, [{ version: roots.length }]]);
  expect(stderr).toContain(`under root version ${String(roots.length)}, which follows the pinned version 1`);
}

interface Document {
  readonly anchors: readonly {
    readonly status: string;
    readonly needs: readonly string[];
    readonly error?: { readonly code: string };
    readonly trustedRoot?: {
      readonly changes: readonly { readonly effects: readonly string[] }[];
      readonly tufRoots: readonly {
        readonly version: number;
        readonly changes: readonly { readonly role: string }[];
      }[];
    };
  }[];
  readonly changed: readonly string[];
  readonly expiring: readonly { readonly what: string; readonly id: string }[];
}

const json = sigstore.trustedRoot();
const parse = (text: string) => JSON.parse(text) as Root;
/** The same root with a change of its logs. */
const edited = (edit: (root: Root) => void): string => {
  const root = parse(json);
  edit(root);
  return `${JSON.stringify(root, undefined, 2)}\n`;
};
const [otherLog] = parse(createSigstore({ validFrom }).trustedRoot()).tlogs;
const withLog = edited(({ tlogs }) => otherLog && tlogs.push(otherLog));
const withoutLog = edited(({ tlogs }) => tlogs.pop());
const withOtherLog = edited((root) => (root.tlogs = otherLog ? [otherLog] : []));
const withClosedLog = edited(
  ({ tlogs }) => tlogs[0] && (tlogs[0].publicKey.validFor.end = now.toISOString()),
);

const past = new Date(now.getTime() - 1000).toISOString();
const withPastEnd = edited(({ tlogs }) => tlogs[0] && (tlogs[0].publicKey.validFor.end = past));

const at = ['--now', now.toISOString()];

function target(text: string) {
  return { target: { name: 'trusted_root.json', bytes: Buffer.from(text) } };
}

/** Pins the first root of the repository and `text`, and has them in the trust directory. */
async function pin(publisher: KeyPublisher, { roots }: TufRepository, text = json): Promise<void> {
  const anchor = sigstoreAnchor(text, { bytes: rootOf(roots, 1), version: 1 });
  await publisher.pin({}, { sigstore: anchor });
  await writeFile(join(publisher.trustDir, anchor.file), text);
  await writeFile(join(publisher.trustDir, anchor.root.file), rootOf(roots, 1));
}

function serve({ server }: KeyPublisher, { files }: TufRepository): void {
  for (const [path, bytes] of files) server.on(`/${path}`, body(bytes));
}

async function update(publisher: KeyPublisher, ...args: readonly string[]) {
  const outcome = await publisher.update([...at, '--json', ...args]);
  const document = outcome.stdout === '' ? undefined : (JSON.parse(outcome.stdout) as Document);
  // Of a run that could not begin, the document has an error alone.
  const { anchors = [] }: Partial<Document> = document ?? {};
  return { ...outcome, anchor: anchors[0], document };
}

describe('what is taken', () => {
  test('the pinned root: what proves it is kept, and the memory of its versions', async ({ publisher }) => {
    const published = repository();
    await pin(publisher, published);
    serve(publisher, published);
    const before = await publisher.snapshot();
    expect(await update(publisher)).toMatchObject({ exitCode: 0, anchor: { status: 'changed' } });
    const kept = ['PROVENANCE.md', 'pins.yaml', 'sigstore-trusted-root-targets.json', 'sigstore-tuf.json'];
    expect(changedPaths(before, await publisher.snapshot())).toEqual(kept);
    expect(await update(publisher, '--check')).toMatchObject({
      exitCode: 0,
      anchor: { status: 'unchanged' },
    });
  });

  const routine: readonly (readonly [string, string, string])[] = [
    ['a log more', withLog, 'added'],
    ['the end of a log', withClosedLog, 'closed'],
  ];

  test.for(routine)('%s: shown, written and pinned', async ([, text, effect], { publisher }) => {
    await pin(publisher, repository());
    serve(publisher, repository({ ...target(text), versions: { targets: 2, snapshot: 2, timestamp: 2 } }));
    const { exitCode, stderr, anchor } = await update(publisher);
    expect([exitCode, anchor?.needs]).toEqual([0, []]);
    expect(anchor?.trustedRoot?.changes).toMatchObject([{ effects: [effect] }]);
    expect(stderr).toMatch(new RegExp(`\\+ transparency-log [0-9A-F]{64} .*\\n {2}! {3}${effect}`));
    expect(await publisher.read('sigstore-trusted-root.json')).toBe(text);
    expect(await publisher.read('pins.yaml')).toContain(`digest: ${digestOf(Buffer.from(text))}`);
    expect(await publisher.read('PROVENANCE.md')).toContain(digestOf(Buffer.from(text)).slice(7));
    expect(await update(publisher, '--offline')).toMatchObject({ exitCode: 0 });
    expect(await update(publisher, '--check')).toMatchObject({ exitCode: 0 });
  });
});

test('a TUF root of the same keys and thresholds: taken, and named without need', async ({ publisher }) => {
  const rotated = repository({ generations: [keys, keys, keys] });
  await pin(publisher, rotated);
  serve(publisher, rotated);
  expect(await update(publisher, '--check')).toMatchObject({ exitCode: 3, anchor: { needs: [] } });
  const newest = digestOf(rootOf(rotated.roots, 3));
  const { exitCode, stderr, anchor } = await update(publisher, '--accept', newest);
  expect([exitCode, anchor?.needs]).toEqual([0, []]);
  expect(stderr).toContain('version 3, and version 1 was known: the same keys sign, and as many of them');
  expect(await publisher.read('pins.yaml')).toContain(`digest: ${digestOf(rootOf(rotated.roots, 1))}`);
  await requireChain(publisher, rotated.roots);
  expect(await update(publisher, '--check')).toMatchObject({ exitCode: 0 });
});

describe('what waits for a person', () => {
  test('the end of a log in the past', async ({ publisher }) => {
    await pin(publisher, repository());
    serve(publisher, repository(target(withPastEnd)));
    const before = await publisher.snapshot();
    const { exitCode, anchor } = await update(publisher);
    expect([exitCode, anchor?.error?.code]).toEqual([6, 'TRUST_CHANGED']);
    expect(anchor?.trustedRoot?.changes).toMatchObject([{ effects: ['shortened'] }]);
    expect(await publisher.snapshot()).toEqual(before);
    const accepted = (anchor?.needs ?? []).flatMap((one) => ['--accept', one]);
    expect(await update(publisher, ...accepted)).toMatchObject({ exitCode: 0 });
    expect(await publisher.read('sigstore-trusted-root.json')).toBe(withPastEnd);
  });

  test.for(['root', 'timestamp', 'snapshot', 'targets'] as const)(
    'a TUF root with other keys for %s: named, role by role',
    async (role, { publisher }) => {
      const rotated = repository({ generations: [keys, { ...keys, [role]: newKeys[role] }] });
      await pin(publisher, rotated);
      serve(publisher, rotated);
      const { exitCode, stderr, anchor } = await update(publisher);
      expect([exitCode, anchor?.needs]).toEqual([
        6,
        [digestOf(rootOf(rotated.roots, 2)).slice(7).toUpperCase()],
      ]);
      expect(anchor?.trustedRoot?.tufRoots.map(({ changes }) => changes.map((one) => one.role))).toEqual([
        [],
        [role],
      ]);
      for (const { id } of keys[role]) expect(stderr).toContain(`!   ${role}: no longer by key ${id}`);
      for (const { id } of newKeys[role]) expect(stderr).toContain(`!   ${role}: by key ${id}`);
    },
  );

  test('a TUF root with a lower threshold, also where the next one has the old again', async ({
    publisher,
  }) => {
    const lowered = repository({
      generations: [keys, keys, keys],
      edit: {
        root: ({ version, roles }) => {
          if (version === 2) roles['targets']!.threshold = 1;
        },
      },
    });
    await pin(publisher, lowered);
    serve(publisher, lowered);
    const { exitCode, stderr } = await update(publisher);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('!   targets: 1 have to sign, and had been 2');
    expect(stderr).toContain('!   targets: 2 have to sign, and had been 1');
  });

  test('keeps nothing of the other anchors back, and no refusal of theirs', async ({ publisher }) => {
    const rotated = repository({ generations: [keys, newKeys] });
    await pin(publisher, rotated);
    const key = await makeKey();
    const fingerprint = key.getFingerprint().toUpperCase();
    const anchor = sigstoreAnchor(json, { bytes: rootOf(rotated.roots, 1), version: 1 });
    await publisher.pin({ alpha: { fingerprints: [fingerprint] } }, { sigstore: anchor });
    serve(publisher, rotated);
    publisher.publish('alpha.asc', publicKeyFile(key));
    const before = await publisher.snapshot();
    const { exitCode, stderr, document } = await update(publisher);
    expect(exitCode).toBe(6);
    expect(stderr).toContain('PROVENANCE.md; not taken: sigstore');
    const changed = ['PROVENANCE.md', 'alpha.asc'];
    expect(document?.changed.map((path) => path.slice(publisher.trustDir.length + 1)).sort()).toEqual(
      changed,
    );
    expect(changedPaths(before, await publisher.snapshot())).toEqual(changed);
    // A slip is one still, and what is refused for another reason keeps all back.
    expect(await update(publisher, '--accept', 'A'.repeat(40))).toMatchObject({ exitCode: 2 });
    const written = await publisher.snapshot();
    publisher.publish('alpha.asc', publicKeyFile(await makeKey()));
    expect(await update(publisher, '--accept', digestOf(rootOf(rotated.roots, 2)))).toMatchObject({
      exitCode: 5,
    });
    expect(await publisher.snapshot()).toEqual(written);
  });

  test('a shorter list of logs', async ({ publisher }) => {
    await pin(publisher, repository());
    serve(publisher, repository(target(withoutLog)));
    const before = await publisher.snapshot();
    const { exitCode, stderr, anchor } = await update(publisher);
    expect([exitCode, anchor?.error?.code]).toEqual([6, 'TRUST_CHANGED']);
    expect(anchor?.trustedRoot?.changes).toMatchObject([{ effects: ['removed'] }]);
    expect(stderr).toContain('- transparency-log');
    expect(await publisher.snapshot()).toEqual(before);

    const [fingerprint = ''] = anchor?.needs ?? [];
    expect(await update(publisher, '--accept', fingerprint.toLowerCase())).toMatchObject({ exitCode: 0 });
    expect(await publisher.read('sigstore-trusted-root.json')).toBe(withoutLog);
    expect(await update(publisher, '--offline')).toMatchObject({ exitCode: 0 });
  });

  test('another TUF root', async ({ publisher }) => {
    const rotated = repository({ generations: [keys, newKeys] });
    await pin(publisher, rotated);
    serve(publisher, rotated);
    const before = await publisher.snapshot();
    const { exitCode, anchor } = await update(publisher);
    const newest = digestOf(rootOf(rotated.roots, 2));
    expect([exitCode, anchor?.error?.code]).toEqual([6, 'TRUST_CHANGED']);
    expect(anchor?.needs).toEqual([newest.slice(7).toUpperCase()]);
    expect(await publisher.snapshot()).toEqual(before);

    expect(await update(publisher, '--accept', newest)).toMatchObject({ exitCode: 0 });
    await requireChain(publisher, rotated.roots);
    expect(await update(publisher, '--check')).toMatchObject({ exitCode: 0 });
  });

  test('another TUF root, a log more and a log less in one run: each of them, or nothing', async ({
    publisher,
  }) => {
    const rotated = repository({ generations: [keys, newKeys], ...target(withOtherLog) });
    await pin(publisher, rotated);
    serve(publisher, rotated);
    const before = await publisher.snapshot();
    const { exitCode, anchor } = await update(publisher, '--check');
    expect(exitCode).toBe(6);
    const effects = anchor?.trustedRoot?.changes.flatMap((change) => change.effects);
    expect(effects?.toSorted()).toEqual(['added', 'removed', 'removed']);
    const needs = anchor?.needs ?? [];
    // The root and the two logs that go; the new log is what a repository may say by itself.
    expect(needs).toHaveLength(3);
    for (const one of needs) {
      expect(await update(publisher, '--accept', one)).toMatchObject({ exitCode: 6 });
      expect(await publisher.snapshot()).toEqual(before);
    }
    const accepted = needs.flatMap((one) => ['--accept', one]);
    expect(await update(publisher, ...accepted, '--check')).toMatchObject({ exitCode: 3 });
    expect(await publisher.snapshot()).toEqual(before);
    expect(await update(publisher, ...accepted)).toMatchObject({ exitCode: 0 });
    expect(await publisher.read('sigstore-trusted-root.json')).toBe(withOtherLog);
    expect(await update(publisher, '--check')).toMatchObject({ exitCode: 0 });
  });

  test('any other file, where the pinned one is not there to compare with', async ({ publisher }) => {
    await pin(publisher, repository());
    await writeFile(join(publisher.trustDir, 'sigstore-trusted-root.json'), '{}');
    serve(publisher, repository(target(withLog)));
    expect(await update(publisher)).toMatchObject({
      exitCode: 6,
      anchor: { error: { code: 'TRUST_CHANGED' } },
    });
    serve(publisher, repository());
    expect(await update(publisher)).toMatchObject({ exitCode: 0 });
    expect(await publisher.read('sigstore-trusted-root.json')).toBe(json);
  });
});

describe('what is refused, and leaves every file as it was', () => {
  const yesterday = new Date(now.getTime() - dayMs);
  const cases: readonly (readonly [string, string, Partial<TufRepositoryOptions>])[] = [
    ['an expired timestamp', 'METADATA_EXPIRED', { expires: { timestamp: yesterday } }],
    ['an expired root', 'METADATA_EXPIRED', { expires: { root: yesterday } }],
    ['targets that others signed', 'SIGNATURE_INVALID', { signers: { targets: strangers.targets } }],
    [
      'an older state than was seen',
      'METADATA_ROLLBACK',
      { versions: { targets: 1, snapshot: 1, timestamp: 1 } },
    ],
    ['no such target', 'EVIDENCE_MISSING', { target: { name: 'other.json', bytes: Buffer.from(json) } }],
    ['a root that cannot be relied on', 'SIGNER_UNTRUSTED', target('{}')],
  ];

  test.for(cases)('%s: %s', async ([, code, options], { publisher }) => {
    await pin(publisher, repository());
    serve(publisher, repository({ versions: { targets: 3, snapshot: 3, timestamp: 3 } }));
    expect(await update(publisher)).toMatchObject({ exitCode: 0 });
    serve(publisher, repository({ versions: { targets: 4, snapshot: 4, timestamp: 4 }, ...options }));
    const before = await publisher.snapshot();
    // Whatever else is pinned, an expired root is of the pinned version.
    if (options.expires?.root !== undefined) await pin(publisher, repository(options));
    const pinned = await publisher.snapshot();
    const { exitCode, anchor } = await update(publisher);
    expect([exitCode, anchor?.error?.code]).toEqual([5, code]);
    expect(await publisher.snapshot()).toEqual(pinned);
    expect(Object.keys(pinned)).toEqual(Object.keys(before));
  });

  test('a target that is not the one that was signed', async ({ publisher }) => {
    const published = repository();
    await pin(publisher, published);
    const path = [...published.files.keys()].find((name) => name.startsWith(`${tufHost}/targets/`)) ?? '';
    published.files.set(path, Buffer.from(withLog));
    serve(publisher, published);
    const before = await publisher.snapshot();
    expect(await update(publisher)).toMatchObject({ exitCode: 5 });
    expect(await publisher.snapshot()).toEqual(before);
  });
});

test.for([
  ['sigstore-trusted-root.json', withLog],
  [
    'sigstore-root.json',
    Buffer.from(rootOf(repository({ generations: [keys, newKeys] }).roots, 2)).toString(),
  ],
] as const)(
  'killed after %s, before the pins: refused until it is restored',
  async ([file, text], { publisher }) => {
    const rotated = repository({ generations: [keys, newKeys], ...target(withLog) });
    await pin(publisher, rotated);
    serve(publisher, rotated);
    const whole = await publisher.read(file);
    await writeFile(join(publisher.trustDir, file), text);
    const before = await publisher.snapshot();
    const accepted = ['--accept', digestOf(rootOf(rotated.roots, 2))];
    expect((await update(publisher, '--offline')).exitCode).toBe(5);
    expect((await update(publisher, ...accepted)).exitCode).toBeGreaterThanOrEqual(5);
    expect(await publisher.snapshot()).toEqual(before);
    await writeFile(join(publisher.trustDir, file), whole);
    expect(await update(publisher, ...accepted)).toMatchObject({ exitCode: 0 });
  },
);

test('--offline refuses a trust directory without the trusted root: nobody fetches it on the way', async ({
  publisher,
}) => {
  await pin(publisher, repository());
  await rm(join(publisher.trustDir, 'sigstore-trusted-root.json'));
  expect(await update(publisher, '--offline')).toMatchObject({
    exitCode: 5,
    anchor: { error: { code: 'EVIDENCE_MISSING' } },
  });
  serve(publisher, repository());
  expect(await update(publisher)).toMatchObject({ exitCode: 0 });
  expect(await update(publisher, '--offline')).toMatchObject({ exitCode: 0 });
});

test('--within tells when the TUF root expires, and --offline asks nobody', async ({ publisher }) => {
  await pin(publisher, repository());
  const soon = await update(publisher, '--offline', '--within', '400d');
  expect(soon.exitCode).toBe(3);
  expect(soon.document?.expiring).toMatchObject([{ what: 'TUF root', id: 'version 1' }]);
  expect(await update(publisher, '--offline', '--within', '300d')).toMatchObject({ exitCode: 0 });
  expect(publisher.server.requests).toEqual([]);
});

test('--within without a time means 60 days for keys and 14 for the TUF root', async ({ publisher }) => {
  const inDays = (days: number) => new Date(now.getTime() + days * dayMs);
  const lifetime = (days: number) => (inDays(days).getTime() - Date.parse('2024-01-01T00:00:00Z')) / 1000;
  const expiring = async (keyDays: number, rootDays: number, ...args: readonly string[]) => {
    const published = repository({ expires: { root: inDays(rootDays) } });
    const anchor = sigstoreAnchor(json, { bytes: rootOf(published.roots, 1), version: 1 });
    await pin(publisher, published);
    const key = await makeKey({ lifetime: lifetime(keyDays) });
    const fingerprints = [key.getFingerprint().toUpperCase()];
    await publisher.pin({ alpha: { fingerprints, committed: publicKeyFile(key) } }, { sigstore: anchor });
    const { exitCode, document } = await update(publisher, '--offline', ...args);
    expect(exitCode).toBe(document?.expiring.length === 0 ? 0 : 3);
    return document?.expiring.map(({ what }) => what);
  };
  expect(await expiring(61, 15, '--within')).toEqual([]);
  expect(await expiring(59, 15, '--within')).toEqual(['key']);
  expect(await expiring(61, 13, '--within')).toEqual(['TUF root']);
  expect(await expiring(59, 13, '--within')).toEqual(['key', 'TUF root']);
  // A time that is given counts for all.
  expect(await expiring(61, 59, '--within', '60d')).toEqual(['TUF root']);
  expect(await expiring(15, 15, '--within', '14d')).toEqual([]);
});

describe('what is kept to prove it', () => {
  const rotated = repository({ generations: [keys, keys, keys], ...target(withLog) });
  const [targetsFile, secondRoot] = ['sigstore-trusted-root-targets.json', 'sigstore-root-2.json'];

  test('begins at the newest kept root the next time, and is asked nothing about it again', async ({
    publisher,
  }) => {
    const others = repository({ generations: [keys, newKeys] });
    await pin(publisher, others);
    serve(publisher, others);
    await update(publisher, '--accept', digestOf(rootOf(others.roots, 2)));
    const next = repository({ generations: [keys, newKeys, newKeys], ...target(withLog) });
    serve(publisher, next);
    const before = publisher.server.requests.length;
    expect(await update(publisher)).toMatchObject({ exitCode: 0, anchor: { needs: [] } });
    const asked = publisher.server.requests.slice(before).map(({ path }) => path.split('/').at(-1));
    expect(asked.slice(0, 3)).toEqual(['3.root.json', '4.root.json', 'timestamp.json']);
    await requireChain(publisher, [...others.roots, rootOf(next.roots, 3)]);
    // Proofs that rest on the one before are judged by it, as far as this one has it too.
    expect(await publisher.read('pins.yaml')).toContain(`former:\n      - ${digestOf(Buffer.from(json))}`);
  });

  test('is said not to be there, where only a person vouches', async ({ publisher }) => {
    await pin(publisher, rotated);
    const { exitCode, stderr } = await update(publisher, '--offline');
    expect(exitCode).toBe(0);
    expect(stderr).toContain('proof: its digest in the pins alone: no signed TUF metadata is kept');
  });

  const bytesOf = (name: string) => Buffer.from(rotated.files.get(`${tufHost}/${name}`) ?? '').toString();
  const strangeTargets = repository({
    ...{ generations: [keys, keys, keys], ...target(withLog) },
    signers: { targets: strangers.targets },
  }).files.get(`${tufHost}/1.targets.json`);
  const ofAnother = repository().files.get(`${tufHost}/1.targets.json`);
  const refused: readonly (readonly [string, string, string, string | Uint8Array | undefined])[] = [
    ['targets that are gone', 'EVIDENCE_MISSING', targetsFile, undefined],
    ['targets of another trusted root', 'SIZE_MISMATCH', targetsFile, ofAnother],
    ['targets that others signed', 'SIGNATURE_INVALID', targetsFile, strangeTargets],
    ['a root in place of the targets', 'EVIDENCE_MALFORMED', targetsFile, bytesOf('3.root.json')],
    ['a root that is gone', 'EVIDENCE_MISSING', secondRoot, undefined],
    ['a later root in its place', 'SUBJECT_MISMATCH', secondRoot, bytesOf('3.root.json')],
    ['the pinned root once more', 'METADATA_ROLLBACK', secondRoot, bytesOf('1.root.json')],
  ];

  test.for(refused)('refused offline, named: %s', async ([, code, file, content], { publisher }) => {
    await pin(publisher, rotated, withLog);
    serve(publisher, rotated);
    expect(await update(publisher)).toMatchObject({ exitCode: 0 });
    const path = join(publisher.trustDir, file);
    await (content === undefined ? rm(path) : writeFile(path, content));
    const { exitCode, stderr, anchor } = await update(publisher, '--offline');
    expect([exitCode, anchor?.error?.code]).toEqual([5, code]);
    expect(stderr).toContain(file);
    // Targets are fetched anew; a chain with a hole is no place to begin at.
    expect((await update(publisher)).exitCode).toBe(file === targetsFile ? 0 : 5);
  });
});
