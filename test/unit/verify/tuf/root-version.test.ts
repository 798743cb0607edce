/** What a person is shown of a root: who signs it, until when, and what it changes. */
import { expect, it } from 'vitest';
import { describeTufRoot } from '../../../../src/verify/tuf/root-version.ts';
import { parseTufDocument } from '../../../../src/verify/tuf/metadata.ts';
import { digestOf } from '../../../support/throwaway-sigstore.ts';
import { keys, newKeys, repository, rootOf } from '../../../support/tuf-rehearsal.ts';

const { roots } = repository({ generations: [keys, { ...keys, root: newKeys.root }] });
const [first, second] = [1, 2].map((version) => {
  const bytes = rootOf(roots, version);
  return { bytes, root: parseTufDocument('root', bytes, 'root.json') };
}) as [Version, Version];
interface Version {
  readonly bytes: Uint8Array;
  readonly root: ReturnType<typeof parseTufDocument<'root'>>;
}

it('is the root by itself, where it is the pinned one', () => {
  expect(describeTufRoot(first.root, first.bytes)).toEqual({
    ...{ version: 1, digest: digestOf(Buffer.from(first.bytes)), expires: first.root.expires },
    ...{ keyIds: keys.root.map(({ id }) => id), threshold: 2, changes: [], bytes: first.bytes },
  });
});

it('is what it changes of the one before', () => {
  const { version, keyIds, changes } = describeTufRoot(second.root, second.bytes, first.root);
  expect([version, keyIds]).toEqual([2, newKeys.root.map(({ id }) => id)]);
  expect(changes).toMatchObject([{ role: 'root', added: newKeys.root.map(({ id }) => ({ id })) }]);
  expect(describeTufRoot(second.root, second.bytes, second.root).changes).toEqual([]);
});
