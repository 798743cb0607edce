/** What a repository, a mirror or whoever has some of the keys may try, and what becomes of it. */
import { describe, expect, it } from 'vitest';
import { redirect, refuse, type Behaviour } from '../../../../scripts/upstream/behaviours.ts';
import type { UpstreamServer } from '../../../../scripts/upstream/server.ts';
import type { TufRepository } from '../../../../scripts/upstream/tuf-repository.ts';
import { virtualFile } from '../../../../scripts/upstream/virtual-file.ts';
import type { TufVersions } from '../../../../src/formats/own/tuf-versions.ts';
import { TransportError, VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  pinOf,
  dayMs,
  fileOf,
  hashedName,
  keys,
  newKeys,
  now,
  pathOf,
  repository,
  rootOf,
  strangers,
  target,
  update,
  withFile,
  type Asked,
} from '../../../support/tuf-rehearsal.ts';

const first = repository();
const seen: TufVersions = { root: 1, timestamp: 30, snapshot: 20, targets: 10 };
const versions = { timestamp: 30, snapshot: 20, targets: 10 };

async function refused(code: ErrorCode, published: TufRepository, asked?: Asked): Promise<void> {
  await refusal(update(published, asked), VerificationError, code);
}

describe('refuses a repository', () => {
  it.each(['root', 'timestamp', 'snapshot', 'targets'] as const)('whose %s has expired', async (role) => {
    await refused('METADATA_EXPIRED', repository({ expires: { [role]: now } }));
    await update(repository({ expires: { [role]: new Date(now.getTime() + 1000) } }));
  });

  it.each(['timestamp', 'snapshot', 'targets'] as const)(
    'whose %s is older than the one seen',
    async (role) => {
      const older = { ...versions, [role]: versions[role] - 1 };
      await refused('METADATA_ROLLBACK', repository({ versions: older }), { seen });
    },
  );

  it('whose root is older than the one seen', async () => {
    await refused('METADATA_ROLLBACK', repository({ versions }), { seen: { ...seen, root: 2 } });
  });

  it.each(['timestamp', 'snapshot', 'targets'] as const)('whose %s nobody has signed', async (role) => {
    await refused('SIGNATURE_INVALID', repository({ signers: { [role]: [] } }));
  });

  it.each(['timestamp', 'snapshot', 'targets'] as const)('whose %s others have signed', async (role) => {
    await refused('SIGNATURE_INVALID', repository({ signers: { [role]: strangers[role] } }));
  });

  it('whose timestamp the keys of another role have signed', async () => {
    await refused('SIGNATURE_INVALID', repository({ signers: { timestamp: keys.targets } }));
  });

  it('whose targets too few have signed, or one of them twice', async () => {
    const [one, two] = keys.targets;
    await refused('SIGNATURE_INVALID', repository({ signers: { targets: [one!] } }));
    await refused('EVIDENCE_MALFORMED', repository({ signers: { targets: [one!, one!] } }));
    await refused('SIGNATURE_INVALID', repository({ signers: { targets: [one!, strangers.targets[0]!] } }));
    await update(repository({ signers: { targets: [one!, two!] } }));
  });

  it.each([
    ['the old keys alone', keys.root],
    ['the new keys alone', newKeys.root],
    ['too few of the old', [keys.root[0]!, ...newKeys.root]],
    ['too few of the new', [...keys.root, newKeys.root[0]!]],
    ['others', strangers.root],
  ])('whose new root is signed by %s', async (_, root) => {
    await refused('SIGNATURE_INVALID', repository({ generations: [keys, newKeys], signers: { root } }));
  });

  it('that passes an old root, or one of later, for the next', async () => {
    const published = repository({ generations: [keys, keys, keys] });
    const replay = (version: number): Behaviour => serveBytes(rootOf(published.roots, version));
    await refused('METADATA_ROLLBACK', published, { overrides: { '2.root.json': replay(1) } });
    await refused('SUBJECT_MISMATCH', published, { overrides: { '2.root.json': replay(3) } });
  });

  it('that mixes documents of two states', async () => {
    const [old, later] = [repository({ versions }), repository({ versions: { ...versions, timestamp: 31 } })];
    // The same version, signed by the right keys, at another time.
    const other = repository({ versions, expires: { snapshot: new Date(now.getTime() + dayMs) } });
    later.files.set(pathOf('20.snapshot.json'), fileOf(other, '20.snapshot.json'));
    await refused('SIZE_MISMATCH', withFile(later, '20.snapshot.json', Buffer.alloc(1)));
    await refused('DIGEST_MISMATCH', later);
    await refused(
      'DIGEST_MISMATCH',
      withFile(old, '10.targets.json', flipped(fileOf(old, '10.targets.json'))),
    );
  });

  it.each([
    ['an older', 19, 'METADATA_ROLLBACK'],
    ['a later', 21, 'SUBJECT_MISMATCH'],
  ] as const)(
    'whose timestamp names a snapshot without its digest, where %s one is',
    async (_, version, code) => {
      const bare = repository({
        versions,
        edit: { timestamp: ({ meta }) => (meta['snapshot.json'] = { version: 20 }) },
      });
      await update(bare);
      const other = repository({ versions: { ...versions, snapshot: version } });
      bare.files.set(pathOf('20.snapshot.json'), fileOf(other, `${String(version)}.snapshot.json`));
      await refused(code, bare);
    },
  );

  it.each([
    ['an older', 9, 'METADATA_ROLLBACK'],
    ['a later', 11, 'SUBJECT_MISMATCH'],
  ] as const)(
    'whose snapshot names targets without their digest, where %s one is',
    async (_, version, code) => {
      const bare = repository({
        versions,
        edit: { snapshot: ({ meta }) => (meta['targets.json'] = { version: 10 }) },
      });
      await update(bare);
      const other = repository({ versions: { ...versions, targets: version } });
      await refused(
        code,
        withFile(bare, '10.targets.json', fileOf(other, `${String(version)}.targets.json`)),
      );
    },
  );

  it('that lost the file of a document, or of the target', async () => {
    for (const name of ['timestamp.json', '1.snapshot.json', '1.targets.json', hashedName]) {
      const run = update(first, { overrides: { [name]: refuse(404) } });
      await refusal(run, TransportError, 'NOT_FOUND');
    }
  });

  it('that has no such target, even if a delegated role has it', async () => {
    const pin = { ...pinOf(first), target: 'other.json' };
    await refused('EVIDENCE_MISSING', first, { pin });
    await refused('EVIDENCE_MISSING', first, { pin: { ...pin, target: 'constructor' } });
    const delegated = repository({
      edit: {
        targets: (targets) => {
          targets.targets = {};
          const { id, json } = keys.timestamp[0]!;
          const role = { name: 'other', keyids: [id], threshold: 1, terminating: true, paths: ['*'] };
          Object.assign(targets, { delegations: { keys: { [id]: json }, roles: [role] } });
        },
      },
    });
    await refused('EVIDENCE_MISSING', delegated);
  });

  it('whose target is another file, longer or shorter', async () => {
    await refused('DIGEST_MISMATCH', withFile(first, hashedName, flipped(target.bytes)));
    await refused('SIZE_MISMATCH', withFile(first, hashedName, target.bytes.subarray(1)));
    await refused(
      'SIZE_MISMATCH',
      withFile(first, hashedName, Buffer.concat([target.bytes, Buffer.alloc(1)])),
    );
  });

  it('that lists a wrong digest or length of the target', async () => {
    const listing = (change: (listed: { length: number; hashes: Record<string, string> }) => void) =>
      repository({
        edit: {
          targets: ({ targets }) => {
            change(targets[target.name]!);
          },
        },
      });
    await refused(
      'SIZE_MISMATCH',
      listing((listed) => {
        listed.length++;
      }),
    );
    const second = listing(({ hashes }) => {
      hashes['sha512'] = 'a'.repeat(128);
    });
    await refused('DIGEST_MISMATCH', second);
    const wrong = listing(({ hashes }) => {
      hashes['sha256'] = 'a'.repeat(64);
    });
    const lying = withFile(wrong, `targets/${'a'.repeat(64)}.trusted_root.json`, target.bytes);
    await refused('DIGEST_MISMATCH', lying);
    await refused(
      'EVIDENCE_MALFORMED',
      listing(({ hashes }) => {
        hashes['sha256'] = 'aa';
      }),
    );
    await refused(
      'ALGORITHM_REFUSED',
      listing((listed) => {
        listed.hashes = { md5: 'a'.repeat(32) };
      }),
    );
  });
});

describe('a server', () => {
  it.each(['2.root.json', 'timestamp.json', '1.snapshot.json', '1.targets.json', hashedName])(
    'that sends 50 MB for %s is cut off',
    async (name) => {
      let server: UpstreamServer | undefined;
      const contents = { [name]: virtualFile(name, 50_000_000) };
      const run = update(first, { contents }, (opened) => (server = opened));
      await refusal(run, TransportError, 'TOO_LARGE');
      // The log has an answer once its connection is gone.
      const sent = () => server?.log.find(({ path }) => path === pathOf(name))?.sentBytes;
      await expect.poll(sent).toBeLessThan(10_000_000);
    },
  );

  it('that says no length and sends without end is cut off', async () => {
    const endless: Behaviour = (_request, response) => {
      const more = () => {
        while (!response.destroyed && response.write(Buffer.alloc(65_536)));
      };
      response.on('drain', more);
      more();
    };
    await refusal(update(first, { overrides: { 'timestamp.json': endless } }), TransportError, 'TOO_LARGE');
  });

  it.each(['2.root.json', 'timestamp.json', hashedName])(
    'that redirects %s to plain HTTP is refused',
    async (name) => {
      const overrides = { [name]: redirect(`http://tuf.example/${name}`) };
      await refusal(update(first, { overrides }), TransportError, 'REDIRECT_REFUSED');
    },
  );

  const forbidden: Behaviour = (_request, response) => {
    const xml =
      '<?xml version="1.0"?><Error><Code>AccessDenied</Code><Message>Access Denied</Message></Error>';
    response.writeHead(403, { 'content-type': 'application/xml' }).end(xml);
  };

  it.each([
    ['limits what it answers', refuse(403, { 'retry-after': '60' }), 'RATE_LIMITED'],
    ['wants to know who asks', refuse(401), 'HTTP_STATUS'],
    ['fails', refuse(500), 'HTTP_STATUS'],
    ['answers otherwise', refuse(400), 'HTTP_STATUS'],
  ] as const)('that %s does not end the chain of roots', async (_what, behaviour, code) => {
    await refusal(update(first, { overrides: { '2.root.json': behaviour } }), TransportError, code);
  });

  it.each(['timestamp.json', '1.snapshot.json', '1.targets.json', hashedName])(
    'that forbids %s has not said what is in it',
    async (name) => {
      await refusal(update(first, { overrides: { [name]: forbidden } }), TransportError, 'HTTP_STATUS');
    },
  );

  it('that forbids a root ends the chain there, and no later than the last one expires', async () => {
    const published = repository({ generations: [keys, keys, newKeys] });
    const ended = await update(published, { overrides: { '4.root.json': forbidden } });
    expect(ended.versions.root).toBe(3);
    // What the rest is signed with is not known then.
    await refused('SIGNATURE_INVALID', published, { overrides: { '3.root.json': forbidden } });
    const expired = repository({ expires: { root: now } });
    await refused('METADATA_EXPIRED', expired, { overrides: { '2.root.json': forbidden } });
    // Nor may the one that was seen before be withheld.
    const hidden = { overrides: { '2.root.json': forbidden }, seen: { ...seen, root: 2 } };
    await refused('METADATA_ROLLBACK', repository({ generations: [keys, keys] }), hidden);
  });

  it('that has new roots without end is left', async () => {
    const generations = Array.from({ length: 66 }, () => keys);
    await refused('LIMIT_EXCEEDED', repository({ generations }));
    await update(repository({ generations: generations.slice(1) }));
  });
});

/** One bit in the middle, where it changes neither the length nor the JSON around it. */
function flipped(bytes: Uint8Array): Buffer {
  const copy = Buffer.from(bytes);
  const middle = copy.length >> 1;
  copy.writeUInt8(copy.readUInt8(middle) ^ 1, middle);
  return copy;
}

function serveBytes(bytes: Uint8Array): Behaviour {
  return (_request, response) => {
    response.end(bytes);
  };
}
