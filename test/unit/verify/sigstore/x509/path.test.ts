/** Certification paths (RFC 5280, section 6.1), each wrong in one way; cosign judges the same in the differential. */
import { createHash, generateKeyPairSync } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import type { AuthorityLevel } from '../../../../../scripts/upstream/sigstore/authority-chain.ts';
import {
  alternativeNames,
  authorityExtensions,
  basicConstraints,
  extendedKeyUsage,
  extension,
  generalName,
  keyUsage,
  leafExtensions,
  nameConstraints,
  purposes,
  signCertificate,
} from '../../../../../scripts/upstream/sigstore/certificate.ts';
import { nothing, type Der } from '../../../../../scripts/upstream/sigstore/der.ts';
import { createSigstore } from '../../../../../scripts/upstream/sigstore/instance.ts';
import { blobBundle } from '../../../../../scripts/upstream/sigstore/renderings.ts';
import { generateEcdsaKey } from '../../../../../scripts/upstream/sigstore/keys.ts';
import { VerificationError, type VerificationCode } from '../../../../../src/model/errors.ts';
import { parseTrustedRoot } from '../../../../../src/verify/sigstore/trusted-root.ts';
import { parseCertificate } from '../../../../../src/verify/sigstore/x509/certificate.ts';
import { findPaths, isValidAt } from '../../../../../src/verify/sigstore/x509/path.ts';
import { judgeWith } from '../../../../support/authority-verdict.ts';
import { refusal } from '../../../../support/refusals.ts';
import { judge, sign, validFrom } from '../../../../support/throwaway-sigstore.ts';

const oidOf = (der: Der) => der.subarray(2, 7).toString('hex');
/** In place of the extension of the same kind, or as one more. */
const having =
  (...changed: Der[]) =>
  (usual: readonly Der[]): Der[] => [
    ...usual.filter((one) => !changed.some((other) => oidOf(one) === oidOf(other))),
    ...changed,
  ];
const without =
  (like: Der) =>
  (usual: readonly Der[]): Der[] =>
    usual.filter((one) => oidOf(one) !== oidOf(like));
const unknown = (isCritical: boolean) => extension('1.3.6.1.4.1.99999.1', nothing(), isCritical);
const eku = (...oids: string[]) => extendedKeyUsage(oids);
const anyEku = eku(purposes.any);

interface Levels {
  readonly root?: AuthorityLevel;
  readonly intermediates?: readonly AuthorityLevel[];
}
const intermediate = (extensions: Required<AuthorityLevel>['extensions']): Levels => ({
  intermediates: [{ extensions }],
});
const root = (extensions: Required<AuthorityLevel>['extensions']): Levels => ({ root: { extensions } });

describe('a path is accepted', () => {
  it.each<[string, Levels]>([
    ['of a root alone', { intermediates: [] }],
    ['of two intermediates', { intermediates: [{}, {}] }],
    [
      'of an intermediate with an extension that is not known and not critical',
      intermediate(having(unknown(false))),
    ],
    ['of an intermediate without an extended key usage', intermediate(without(anyEku))],
    ['of an intermediate for any purpose', intermediate(having(anyEku))],
    [
      'of an intermediate for servers and code',
      intermediate(having(eku(purposes.server, purposes['code-signing']))),
    ],
    ['of an intermediate without a key usage', intermediate(without(keyUsage([5])))],
    ['of an intermediate without a path length', intermediate(having(basicConstraints(true)))],
    ['of a root for code', root(having(eku(purposes['code-signing'])))],
    [
      'of an intermediate with policies, critical',
      intermediate(having(extension('2.5.29.32', nothing(), true))),
    ],
  ])('%s', async (_, authority) => {
    await judgeWith({ authority });
  });

  it('in any order of the certificates but the anchor', async () => {
    const instance = createSigstore({ validFrom, authority: { intermediates: [{}, {}] } });
    const json = JSON.parse(instance.trustedRoot()) as {
      certificateAuthorities: { certChain: { certificates: unknown[] } }[];
    };
    const [one, two, anchor] = json.certificateAuthorities[0]!.certChain.certificates;
    json.certificateAuthorities[0]!.certChain.certificates = [two, one, one, anchor];
    const reordered = parseTrustedRoot(Buffer.from(JSON.stringify(json)), 'root');
    await judge(blobBundle(sign({}, undefined, instance)), { root: reordered });
  });
});

describe('a path is refused', () => {
  it.each<[string, Levels, VerificationCode?]>([
    ['of an intermediate with a critical extension that is not known', intermediate(having(unknown(true)))],
    ['of a root with a critical extension that is not known', root(having(unknown(true)))],
    [
      'of an intermediate with critical policy constraints',
      intermediate(having(extension('2.5.29.36', nothing(), true))),
    ],
    ['of an intermediate for servers', intermediate(having(eku(purposes.server)))],
    ['of an intermediate for timestamps', intermediate(having(eku(purposes.timestamping)))],
    ['of a root for servers', root(having(eku(purposes.server)))],
    [
      'of an upper intermediate for servers',
      { intermediates: [{ extensions: having(eku(purposes.server)) }, {}] },
    ],
    [
      'of a lower intermediate for servers',
      { intermediates: [{}, { extensions: having(eku(purposes.server)) }] },
    ],
    ['of an intermediate that is no authority', intermediate(having(basicConstraints(false)))],
    ['of an intermediate that does not say what it is', intermediate(without(basicConstraints(true)))],
    ['of a root that is no authority', root(having(basicConstraints(false)))],
    ['of an intermediate that may not sign certificates', intermediate(having(keyUsage([6])))],
    ['of a root that may not sign certificates', root(having(keyUsage([0])))],
    [
      'of more intermediates than the root allows',
      { root: { extensions: having(basicConstraints(true, 0)) } },
    ],
    [
      'of more intermediates than the upper one allows',
      { intermediates: [{ extensions: having(basicConstraints(true, 0)) }, {}] },
    ],
    ['of an intermediate that ended', { intermediates: [{ notAfter: new Date('2026-11-20T10:00:01Z') }] }],
    ['of a root that ended', { root: { notAfter: new Date('2026-11-20T10:00:01Z') } }],
    [
      'of an intermediate with an extension twice',
      intermediate((usual) => [...usual, ...authorityExtensions(0)]),
    ],
    [
      'of an intermediate whose key usage is none',
      intermediate(having(extension('2.5.29.15', nothing(), true))),
      'EVIDENCE_MALFORMED',
    ],
    [
      'of an intermediate whose purposes are none',
      intermediate(having(extension('2.5.29.37', nothing(), false))),
      'EVIDENCE_MALFORMED',
    ],
  ])('%s', async (_, authority, code: VerificationCode = 'SIGNER_UNTRUSTED') => {
    await refusal(judgeWith({ authority }), VerificationError, code);
  });

  it('up to the end of its certificates, boundaries included', async () => {
    const until = (notAfter: string) => ({
      authority: { intermediates: [{ notAfter: new Date(notAfter) }] },
    });
    await judgeWith(until('2026-11-20T10:00:02Z'));
    await refusal(judgeWith(until('2026-11-20T10:00:01Z')), VerificationError, 'SIGNER_UNTRUSTED');
  });
});

describe("a signer's certificate", () => {
  const certified = (...moreExtensions: Der[]) => judgeWith({}, { certificate: { moreExtensions } });

  it('may have extensions that are not known, if they are not critical', async () => {
    await certified(unknown(false));
    await refusal(certified(unknown(true)), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it("may not have one of Fulcio's as critical, which other verifiers do not know", async () => {
    const critical = extension('1.3.6.1.4.1.57264.1.99', nothing(), true);
    await refusal(certified(critical), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('may not have one twice', async () => {
    const [, usage] = leafExtensions('code-signing');
    await refusal(certified(usage!), VerificationError, 'EVIDENCE_MALFORMED');
    await refusal(certified(unknown(false), unknown(false)), VerificationError, 'EVIDENCE_MALFORMED');
  });
});

it('goes by name as well as by key', () => {
  const key = generateEcdsaKey('P-384');
  const name = (commonName: string) => ({ organization: 'example', commonName });
  const certificate = (issuer: string, subject: string, spki = key.spki) => {
    const validity = { notBefore: validFrom, notAfter: new Date('2036-01-01T00:00:00Z') };
    const spec = { serial: Buffer.of(1), issuer: name(issuer), subject: name(subject), ...validity };
    return parseCertificate(
      signCertificate({ ...spec, spki, extensions: authorityExtensions(1) }, key),
      'certificate',
    );
  };
  const { spki } = generateEcdsaKey('P-384');
  const pathsBelow = (issuer: string) =>
    findPaths([certificate(issuer, 'own', spki), certificate('root', 'root')], 'codeSigning').length;
  expect([pathsBelow('root'), pathsBelow('other')]).toEqual([2, 1]);
});

describe('findPaths', () => {
  interface Issued {
    readonly by?: Pair;
    readonly issuer?: string;
    readonly spki?: Buffer;
    readonly extensions?: readonly Der[];
  }
  type Pair = ReturnType<typeof generateEcdsaKey>;
  const [rootKey, ownKey, thirdKey] = [1, 2, 3].map(() => generateEcdsaKey()) as [Pair, Pair, Pair];
  const name = (commonName: string) => ({ organization: 'example', commonName });
  /** Issued by the root, unless it is said. */
  function issued(subject: string, key: Pair, { by = rootKey, issuer = 'root', ...more }: Issued = {}) {
    const { spki = key.spki, extensions = authorityExtensions(1) } = more;
    const validity = { notBefore: validFrom, notAfter: new Date('2036-01-01T00:00:00Z') };
    const spec = { serial: Buffer.of(1), issuer: name(issuer), subject: name(subject), ...validity };
    return parseCertificate(signCertificate({ ...spec, spki, extensions }, by), 'certificate');
  }
  const anchor = issued('root', rootKey);
  const own = issued('own', ownKey);
  const lengths = (...chain: Parameters<typeof findPaths>[0]) =>
    findPaths(chain, 'codeSigning').map(({ certificates }) => certificates.length);

  it('finds none without a trust anchor', () => {
    expect(lengths()).toEqual([]);
    expect(lengths(own, anchor)).toEqual([1, 2]);
  });

  it('goes through no authority twice, whoever certified it', () => {
    const again = issued('root', rootKey, { by: ownKey, issuer: 'own' });
    expect(lengths(own, again, anchor)).toEqual([1, 2]);
  });

  it('goes through other keys of one name, and other names of one key', () => {
    const otherKey = issued('root', thirdKey);
    expect(lengths(issued('own', ownKey, { by: thirdKey }), otherKey, anchor)).toEqual([1, 2, 3]);
    const otherName = issued('another', rootKey);
    expect(lengths(issued('own', ownKey, { issuer: 'another' }), otherName, anchor)).toEqual([1, 2, 3]);
  });

  it('finds a hundred, and no more', async () => {
    const chain = (count: number) => [...Array.from({ length: count - 1 }, () => own), anchor];
    expect(lengths(...chain(100))).toHaveLength(100);
    await refusal(() => lengths(...chain(101)), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('says why nothing may be issued below: by the first at fault, by its name', () => {
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 }).publicKey;
    const spki = weak.export({ type: 'spki', format: 'der' });
    const [only, ...others] = findPaths([own, issued('root', rootKey, { spki })], 'codeSigning');
    expect([only?.key, only?.refusal?.code, others]).toEqual([undefined, 'ALGORITHM_REFUSED', []]);

    const servers = issued('own', ownKey, {
      extensions: having(eku(purposes.server))(authorityExtensions(1)),
    });
    const below = issued('third', thirdKey, { by: ownKey, issuer: 'own', extensions: [] });
    const [, second, third] = findPaths([below, servers, anchor], 'codeSigning');
    const digest = createHash('sha256').update(servers.der).digest('hex');
    expect(second?.refusal?.message).toBe(`the authority ${digest} may not issue for code signing`);
    expect(third?.refusal).toBe(second?.refusal);
    const unread = issued('third', thirdKey, { by: ownKey, issuer: 'own', spki });
    expect(findPaths([unread, servers, anchor], 'codeSigning')[2]?.refusal).toEqual(second?.refusal);
  });

  it('neither counts nor constrains by name an authority that is self-issued', () => {
    const permitted = nameConstraints([generalName({ type: 'email', value: 'example.org' })]);
    const strict = issued('root', rootKey, {
      extensions: having(basicConstraints(true, 0), permitted)(authorityExtensions(1)),
    });
    const names = alternativeNames([{ type: 'email', value: 'a@other.org' }]);
    const extensions = [...authorityExtensions(1), names];
    const refusals = (subject: string) =>
      findPaths([issued(subject, ownKey, { extensions }), strict], 'codeSigning').map(
        ({ refusal: no }) => no?.code,
      );
    expect(refusals('root')).toEqual([undefined, undefined]);
    expect(refusals('own')).toEqual([undefined, 'SIGNER_UNTRUSTED']);
  });

  it.each<[string, readonly string[] | undefined, boolean]>([
    ['nothing', undefined, false],
    ['any purpose', [purposes.any], false],
    ['code', [purposes['code-signing']], false],
    ['timestamps', [purposes.timestamping], true],
    ['timestamps and any purpose', [purposes.timestamping, purposes.any], true],
  ])('wants of an intermediate that it is for timestamps: one for %s', (_, oids, isForIt) => {
    const usual = without(anyEku)(authorityExtensions(1));
    const extensions = oids === undefined ? usual : [...usual, eku(...oids)];
    const silent = issued('root', rootKey, { extensions: usual });
    const [top, path] = findPaths([issued('own', ownKey, { extensions }), silent], 'timestamping');
    expect(top?.refusal).toBeUndefined();
    expect(path?.refusal?.message.endsWith('may not issue for timestamping')).toBe(
      isForIt ? undefined : true,
    );
    const anchored = findPaths([issued('root', rootKey, { extensions })], 'timestamping')[0];
    expect(anchored?.refusal === undefined).toBe(!oids?.includes(purposes['code-signing']));
  });
});

it('a path is valid from the first moment of all its certificates to the last', () => {
  const [first, last] = [new Date(1000), new Date(2000)];
  const path = [
    { notBefore: new Date(0), notAfter: last },
    { notBefore: first, notAfter: new Date(3000) },
  ] as unknown as Parameters<typeof isValidAt>[1];
  const times = [999, 1000, 1500, 2000, 2001];
  expect(times.map((time) => isValidAt(new Date(time), path))).toEqual([false, true, true, true, false]);
});

describe('a trust anchor', () => {
  const instance = createSigstore({ validFrom });
  const stranger = createSigstore({ validFrom });
  const bundle = blobBundle(sign({}, undefined, instance));
  const anchoredIn = (chain: readonly Der[]) => {
    const json = JSON.parse(instance.trustedRoot()) as {
      certificateAuthorities: { certChain: { certificates: unknown[] } }[];
    };
    json.certificateAuthorities[0]!.certChain.certificates = chain.map((der) => ({
      rawBytes: der.toString('base64'),
    }));
    return parseTrustedRoot(Buffer.from(JSON.stringify(json)), 'root');
  };
  const [own, top] = instance.authority.chain as [Der, Der];

  it('may be an intermediate, with or without its root before it', async () => {
    await judge(bundle, { root: anchoredIn([own]) });
    await judge(bundle, { root: anchoredIn([top, own]) });
  });

  it.each<[string, readonly Der[]]>([
    ["another authority's intermediate", [stranger.authority.chain[0]!]],
    ["another authority's root above its own", [own, stranger.authority.chain[1]!]],
    ['its root without the intermediate', [top]],
    ["another authority's chain", stranger.authority.chain],
  ])('is not %s', async (_, chain) => {
    await refusal(judge(bundle, { root: anchoredIn(chain) }), VerificationError, 'SIGNER_UNTRUSTED');
  });

  it('is found among many, and not among too many', async () => {
    const authorities = Array.from({ length: 6 }, () => createSigstore({ validFrom }).authority.chain[0]!);
    await judge(bundle, { root: anchoredIn([...authorities, own, top]) });
    expect(() => anchoredIn(Array.from({ length: 17 }, () => own))).toThrow(VerificationError);
  });
});
