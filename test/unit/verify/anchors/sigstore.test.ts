/** Sigstore's anchor with what proves it, and by the file of another day. */
import { describe, expect, it } from 'vitest';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { blobBundle } from '../../../../scripts/upstream/sigstore/renderings.ts';
import { VerificationError, type ErrorCode } from '../../../../src/model/errors.ts';
import { sigstoreRoot, type SigstorePin } from '../../../../src/verify/anchors/sigstore.ts';
import type { Anchor } from '../../../../src/verify/anchors/anchor.ts';
import { refusal } from '../../../support/refusals.ts';
import {
  at as now,
  digestOf,
  judge,
  sign,
  sigstore,
  validFrom,
} from '../../../support/throwaway-sigstore.ts';
import {
  fileOf,
  keys,
  newKeys,
  pinOf,
  repository,
  rootOf,
  strangers,
  target,
} from '../../../support/tuf-rehearsal.ts';

const published = repository({ generations: [keys, newKeys] });
const signed = ['targets.json', 'root-2.json'];
const bare = pinOf(published);
const pin: SigstorePin = { ...bare, signed };
const files: Readonly<Record<string, Uint8Array | undefined>> = {
  [pin.file]: target.bytes,
  [pin.root.file]: rootOf(published.roots, 1),
  'targets.json': fileOf(published, '1.targets.json'),
  'root-2.json': rootOf(published.roots, 2),
};

function anchorOf(changed: Partial<SigstorePin> = {}, edited: typeof files = {}): Anchor<SigstorePin> {
  const found = { ...files, ...edited };
  return {
    ...{ name: 'sigstore', kind: sigstoreRoot, pin: { ...pin, ...changed } },
    file: (name) => ({ name, path: `trust/${name}`, bytes: found[name] }),
  };
}

const open = (anchor: Anchor<SigstorePin>, bytes: Uint8Array = target.bytes) =>
  Promise.resolve().then(() => sigstoreRoot.open(bytes, anchor, now));
const reopen = (kept: Uint8Array, anchor: Anchor<SigstorePin>) =>
  Promise.resolve().then(() => sigstoreRoot.reopen?.(kept, anchor, now));

/** Files that do not prove what they stand for. */
const unproven: readonly (readonly [string, ErrorCode, typeof files])[] = [
  ['targets that are gone', 'EVIDENCE_MISSING', { 'targets.json': undefined }],
  ['a root that is gone', 'EVIDENCE_MISSING', { 'root-2.json': undefined }],
  ['no pinned root', 'EVIDENCE_MISSING', { [pin.root.file]: undefined }],
  ['another pinned root', 'PIN_MISMATCH', { [pin.root.file]: rootOf(published.roots, 2) }],
  [
    'the two swapped',
    'EVIDENCE_MALFORMED',
    { 'targets.json': files['root-2.json'], 'root-2.json': files['targets.json'] },
  ],
  [
    'targets that others signed',
    'SIGNATURE_INVALID',
    { 'targets.json': fileOf(repository({ generations: [strangers] }), '1.targets.json') },
  ],
  [
    'targets of the keys before',
    'SIGNATURE_INVALID',
    { 'targets.json': fileOf(repository({ generations: [keys] }), '1.targets.json') },
  ],
];

describe('the kept metadata', () => {
  it('proves the file that is pinned', async () => {
    expect((await open(anchorOf())).digest).toBe(pin.digest);
    const { holds, root, expiring } = await sigstoreRoot.report(target.bytes, anchorOf(), now);
    expect(holds).toEqual([
      'proof: signed by the targets role of its TUF repository, under root version 2, which follows the pinned version 1',
    ]);
    const digest = digestOf(rootOf(published.roots, 2));
    expect([root?.tufRoots, expiring]).toMatchObject([
      [{ version: 2, digest }],
      [{ id: 'version 2', noticeDays: 14 }],
    ]);
  });

  it('is told of by the root that was pinned, where none has followed it', async () => {
    const first = repository();
    const edited = {
      [pin.root.file]: rootOf(first.roots, 1),
      'targets.json': fileOf(first, '1.targets.json'),
    };
    const anchor = anchorOf({ ...pinOf(first), signed: ['targets.json'] }, edited);
    const { holds } = await sigstoreRoot.report(target.bytes, anchor, now);
    expect(holds).toEqual([
      'proof: signed by the targets role of its TUF repository, under root version 1, which is pinned',
    ]);
  });

  it.each(unproven)('refuses the anchor with %s, whoever asks', async (_, code, edited) => {
    const anchor = anchorOf({ former: [digestOf(Buffer.from(older))] }, edited);
    await refusal(open(anchor), VerificationError, code);
    await refusal(reopen(target.bytes, anchor), VerificationError, code);
    await refusal(reopen(Buffer.from(older), anchor), VerificationError, code);
    const report = () => sigstoreRoot.report(target.bytes, anchor, now);
    await refusal(Promise.resolve().then(report), VerificationError, code);
  });

  it('does not stand in for the digest in the pins', async () => {
    const digest = digestOf(Buffer.from('other'));
    await refusal(open(anchorOf({ digest })), VerificationError, 'PIN_MISMATCH');
  });

  it('is not asked for where the pins list none: then the digest alone vouches', async () => {
    const anchor = { ...anchorOf({}, { 'targets.json': undefined, 'root-2.json': undefined }), pin: bare };
    expect((await open(anchor)).digest).toBe(pin.digest);
    expect(sigstoreRoot.proof?.(bare, pin.digest)).toContain('its digest in the pins alone: no signed');
    const { root } = await sigstoreRoot.report(target.bytes, anchor, now);
    expect(root?.tufRoots).toMatchObject([{ version: 1 }]);
  });
});

const parse = (text: string) => JSON.parse(text) as { readonly tlogs: unknown };
const { tlogs } = parse(createSigstore({ validFrom }).trustedRoot());
const withOtherLogs = JSON.stringify({ ...parse(sigstore.trustedRoot()), tlogs });
/** Of another day, with all that signatures need. */
const older = `${sigstore.trustedRoot()} `;
const bundle = blobBundle(sign());

describe('a former trusted root', () => {
  const formerly = (today: string) => {
    const bytes = Buffer.from(today);
    const former = [digestOf(Buffer.from(older))];
    return { ...anchorOf({}, { [pin.file]: bytes }), pin: { ...bare, digest: digestOf(bytes), former } };
  };

  it('judges what rests on it, as long as today’s has the same', async () => {
    const root = await reopen(Buffer.from(older), formerly(sigstore.trustedRoot()));
    expect(root?.digest).toBe(digestOf(Buffer.from(older)));
    await judge(bundle, root && { root });
  });

  it('refuses what a log vouches for that today’s does not have', async () => {
    const root = await reopen(Buffer.from(older), formerly(withOtherLogs));
    await refusal(judge(bundle, root && { root }), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('is not taken for today’s, and none that the pins do not list', async () => {
    const anchor = formerly(withOtherLogs);
    await refusal(open(anchor, Buffer.from(older)), VerificationError, 'PIN_MISMATCH');
    await refusal(reopen(Buffer.from(`${older} `), anchor), VerificationError, 'PIN_MISMATCH');
    const damaged = anchorOf({ former: anchor.pin.former }, { [pin.file]: Buffer.from('{}') });
    await refusal(reopen(Buffer.from(older), damaged), VerificationError, 'PIN_MISMATCH');
    const gone = anchorOf({ former: anchor.pin.former }, { [pin.file]: undefined });
    await refusal(reopen(Buffer.from(older), gone), VerificationError, 'EVIDENCE_MISSING');
  });

  it('is today’s own, also where the pin lists it among the former ones', async () => {
    const anchor = formerly(older);
    const elsewhere = { ...anchor, file: anchorOf({}, { [pin.file]: Buffer.from('{}') }).file };
    expect((await reopen(Buffer.from(older), elsewhere))?.digest).toBe(anchor.pin.digest);
  });

  it('is proven by its digest alone', () => {
    expect(sigstoreRoot.proof?.(pin, digestOf(Buffer.from(older)))).toContain('it is a former one');
  });
});
