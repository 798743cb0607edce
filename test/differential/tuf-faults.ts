/** What may be wrong or rare in a TUF repository, each by itself, and by a name that docs/differences.md can use. */
import { flipBit } from '../../scripts/upstream/bits.ts';
import type { TufKey, TufRole } from '../../scripts/upstream/tuf-repository.ts';
import { mutateJson, type Json } from '../fuzz/mutate-json.ts';
import { mutate } from '../fuzz/mutate.ts';
import type { Random } from '../fuzz/random.ts';
import { roles, targetName, type Draft } from './tuf-draft.ts';
import { take, type Pool } from './tuf-keys.ts';

interface Fault {
  readonly name: string;
  /** Of a state in which nothing but the timestamp is new. */
  readonly isQuiet?: true;
  readonly apply: (draft: Draft, random: Random, pool: Pool) => void;
}

const dayMs = 86_400_000;

/** By the same keys: what a client has not seen. */
function renewRoot({ generations }: Draft): void {
  generations.push(generations.at(-1)!);
}

/** Of any role: of the root it is the newest that is changed, which a client has not seen. */
function edit(draft: Draft, role: TufRole, change: (signed: Loose) => void): void {
  if (role === 'root') renewRoot(draft);
  const newest = draft.generations.length;
  draft.edits[role].push((signed: { version: number }) => {
    if (role !== 'root' || signed.version === newest) change(signed);
  });
}

/** Signed metadata, or what is in it, of which everything may be changed. */
type Loose = Record<string, unknown>;

function fileOf(draft: Draft, role: TufRole): string {
  if (role === 'timestamp') return 'timestamp.json';
  return role === 'root'
    ? `${String(draft.generations.length)}.root.json`
    : `${String(draft.versions[role])}.${role}.json`;
}

/** The file of a role, once it is signed. Undefined: it is gone. */
function rewrite(draft: Draft, role: TufRole, change: (bytes: Buffer) => Uint8Array | undefined): void {
  if (role === 'root') renewRoot(draft);
  rewriteFile(draft, fileOf(draft, role), change);
  // Whoever lists a digest of it would refuse it by that alone.
  const above = role === 'targets' ? 'snapshot' : role === 'snapshot' ? 'timestamp' : undefined;
  if (above !== undefined)
    editMeta(draft, above, (entry) => {
      delete entry['length'];
      delete entry['hashes'];
    });
}

function rewriteFile(draft: Draft, path: string, change: (bytes: Buffer) => Uint8Array | undefined): void {
  draft.after.push((files) => {
    const bytes = files.get(path);
    const changed = bytes === undefined ? undefined : change(Buffer.from(bytes));
    if (changed === undefined) files.delete(path);
    else files.set(path, changed);
  });
}

function rewriteText(draft: Draft, role: TufRole, change: (text: string) => string): void {
  rewrite(draft, role, (bytes) => Buffer.from(change(bytes.toString())));
}

function editSignatures(draft: Draft, role: TufRole, change: (signatures: Signature[]) => void): void {
  rewriteText(draft, role, (text) => {
    const document = JSON.parse(text) as { readonly signatures: Signature[] };
    change(document.signatures);
    return JSON.stringify(document);
  });
}

interface Signature {
  keyid: string;
  sig: string;
}

/** What a timestamp says of the snapshot, or a snapshot of the targets. */
function editMeta(
  draft: Draft,
  role: 'timestamp' | 'snapshot',
  change: (entry: Loose, meta: Loose) => void,
): void {
  edit(draft, role, (signed) => {
    const meta = signed['meta'] as Loose;
    change(meta[listedBy[role]] as Loose, meta);
  });
}

const listedBy = { timestamp: 'snapshot.json', snapshot: 'targets.json' };

function editTarget(draft: Draft, change: (entry: Loose, targets: Loose) => void): void {
  edit(draft, 'targets', (signed) => {
    const targets = signed['targets'] as Loose;
    change(targets[targetName] as Loose, targets);
  });
}

/** How the root says who signs for a role. */
function editRole(draft: Draft, role: TufRole, change: (entry: Loose, root: Loose) => void): void {
  edit(draft, 'root', (root) => {
    change((root['roles'] as Record<string, Loose>)[role]!, root);
  });
}

const values: readonly unknown[] = [null, true, 0, -1, 1.5, '1', 2 ** 53, '', [], {}];
const dates: readonly string[] = [
  ...['2099-01-02T03:04:05.000Z', '2099-01-02T03:04:05+00:00', '2099-01-02T03:04:05', '2099-01-02'],
  ...[
    '2099-02-30T00:00:00Z',
    '2099-01-02T03:04Z',
    '2099-01-02 03:04:05Z',
    '2099-01-02t03:04:05z',
    '99999-01-02T03:04:05Z',
  ],
  ...['', 'never', '4070908800'],
];
const specVersions = ['2.0.0', '0.9', '1', '1.1', '1.0', '1.0.31.1', '01.0.0', '1.x', '', '1.99.0'];
/** What nobody knows, but is signed. */
const strangeValues: readonly unknown[] = [
  ...['plain', 'é€😀', 'e\u0301', 'a"b\\c', 'line\nfeed', 'nul\0', '\u007f\u2028', '\ud800'],
  ...[
    0.5,
    1e21,
    -0,
    2 ** 53 + 2,
    null,
    [],
    {},
    { b: 1, a: [{ d: 1, c: 2 }] },
    { é: 1, e: 2, '😀': 3, '\uffff': 4 },
  ],
];

const ofAnyRole = (role: TufRole): readonly Fault[] => {
  const named = (what: string, apply: Fault['apply']): Fault => ({ name: `${role}: ${what}`, apply });
  const edited = (what: string, change: (signed: Loose, random: Random, draft: Draft) => void) =>
    named(what, (draft, random) => {
      edit(draft, role, (signed) => {
        change(signed, random, draft);
      });
    });
  return [
    named('expired', (draft) => {
      if (role === 'root') renewRoot(draft);
      draft.expires[role] = new Date(draft.now.getTime() - dayMs);
    }),
    edited('expires in another form', (signed, random) => (signed['expires'] = random.of(dates))),
    edited('a version of another kind', (signed, random) => (signed['version'] = random.of(values))),
    edited('another version than its name says', (signed, random) => {
      signed['version'] = Number(signed['version']) + random.of([-1, 1, 2, 100])!;
    }),
    edited('another version of the specification', (signed, random) => {
      signed['spec_version'] = random.of(specVersions);
    }),
    edited('another type', (signed, random) => (signed['_type'] = random.of([...roles, 'Root', '', null]))),
    edited('a field that nobody knows', (signed, random) => (signed['x-field'] = random.of(strangeValues))),
    edited('a field less', (signed, random) => {
      Reflect.deleteProperty(signed, random.of(Object.keys(signed))!);
    }),
    edited('changed as JSON, then signed', (signed, random) => {
      changeJson(signed, random);
    }),
    named('changed, once signed', (draft, random) => {
      rewrite(draft, role, (bytes) => mutate(bytes, random, []));
    }),
    named('changed as JSON, once signed', (draft, random) => {
      rewrite(draft, role, (bytes) => mutateJson(bytes, random, [], mutate) ?? bytes);
    }),
    named('a bit', (draft, random) => {
      rewrite(draft, role, (bytes) => flipBit(bytes, random.below(bytes.length * 8)));
    }),
    named('gone', (draft) => {
      rewrite(draft, role, () => undefined);
    }),
    named('empty', (draft) => {
      rewrite(draft, role, () => Buffer.alloc(0));
    }),
    named('other white space', (draft) => {
      rewriteText(
        draft,
        role,
        (text) => `\r\n${JSON.stringify(JSON.parse(text), null, 8).replaceAll('\n', '\r\n')}\t`,
      );
    }),
    named('a byte order mark', (draft) => {
      rewriteText(draft, role, (text) => `\ufeff${text}`);
    }),
    named('something behind it', (draft, random) => {
      rewriteText(draft, role, (text) => text + random.of(['x', '{}', '\0', '\u00a0', '// x'])!);
    }),
    named('a key of JSON twice', (draft, random) => {
      rewriteText(draft, role, (text) =>
        random.oneIn(2)
          ? text.replace('"version"', `"version": ${String(random.below(9))}, "version"`)
          : text.replace(/"version": ?(\d+)/, '"version": $1, "version": $1'),
      );
    }),
    named('letters escaped', (draft) => {
      rewriteText(draft, role, (text) => text.replace('"_type"', String.raw`"\u005ftype"`));
    }),
    named('nobody signs', (draft) => (draft.signers[role] = [])),
    named('strangers sign', (draft, random, pool) => {
      if (role === 'root') renewRoot(draft);
      draft.signers[role] = take(4, random, pool);
    }),
    named('one signature too few', (draft) => {
      if (role === 'root') renewRoot(draft);
      draft.signers[role] = draft.generations.at(-1)![role].slice(0, draft.thresholds[role] - 1);
    }),
    named('no signature to spare', (draft) => {
      if (role === 'root') renewRoot(draft);
      draft.signers[role] = draft.generations.at(-1)![role].slice(0, draft.thresholds[role]);
    }),
    named('the keys of another role sign', (draft, random) => {
      if (role === 'root') renewRoot(draft);
      draft.signers[role] = draft.generations.at(-1)![random.of(roles.filter((one) => one !== role))!];
    }),
    named('a signature twice', (draft, random) => {
      editSignatures(draft, role, (all) => all.push({ ...random.of(all)! }));
    }),
    named('a wrong signature by the same key before the right one', (draft, random) => {
      editSignatures(draft, role, (all) => all.unshift({ ...random.of(all)!, sig: 'aa'.repeat(64) }));
    }),
    named('a signature by nobody known beside', (draft, random) => {
      editSignatures(draft, role, (all) =>
        all.splice(random.below(2), 0, { keyid: 'x', sig: random.of(['', 'aa', 'AA'])! }),
      );
    }),
    named('signatures in capitals', (draft) => {
      editSignatures(draft, role, (all) => {
        for (const one of all) one.sig = one.sig.toUpperCase();
      });
    }),
    named('signatures that end in rubbish', (draft, random) => {
      editSignatures(draft, role, (all) => {
        for (const one of all) one.sig += random.of(['zz', '0', ' ', '00'])!;
      });
    }),
    named('signatures with a field more', (draft) => {
      editSignatures(draft, role, (all) => {
        for (const one of all) Object.assign(one, { method: 'x' });
      });
    }),
    ...ofItsKeys(role),
  ];
};

const ofItsKeys = (role: TufRole): readonly Fault[] => {
  const named = (
    what: string,
    change: (entry: Loose, root: Loose, random: Random, pool: Pool) => void,
  ): Fault => ({
    name: `root, of ${role}: ${what}`,
    apply: (draft, random, pool) => {
      editRole(draft, role, (entry, root) => {
        change(entry, root, random, pool);
      });
    },
  });
  const keyIds = (entry: Loose) => entry['keyids'] as string[];
  const keys = (root: Loose) => root['keys'] as Record<string, TufKey['json']>;
  return [
    named('a threshold of another kind', (entry, _root, random) => (entry['threshold'] = random.of(values))),
    named('a threshold above its keys', (entry) => (entry['threshold'] = keyIds(entry).length + 1)),
    named('a key ID twice', (entry) => keyIds(entry).push(keyIds(entry)[0]!)),
    named('a key ID that is nowhere', (entry) => keyIds(entry).push('f'.repeat(64))),
    named('a field that nobody knows', (entry) => (entry['x-field'] = 1)),
    named('no keys', (entry) => (entry['keyids'] = [])),
    named('another key ID than the key has', (entry, root) => {
      const [id = ''] = keyIds(entry);
      keys(root)['f'.repeat(64)] = keys(root)[id]!;
      keyIds(entry)[0] = 'f'.repeat(64);
    }),
    named('a key of a rare kind beside', (entry, root, random, pool) => {
      const { id, json } = random.of(pool.rare)!;
      keys(root)[id] = json;
      keyIds(entry).push(id);
    }),
    named('a key of an unknown kind beside', (entry, root, random) => {
      keys(root)['k'] = random.of([
        { keytype: 'x', scheme: 'x', keyval: { public: 'x' } },
        { keytype: 'ed25519', scheme: 'x', keyval: { public: 'aa' } },
        { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256', keyval: { public: 'no PEM' } },
        { keytype: 'rsa', scheme: 'rsassa-pss-sha256', keyval: { public: '' } },
      ])!;
      keyIds(entry).push('k');
    }),
    named('a field of a key that nobody knows', (entry, root, random) => {
      const [id = ''] = keyIds(entry);
      keys(root)[id] = { ...keys(root)[id]!, ...{ 'x-field': random.of(strangeValues) } };
    }),
  ];
};

/** Of what a timestamp says of the snapshot, a snapshot of the targets, and the targets of a file. */
const digestFaults: readonly {
  readonly what: string;
  readonly change: (entry: Loose, random: Random) => void;
}[] = [
  {
    what: 'lists another length',
    change: (entry, random) => (entry['length'] = Number(entry['length']) + random.of([-1, 1])!),
  },
  {
    what: 'lists a length of another kind',
    change: (entry, random) => (entry['length'] = random.of(values)),
  },
  { what: 'lists no length', change: (entry) => Reflect.deleteProperty(entry, 'length') },
  { what: 'lists no digests', change: (entry) => Reflect.deleteProperty(entry, 'hashes') },
  { what: 'lists digests of another kind', change: (entry, random) => (entry['hashes'] = random.of(values)) },
  { what: 'lists an empty set of digests', change: (entry) => (entry['hashes'] = {}) },
  { what: 'lists a wrong SHA-256', change: (entry) => (hashes(entry)['sha256'] = '0'.repeat(64)) },
  { what: 'lists a wrong SHA-512 beside', change: (entry) => (hashes(entry)['sha512'] = '0'.repeat(128)) },
  { what: 'lists SHA-512 alone', change: (entry) => Reflect.deleteProperty(hashes(entry), 'sha256') },
  { what: 'lists SHA-256 alone', change: (entry) => Reflect.deleteProperty(hashes(entry), 'sha512') },
  { what: 'lists a digest of an unknown kind beside', change: (entry) => (hashes(entry)['x'] = 'aa') },
  {
    what: 'lists a wrong MD5 or SHA-1 beside',
    change: (entry, random) => (hashes(entry)[random.of(['md5', 'sha1', 'sha384'])!] = 'aa'),
  },
  { what: 'lists a digest of an unknown kind alone', change: (entry) => (entry['hashes'] = { x: 'aa' }) },
  {
    what: 'lists a SHA-256 that is cut',
    change: (entry) => (hashes(entry)['sha256'] = hashes(entry)['sha256']!.slice(2)),
  },
  {
    what: 'lists digests in capitals',
    change: (entry) => (entry['hashes'] = mapValues(hashes(entry), (hex) => hex.toUpperCase())),
  },
];

const hashes = (entry: Loose) => entry['hashes'] as Record<string, string>;

function mapValues(all: Record<string, string>, change: (value: string) => string): Record<string, string> {
  return Object.fromEntries(Object.entries(all).map(([key, value]) => [key, change(value)]));
}

const ofListed = (role: 'timestamp' | 'snapshot'): readonly Fault[] => {
  const listed = role === 'timestamp' ? 'snapshot' : 'targets';
  const named = (what: string, change: (entry: Loose, meta: Loose, random: Random) => void): Fault => ({
    name: `${role}: ${what}`,
    apply: (draft, random) => {
      editMeta(draft, role, (entry, meta) => {
        change(entry, meta, random);
      });
    },
  });
  return [
    ...digestFaults.map(({ what, change }) =>
      named(what, (entry, _meta, random) => {
        change(entry, random);
      }),
    ),
    named('names none', (_entry, meta) => {
      Reflect.deleteProperty(meta, `${listed}.json`);
    }),
    named('names one that nobody knows beside', (_entry, meta) => (meta['other.json'] = { version: 1 })),
    named('names an older version', (entry) => (entry['version'] = 1)),
    named(
      'names a version of another kind',
      (entry, _meta, random) => (entry['version'] = random.of(values)),
    ),
    named(
      'names a field that nobody knows',
      (entry, _meta, random) => (entry['x-field'] = random.of(strangeValues)),
    ),
  ];
};

const ofTarget: readonly Fault[] = [
  ...digestFaults.map(({ what, change }) => ({
    name: `targets: ${what} of the file`,
    apply: (draft: Draft, random: Random) => {
      editTarget(draft, (entry) => {
        change(entry, random);
      });
    },
  })),
  {
    name: 'targets: none of that name',
    apply: (draft) => {
      editTarget(draft, (_entry, targets) => Reflect.deleteProperty(targets, targetName));
    },
  },
  {
    name: 'targets: more files, with strange names',
    apply: (draft, random) => {
      editTarget(draft, (entry, targets) => {
        for (const name of ['a/b', '../x', '', 'constructor', 'é', random.of(['__proto__ ', ' ', '/'])!]) {
          targets[name] = { ...entry };
        }
      });
    },
  },
  {
    name: 'targets: custom data',
    apply: (draft, random) => {
      editTarget(draft, (entry) => (entry['custom'] = random.of(strangeValues)));
    },
  },
  {
    name: 'targets: a delegated role has the file',
    apply: (draft, random, pool) => {
      const [key] = take(1, random, pool);
      edit(draft, 'targets', (signed) => {
        signed['targets'] = {};
        signed['delegations'] = delegationTo(key!);
      });
    },
  },
  {
    name: 'targets: a delegated role beside',
    apply: (draft, random, pool) => {
      const [key] = take(1, random, pool);
      edit(draft, 'targets', (signed) => (signed['delegations'] = delegationTo(key!)));
    },
  },
  {
    name: 'the file: another',
    apply: (draft, random) => {
      draft.after.push((files) => {
        for (const path of [...files.keys()].filter((one) => one.startsWith('targets/'))) {
          const bytes = files.get(path)!;
          const others = [
            flipBit(bytes, random.below(8 * bytes.length)),
            bytes.subarray(1),
            Buffer.concat([bytes, bytes]),
          ];
          const other = random.of([...others, undefined]);
          if (other === undefined) files.delete(path);
          else files.set(path, other);
        }
      });
    },
  },
];

function delegationTo({ id, json }: TufKey): object {
  const role = { name: 'other', keyids: [id], threshold: 1, terminating: true, paths: ['*'] };
  return { keys: { [id]: json }, roles: [role] };
}

const ofVersions: readonly Fault[] = (['timestamp', 'snapshot', 'targets'] as const).flatMap((role) => [
  { name: `${role}: an older version than was seen`, apply: (draft) => (draft.versions[role] -= 2) },
  {
    name: `${role}: another of the version that was seen`,
    apply: (draft) => {
      draft.versions[role] -= 1;
      draft.target = Buffer.from('another\n');
    },
  },
  { name: `${role}: a version far ahead`, apply: (draft) => (draft.versions[role] += 1e9) },
]);

const ofRoots: readonly Fault[] = [
  {
    name: 'roots: the new one by the old keys alone',
    apply: (draft, random, pool) => {
      const last = draft.generations.at(-1)!;
      draft.generations.push({ ...last, root: take(last.root.length, random, pool) });
      draft.signers.root = last.root;
    },
  },
  {
    name: 'roots: the new one by the new keys alone',
    apply: (draft, random, pool) => {
      const last = draft.generations.at(-1)!;
      const root = take(last.root.length, random, pool);
      draft.generations.push({ ...last, root });
      draft.signers.root = root.filter((key) => !last.root.includes(key));
    },
  },
  {
    name: 'roots: all but the newest have expired',
    apply: (draft) => {
      draft.generations.push(draft.generations.at(-1)!, draft.generations.at(-1)!);
      const newest = draft.generations.length;
      draft.edits.root.push((signed) => {
        if (signed.version < newest) signed.expires = '2020-01-01T00:00:00Z';
      });
    },
  },
  {
    name: 'roots: one key under two IDs, and both count',
    apply: (draft) => {
      const [last, again] = [draft.generations.at(-1)!, 'f'.repeat(64)];
      const one = last.targets[0]!;
      draft.thresholds.targets = last.targets.length + 1;
      draft.generations.push({ ...last, targets: [...last.targets, { ...one, id: again }] });
    },
  },
  {
    name: 'roots: no consistent snapshots',
    apply: (draft) => {
      edit(draft, 'root', (signed) => (signed['consistent_snapshot'] = false));
      draft.after.push((files) => {
        for (const [path, bytes] of [...files]) {
          files.set(path.replace(/^\d+\.(snapshot|targets)|^(targets\/)[0-9a-f]+\./, '$1$2'), bytes);
        }
      });
    },
  },
  {
    name: 'roots: a role of another name',
    apply: (draft) => {
      edit(draft, 'root', (signed) =>
        Object.assign(signed['roles'] as Loose, { mirrors: { keyids: [], threshold: 1 } }),
      );
    },
  },
  {
    name: 'roots: one is missing in between',
    apply: (draft) => {
      draft.generations.push(draft.generations.at(-1)!, draft.generations.at(-1)!);
      rewriteFile(draft, `${String(draft.generations.length - 1)}.root.json`, () => undefined);
    },
  },
  {
    name: 'roots: a later one in place of the next',
    apply: (draft) => {
      draft.generations.push(draft.generations.at(-1)!, draft.generations.at(-1)!);
      const last = draft.generations.length;
      draft.after.push((files) =>
        files.set(`${String(last - 1)}.root.json`, files.get(`${String(last)}.root.json`)!),
      );
    },
  },
];

function changeJson(signed: Loose, random: Random): void {
  const changed = mutateJson(Buffer.from(JSON.stringify(signed)), random, [], mutate);
  const text = changed?.toString() ?? '{}';
  for (const key of Object.keys(signed)) Reflect.deleteProperty(signed, key);
  Object.assign(signed, JSON.parse(text) as Record<string, Json>);
}

export const faults: readonly Fault[] = [
  { name: 'nothing', apply: () => undefined },
  { name: 'nothing but a timestamp', isQuiet: true, apply: () => undefined },
  ...roles.flatMap(ofAnyRole),
  ...ofListed('timestamp'),
  ...ofListed('snapshot'),
  ...ofTarget,
  ...ofVersions,
  ...ofRoots,
];
