/** Certification paths (RFC 5280, section 6.1), each wrong in one way; cosign judges the same in the differential. */
import { describe, expect, it } from 'vitest';
import type { AuthorityLevel } from '../../../../../scripts/upstream/sigstore/authority-chain.ts';
import {
  authorityExtensions,
  basicConstraints,
  extendedKeyUsage,
  extension,
  keyUsage,
  leafExtensions,
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
import { findPaths } from '../../../../../src/verify/sigstore/x509/path.ts';
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
