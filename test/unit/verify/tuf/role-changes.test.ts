/** Which change of a TUF root is one of who signs, and which is none. */
import { describe, expect, it } from 'vitest';
import type { TufKeys } from '../../../../scripts/upstream/tuf-repository.ts';
import { parseTufDocument } from '../../../../src/verify/tuf/metadata.ts';
import { compareRoles } from '../../../../src/verify/tuf/role-changes.ts';
import { keys, newKeys, repository, rootOf } from '../../../support/tuf-rehearsal.ts';

type Edit = NonNullable<NonNullable<Parameters<typeof repository>[0]>['edit']>['root'];

/** From the first root to the second, which has these keys, and this done to it. */
function changes(second: TufKeys, edit: Edit = () => undefined) {
  const root = (signed: Parameters<NonNullable<Edit>>[0]) => {
    if (signed.version === 2) edit(signed);
  };
  const { roots } = repository({ generations: [keys, second], edit: { root } });
  const [before, after] = [1, 2].map((version) => parseTufDocument('root', rootOf(roots, version), 'root'));
  return compareRoles(before!, after!);
}

const ids = (list: readonly { readonly id: string }[]) => list.map(({ id }) => id);

describe('compareRoles', () => {
  it('says nothing of a root that is only of another version and date', () => {
    expect(changes(keys, (root) => (root.expires = '2031-01-01T00:00:00Z'))).toEqual([]);
  });

  it('says nothing of keys in another order, under another ID, or of no role', () => {
    const [first] = keys.root;
    expect(
      changes(keys, (root) => {
        root.roles['root']?.keyids.reverse();
        root.keys['spare'] = newKeys.timestamp[0]!.json;
        // The same key, whose description somebody wrote anew.
        root.keys['renamed'] = root.keys[first!.id]!;
        for (const role of Object.values(root.roles)) {
          role.keyids = role.keyids.map((id) => (id === first!.id ? 'renamed' : id));
        }
      }),
    ).toEqual([]);
  });

  it.each(['root', 'timestamp', 'snapshot', 'targets'] as const)('names the keys of %s', (role) => {
    const [gone, come] = [keys[role][0]!, newKeys[role][0]!];
    const [change, ...others] = changes({ ...keys, [role]: [...keys[role].slice(1), come] });
    expect(others).toEqual([]);
    expect([change?.role, ids(change?.added ?? []), ids(change?.removed ?? [])]).toEqual([
      role,
      [come.id],
      [gone.id],
    ]);
  });

  it('names the holder, where the root does', () => {
    const come = newKeys.root[0]!;
    const [change] = changes({ ...keys, root: [...keys.root, come] }, (root) => {
      root.keys[come.id] = { ...come.json, 'x-tuf-on-ci-keyowner': '@ann' } as typeof come.json;
    });
    expect(change?.added).toEqual([{ id: come.id, holder: '@ann' }]);
  });

  it('names no holder but by a text, and keys that the root does not have by their IDs', () => {
    const come = newKeys.root[0]!;
    const [change] = changes({ ...keys, root: [...keys.root, come] }, (root) => {
      root.keys[come.id] = { ...come.json, 'x-tuf-on-ci-keyowner': 17 } as unknown as typeof come.json;
      root.roles['root']?.keyids.push('nobody', 'constructor');
    });
    expect(change?.added).toStrictEqual(
      [come.id, 'nobody', 'constructor'].map((id) => ({ id, holder: undefined })),
    );
  });

  it('names a threshold that falls or rises, with the same keys', () => {
    const found = changes(keys, (root) => {
      root.roles['root']!.threshold = 1;
      root.roles['targets']!.threshold = 3;
    });
    expect(found).toEqual([
      { role: 'root', added: [], removed: [], threshold: { before: 2, after: 1 } },
      { role: 'targets', added: [], removed: [], threshold: { before: 2, after: 3 } },
    ]);
  });

  it('takes another key under the same ID for what it is', () => {
    const [gone, come] = [keys.timestamp[0]!, newKeys.timestamp[0]!];
    const found = changes(keys, (root) => (root.keys[gone.id] = come.json));
    expect(found.map(({ role }) => role)).toEqual(['timestamp', 'snapshot']);
  });
});
