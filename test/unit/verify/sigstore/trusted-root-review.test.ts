/** What a change of the trusted root does to the evidence that there is, and what a person has to name. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { extendedKeyUsage, purposes } from '../../../../scripts/upstream/sigstore/certificate.ts';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { VerificationError } from '../../../../src/model/errors.ts';
import {
  reviewTrustedRoot,
  type TrustedRootChange,
  type TrustedRootKind,
} from '../../../../src/verify/sigstore/trusted-root-review.ts';
import { refusal } from '../../../support/refusals.ts';
import { root as checkout } from '../../../support/run-assay.ts';
import { digestOf, sigstore, validFrom } from '../../../support/throwaway-sigstore.ts';

interface Validity {
  start: string;
  end?: string;
}
interface Log {
  baseUrl: string;
  publicKey: { validFor: Validity; rawBytes: string };
  logId: { keyId: string };
}
interface Authority {
  uri: string;
  subject: { commonName: string };
  certChain: { certificates: { rawBytes: string }[] };
  validFor: Validity;
}
interface Root {
  tlogs: Log[];
  ctlogs: Log[];
  certificateAuthorities: Authority[];
  timestampAuthorities: Authority[];
}

const text = sigstore.trustedRoot();
const stranger = JSON.parse(createSigstore({ validFrom }).trustedRoot()) as Root;
/** The time to judge ends by. */
const now = new Date('2026-05-01T12:00:00Z');
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

function edited(edit: (root: Root) => void, from = text): Buffer {
  const root = JSON.parse(from) as Root;
  edit(root);
  return Buffer.from(JSON.stringify(root));
}

function changes(edit: (root: Root) => void, before = text): readonly TrustedRootChange[] {
  return reviewTrustedRoot(Buffer.from(before), edited(edit, before), now).changes;
}

/** The one change that there is. */
function changeBy(edit: (root: Root) => void, before = text): TrustedRootChange {
  const [change, ...others] = changes(edit, before);
  expect(others).toEqual([]);
  return change!;
}

describe('reviewTrustedRoot', () => {
  it('lists logs by key and log ID, authorities by certificate, each with its validity', () => {
    const root = Buffer.from(text);
    const { entries, digest, changes: none } = reviewTrustedRoot(root, root, now);
    expect(none).toEqual([]);
    expect(digest).toBe(digestOf(Buffer.from(text)));
    expect(entries.map(({ kind, url }) => [kind, url])).toEqual([
      ['transparency-log', 'https://rekor.sigstore.dev'],
      ['transparency-log', 'https://log2026-1.rekor.sigstore.dev'],
      ['certificate-transparency-log', expect.anything()],
      ['certificate-authority', expect.anything()],
      ['timestamp-authority', expect.anything()],
    ]);
    const [rekor, , , authority] = entries;
    expect(rekor).toMatchObject({
      fingerprint: sha256(sigstore.rekor.spki),
      logId: sigstore.rekor.id.toString('hex'),
      validFrom,
      validUntil: undefined,
    });
    expect(authority).toMatchObject({
      fingerprint: sha256(sigstore.authority.chain[0]!),
      certificates: sigstore.authority.chain.map(sha256),
      subject: 'sigstore-rehearsal, sigstore.dev',
    });
  });

  it.each([
    [{ commonName: 'x', organization: 'y' }, 'x, y'],
    [{ commonName: 'x' }, 'x'],
    [{ commonName: '', organization: 'y' }, 'y'],
    [{}, undefined],
    [undefined, undefined],
  ])('calls an authority of the subject %j by it: %s', (subject, name) => {
    const root = edited(({ certificateAuthorities: [authority] }) => Object.assign(authority!, { subject }));
    const { entries } = reviewTrustedRoot(root, root, now);
    expect(entries.find(({ kind }) => kind === 'certificate-authority')!.subject).toBe(name);
  });

  it('says that nothing changes where order and white space do', () => {
    const other = edited(({ tlogs }) => tlogs.reverse());
    expect(reviewTrustedRoot(Buffer.from(text), other, now)).toMatchObject({
      digest: digestOf(other),
      changes: [],
    });
  });

  it('reads the real root: every log and authority of the public instance', () => {
    const bytes = readFileSync(join(checkout, 'trust/sigstore-trusted-root.json'));
    const { entries } = reviewTrustedRoot(bytes, bytes, now);
    // Rekor's first log, whose ID is known to anybody who has looked at an entry.
    expect(entries[0]).toMatchObject({
      url: 'https://rekor.sigstore.dev',
      logId: 'c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d',
      fingerprint: 'c0d23d6ad406973f9559f3ba2d1ca01f84147d8ffc5b8445c224f98b9591801d',
    });
    const kinds = new Set<TrustedRootKind>(entries.map(({ kind }) => kind));
    expect(kinds.size).toBe(4);
  });
});

describe('a part that cannot be used here', () => {
  interface Open {
    [field: string]: unknown;
    publicKey: Record<string, unknown>;
    certChain: Record<string, unknown>;
  }

  it.each(['tlogs', 'ctlogs'] as const)(
    '%s: a log more of an unknown kind is shown as such, and taken',
    (group) => {
      const change = changeBy((root) => {
        const log = structuredClone(stranger[group][0]) as unknown as Open;
        log.publicKey['keyDetails'] = 'PKIX_ML_DSA_65';
        root[group].push(log as never);
      });
      expect(change).toMatchObject({ effects: ['added'], needsAcceptance: false });
      expect(change.after?.problem).toMatch(/PKIX_ML_DSA_65/);
    },
  );

  it.each(['certificateAuthorities', 'timestampAuthorities'] as const)('%s: so is an authority', (group) => {
    const change = changeBy((root) => {
      root[group].push({ ...stranger[group][0], quorum: 2 } as never);
    });
    expect(change).toMatchObject({ effects: ['added'], needsAcceptance: false });
    expect(change.after?.problem).toMatch(/quorum/);
  });

  it('is an authority, too, whose certificates nothing may be issued by', () => {
    const servers = {
      extensions: (usual: readonly Buffer[]) => [...usual, extendedKeyUsage([purposes.server])],
    };
    const odd = JSON.parse(
      createSigstore({
        validFrom,
        authority: { root: servers },
        timestampAuthority: { root: servers },
      }).trustedRoot(),
    ) as Root;
    for (const group of ['certificateAuthorities', 'timestampAuthorities'] as const) {
      const change = changeBy((root) => root[group].push(odd[group][0] as never));
      expect(change.after?.problem).toMatch(/may not issue/);
    }
  });

  it.each<[string, (root: Root) => void]>([
    [
      'a kind of key',
      ({ tlogs }) => ((tlogs[0]!.publicKey as Record<string, unknown>)['keyDetails'] = 'PKIX_X'),
    ],
    ['a field', ({ tlogs }) => ((tlogs[0] as unknown as Record<string, unknown>)['quorum'] = 2)],
    ['a field of its key', ({ tlogs }) => ((tlogs[0]!.publicKey as Record<string, unknown>)['quorum'] = 2)],
    [
      'a field of its validity',
      ({ tlogs }) => ((tlogs[0]!.publicKey.validFor as unknown as Record<string, unknown>)['ends'] = 2),
    ],
    [
      'a field of an authority',
      ({ certificateAuthorities }) =>
        ((certificateAuthorities[0] as unknown as Record<string, unknown>)['quorum'] = 2),
    ],
  ])('has to be named where it could be used before: %s', (_, edit) => {
    expect(changeBy(edit)).toMatchObject({ effects: ['altered'], needsAcceptance: true });
  });

  it('of what can be used, nothing is said', () => {
    const { entries } = reviewTrustedRoot(Buffer.from(text), Buffer.from(text), now);
    expect(entries.map(({ problem }) => problem)).toEqual(entries.map(() => undefined));
  });
});

const groups = ['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'] as const;

describe('a change of one entry', () => {
  it.each(groups)('%s: an addition is shown, and taken', (group) => {
    const change = changeBy((root) => root[group].push(stranger[group][0] as never));
    expect(change).toMatchObject({ effects: ['added'], needsAcceptance: false, before: undefined });
    expect(change.fingerprint).toBe(change.after?.fingerprint);
  });

  it.each(['tlogs', 'timestampAuthorities'] as const)('%s: a removal has to be named', (group) => {
    const before = edited((root) => root[group].push(stranger[group][0] as never)).toString();
    const change = changeBy((root) => root[group].pop(), before);
    expect(change).toMatchObject({ effects: ['removed'], needsAcceptance: true, after: undefined });
    expect(change.fingerprint).toBe(change.before?.fingerprint);
  });

  it('a replacement is a removal and an addition', () => {
    const found = changes((root) => (root.ctlogs = stranger.ctlogs));
    expect(found.map(({ effects }) => effects)).toEqual([['removed'], ['added']]);
  });

  const ended = edited(({ tlogs }) => (tlogs[0]!.publicKey.validFor.end = '2026-06-01T00:00:00Z')).toString();

  it.each<[string, string, Validity, string[], boolean]>([
    [
      'an end where there was none',
      text,
      { start: '2026-01-01T00:00:00Z', end: '2026-06-01T00:00:00Z' },
      ['closed'],
      false,
    ],
    [
      'an end of this very moment',
      text,
      { start: '2026-01-01T00:00:00Z', end: '2026-05-01T12:00:00Z' },
      ['closed'],
      false,
    ],
    [
      'an end in the past',
      text,
      { start: '2026-01-01T00:00:00Z', end: '2026-05-01T11:59:59Z' },
      ['shortened'],
      true,
    ],
    [
      'an end in the past, and an earlier start',
      text,
      { start: '2025-12-31T00:00:00Z', end: '2026-04-01T00:00:00Z' },
      ['reopened', 'shortened'],
      true,
    ],
    ['no end where there was one', ended, { start: '2026-01-01T00:00:00Z' }, ['reopened'], true],
    [
      'a later end',
      ended,
      { start: '2026-01-01T00:00:00Z', end: '2026-06-02T00:00:00Z' },
      ['reopened'],
      true,
    ],
    [
      'an earlier end',
      ended,
      { start: '2026-01-01T00:00:00Z', end: '2026-05-31T00:00:00Z' },
      ['shortened'],
      true,
    ],
    ['an earlier start', text, { start: '2025-12-31T00:00:00Z' }, ['reopened'], true],
    ['a later start', text, { start: '2026-01-02T00:00:00Z' }, ['shortened'], true],
    [
      'a later start and an end',
      text,
      { start: '2026-01-02T00:00:00Z', end: '2026-06-01T00:00:00Z' },
      ['shortened', 'closed'],
      true,
    ],
  ])('%s', (_, before, validFor, effects, needsAcceptance) => {
    const change = changeBy(({ tlogs }) => (tlogs[0]!.publicKey.validFor = validFor), before);
    expect(change).toMatchObject({ effects, needsAcceptance });
  });

  it.each(groups)('%s: an end in the past has to be named, as a removal has', (group) => {
    const end = '2026-04-30T00:00:00Z';
    const change = changeBy((root) => {
      const [entry] = root[group];
      if (entry === undefined) throw new Error('the root has no such entry');
      ('validFor' in entry ? entry : entry.publicKey).validFor.end = end;
    });
    expect(change).toMatchObject({ effects: ['shortened'], needsAcceptance: true });
  });

  it.each<[string, (root: Root) => void]>([
    ['another address', ({ tlogs }) => (tlogs[0]!.baseUrl = 'https://rekor.example')],
    ['another log ID', ({ ctlogs }) => (ctlogs[0]!.logId.keyId = Buffer.alloc(32).toString('base64'))],
    [
      'another subject',
      ({ certificateAuthorities }) => (certificateAuthorities[0]!.subject.commonName = 'x'),
    ],
    [
      'another chain above the same certificate',
      ({ certificateAuthorities }) => {
        const { certificates } = certificateAuthorities[0]!.certChain;
        certificates.splice(1, 1, stranger.certificateAuthorities[0]!.certChain.certificates[1]!);
      },
    ],
  ])('%s under the same key is an alteration, to be named', (_, edit) => {
    expect(changeBy(edit)).toMatchObject({ effects: ['altered'], needsAcceptance: true });
  });

  it('a second entry of a retired key reopens it', () => {
    const change = changeBy(({ tlogs }) => {
      const again = structuredClone(tlogs[0]!);
      again.publicKey.validFor = { start: '2026-06-02T00:00:00Z' };
      tlogs.push(again);
    }, ended);
    expect(change).toMatchObject({ effects: ['added', 'reopened'], needsAcceptance: true });
  });

  it('one of two entries of a key that goes is a removal', () => {
    const twice = edited(({ tlogs }) => {
      const again = structuredClone(tlogs[0]!);
      again.publicKey.validFor = { start: '2026-06-02T00:00:00Z' };
      tlogs.push(again);
    }, ended).toString();
    const change = changeBy(({ tlogs }) => tlogs.shift(), twice);
    expect(change).toMatchObject({ effects: ['removed'], needsAcceptance: true });
  });
});

describe('a root that cannot be relied on', () => {
  it.each<[string, (root: Root) => void]>([
    ['no log', (root) => (root.tlogs = [])],
    ['no authority', (root) => (root.certificateAuthorities = [])],
    [
      'an entry without a start',
      ({ ctlogs }) => delete (ctlogs[0]!.publicKey.validFor as Partial<Validity>).start,
    ],
    [
      'a certificate that is none',
      ({ certificateAuthorities: [one] }) => (one!.certChain.certificates[0]!.rawBytes = 'AAAA'),
    ],
    ['a key that is none', ({ tlogs }) => (tlogs[0]!.publicKey.rawBytes = 'AAAA')],
  ])('%s: is refused, and so is a review against it', async (_, edit) => {
    const [good, bad] = [Buffer.from(text), edited(edit)];
    await refusal(() => reviewTrustedRoot(good, bad, now), VerificationError, 'SIGNER_UNTRUSTED');
    await refusal(() => reviewTrustedRoot(bad, good, now), VerificationError, 'SIGNER_UNTRUSTED');
  });
});
