/** A root of another day: what counts of it is what today's says as well. */
import { describe, expect, it } from 'vitest';
import { createSigstore } from '../../../../scripts/upstream/sigstore/instance.ts';
import { withinRoot } from '../../../../src/verify/sigstore/former-root.ts';
import {
  parseTrustedRootDocument,
  type TrustedRootDocument,
} from '../../../../src/verify/sigstore/trusted-root-document.ts';
import { sigstore, validFrom } from '../../../support/throwaway-sigstore.ts';

const parse = (text: string) => parseTrustedRootDocument(Buffer.from(text), 'root');
const root = parse(sigstore.trustedRoot());
const other = parse(createSigstore({ validFrom }).trustedRoot());
const lists = ['tlogs', 'ctlogs', 'certificateAuthorities', 'timestampAuthorities'] as const;
const [early, late] = [new Date('2026-06-01T00:00:00Z'), new Date('2026-09-01T00:00:00Z')];

/** The same with another validity of everything in it. */
function during(validity: { readonly start?: Date; readonly end?: Date }): TrustedRootDocument {
  const within = <V extends object>(validFor: V) => ({ ...validFor, ...validity });
  const logs = (from: TrustedRootDocument['tlogs']) =>
    from.map((log) => ({
      ...log,
      publicKey: { ...log.publicKey, validFor: within(log.publicKey.validFor) },
    }));
  const authorities = (from: TrustedRootDocument['certificateAuthorities']) =>
    from.map((authority) => ({ ...authority, validFor: within(authority.validFor) }));
  return {
    ...root,
    tlogs: logs(root.tlogs),
    ctlogs: logs(root.ctlogs),
    certificateAuthorities: authorities(root.certificateAuthorities),
    timestampAuthorities: authorities(root.timestampAuthorities),
  };
}

function validities(of: TrustedRootDocument) {
  const logs = [...of.tlogs, ...of.ctlogs].map(({ publicKey }) => publicKey.validFor);
  const authorities = [...of.certificateAuthorities, ...of.timestampAuthorities];
  return [...logs, ...authorities.map(({ validFor }) => validFor)].map(({ start, end }) => ({ start, end }));
}

const all = (start: Date, end: Date | undefined) => validities(root).map(() => ({ start, end }));

it('is itself where both are the same', () => {
  expect(withinRoot(root, root)).toEqual(root);
});

describe.each(lists)('%s', (list) => {
  it('counts for nothing where today’s root has none of them', () => {
    expect(root[list]).not.toEqual([]);
    expect(withinRoot(root, { ...root, [list]: [] })[list]).toEqual([]);
    expect(withinRoot(root, { ...root, [list]: other[list] })[list]).toEqual([]);
  });

  it('gains nothing that only today’s root has', () => {
    expect(withinRoot({ ...root, [list]: [] }, root)[list]).toEqual([]);
    const more = { ...root, [list]: [...other[list], ...root[list]] };
    expect(withinRoot(root, more)[list]).toEqual(root[list]);
  });
});

it('takes neither a log with another key for the same, nor one with another ID', () => {
  const [log] = root.tlogs;
  const [strange] = other.tlogs;
  if (log === undefined || strange === undefined) throw new TypeError('a root has a log');
  const otherKey = { ...log, publicKey: strange.publicKey };
  const otherId = { ...log, logId: strange.logId };
  for (const one of [otherKey, otherId]) {
    expect(withinRoot({ ...root, tlogs: [log] }, { ...root, tlogs: [one] }).tlogs).toEqual([]);
  }
});

it('takes no authority with another chain for the same', () => {
  const [authority] = root.certificateAuthorities;
  const [strange] = other.certificateAuthorities;
  if (authority === undefined || strange === undefined) throw new TypeError('a root has an authority');
  const certificates = [...authority.certChain.certificates, ...strange.certChain.certificates];
  const longer = { ...authority, certChain: { ...authority.certChain, certificates } };
  const today = { ...root, certificateAuthorities: [longer] };
  expect(withinRoot(root, today).certificateAuthorities).toEqual([]);
});

describe('for as long as both say', () => {
  it('begins with the later, and ends with the earlier of the two', () => {
    expect(validities(withinRoot(root, during({ start: early, end: late })))).toEqual(all(early, late));
    expect(validities(withinRoot(during({ start: early, end: late }), root))).toEqual(all(early, late));
    const [first, second] = [during({ end: late }), during({ start: early })];
    expect(validities(withinRoot(first, second))).toEqual(all(early, late));
    const [sooner, later] = [during({ end: early }), during({ end: late })];
    expect(validities(withinRoot(sooner, later))).toEqual(all(validFrom, early));
    expect(validities(withinRoot(later, sooner))).toEqual(all(validFrom, early));
  });

  it('is no time at all where the one ends before the other begins', () => {
    for (const { start, end } of validities(withinRoot(during({ end: early }), during({ start: late })))) {
      expect(end?.getTime()).toBeLessThan(start.getTime());
    }
  });
});
