/**
 * What cosign and assay are both asked about the authorities of a trusted root: certification paths (RFC 5280), and
 * roots that say more than everybody can read. Each has a trusted root of its own.
 */
import type { AuthorityLevels } from '../../scripts/upstream/sigstore/authority-chain.ts';
import type { CertificateRequest } from '../../scripts/upstream/sigstore/authority.ts';
import {
  basicConstraints,
  encodeName,
  extendedKeyUsage,
  extension,
  generalName,
  keyUsage,
  nameConstraints,
  purposes,
} from '../../scripts/upstream/sigstore/certificate.ts';
import { createCtLog, type CtLog } from '../../scripts/upstream/sigstore/ct-log.ts';
import { explicit, nothing, type Der } from '../../scripts/upstream/sigstore/der.ts';
import { createSigstore, type Sigstore } from '../../scripts/upstream/sigstore/instance.ts';
import * as renderings from '../../scripts/upstream/sigstore/renderings.ts';
import { sha256Of, signBlob } from '../../scripts/upstream/sigstore/signing.ts';
import type { BundleVariant } from './cosign-variant.ts';

const validFrom = new Date('2026-01-01T00:00:00Z');
const at = new Date('2026-11-20T10:00:00Z');
const artifact = Buffer.from('the bytes of a tool\n');
const who = { identity: 'release@example.org', issuer: 'https://accounts.example.org' };

interface Root {
  tlogs: Record<string, unknown>[];
  ctlogs: Record<string, unknown>[];
  certificateAuthorities: { certChain: { certificates: unknown[] } }[];
}

interface Change {
  readonly authority?: AuthorityLevels;
  readonly certificate?: (instance: Sigstore) => Partial<CertificateRequest>;
  readonly root?: (root: Root) => void;
  readonly stamped?: boolean;
}

function variant(name: string, { authority, certificate, root, stamped }: Change): BundleVariant {
  const instance = createSigstore({ validFrom, ...(authority && { authority }) });
  const signed = signBlob(instance, sha256Of(artifact), {
    ...who,
    at,
    ...(certificate && { certificate: certificate(instance) }),
  });
  const stranger = createSigstore({ validFrom }).timestampAuthority;
  const timestamps = stamped === true ? [stranger.stamp(signed.signature, at)] : [];
  const trusted = JSON.parse(instance.trustedRoot()) as Root;
  // cosign 2.5 does not know the logs of Rekor v2.
  trusted.tlogs = trusted.tlogs.slice(0, 1);
  root?.(trusted);
  const bundle = renderings.blobBundle({ ...signed, timestamps });
  return { kind: 'path', name, artifact, ...who, bundle, trustedRoot: JSON.stringify(trusted) };
}

const oidOf = (der: Der) => der.subarray(2, 7).toString('hex');
const having =
  (...changed: Der[]) =>
  (usual: readonly Der[]): Der[] => [
    ...usual.filter((one) => !changed.some((other) => oidOf(one) === oidOf(other))),
    ...changed,
  ];
const intermediate = (...changed: Der[]): Change => ({
  authority: { intermediates: [{ extensions: having(...changed) }] },
});
const root = (...changed: Der[]): Change => ({ authority: { root: { extensions: having(...changed) } } });
const unknown = (isCritical: boolean) => extension('1.3.6.1.4.1.99999.1', nothing(), isCritical);
const eku = (...oids: string[]) => extendedKeyUsage(oids);
const email = (value: string) => generalName({ type: 'email', value });
const lie = (log: CtLog): CtLog => ({
  ...log,
  promise: (...given) => Buffer.concat([log.promise(...given).subarray(0, -1), Buffer.of(0)]),
});
const withoutUsage = (usual: readonly Der[]) =>
  usual.filter((one) => oidOf(one) !== oidOf(eku(purposes.any)));

export const pathVariants: readonly BundleVariant[] = [
  variant('an intermediate with a critical extension that nobody knows', intermediate(unknown(true))),
  variant('a root with a critical extension that nobody knows', root(unknown(true))),
  variant('a certificate with a critical extension that nobody knows', {
    certificate: () => ({ moreExtensions: [unknown(true)] }),
  }),
  variant('a certificate with one that is not critical', {
    certificate: () => ({ moreExtensions: [unknown(false)] }),
  }),
  variant('a certificate with an extension twice', {
    certificate: () => ({ moreExtensions: [unknown(false), unknown(false)] }),
  }),
  variant('an intermediate for servers', intermediate(eku(purposes.server))),
  variant('a root for servers', root(eku(purposes.server))),
  variant('an intermediate for any purpose', intermediate(eku(purposes.any))),
  variant('an intermediate without an extended key usage', {
    authority: { intermediates: [{ extensions: withoutUsage }] },
  }),
  variant('an intermediate that is no authority', intermediate(basicConstraints(false))),
  variant('an intermediate that may not sign certificates', intermediate(keyUsage([6]))),
  variant('two intermediates', { authority: { intermediates: [{}, {}] } }),
  variant('more intermediates than are allowed', {
    authority: { root: { extensions: having(basicConstraints(true, 0)) } },
  }),
  variant('an intermediate that had ended', { authority: { intermediates: [{ notAfter: at }] } }),
  variant('names constrained to another host', intermediate(nameConstraints([email('other.org')]))),
  variant('names constrained to the host', intermediate(nameConstraints([email('example.org')]))),
  variant('names constrained to the domain above the host', intermediate(nameConstraints([email('org')]))),
  variant('names constrained to hosts below the domain', intermediate(nameConstraints([email('.org')]))),
  variant(
    'names constrained to another mailbox',
    intermediate(nameConstraints([email('other@example.org')])),
  ),
  variant('the host excluded', intermediate(nameConstraints([], [email('example.org')]))),
  variant('the domain above the host excluded', intermediate(nameConstraints([], [email('org')]))),
  variant(
    'names constrained in the directory',
    intermediate(
      nameConstraints([explicit(4, encodeName({ organization: 'sigstore.dev', commonName: 'x' }))]),
    ),
  ),
  variant('names constrained by the root', root(nameConstraints([email('other.org')]))),
  variant('an intermediate for a trust anchor', {
    root: ({ certificateAuthorities }) => certificateAuthorities[0]!.certChain.certificates.pop(),
  }),
  variant('an unknown log beside the right one', {
    certificate: ({ ctLog }) => ({ ctLogs: [createCtLog(), ctLog] }),
  }),
  variant('a broken timestamp of the right log beside a good one', {
    certificate: ({ ctLog }) => ({ ctLogs: [lie(ctLog), ctLog] }),
  }),
  variant('a timestamp of an unknown authority', { stamped: true }),
  variant('a log without a scheme', { root: ({ tlogs }) => (tlogs[0]!['baseUrl'] = 'rekor.sigstore.dev') }),
  variant('a log more, whose key is of an unknown type', {
    root: ({ tlogs }) => {
      const log = structuredClone(tlogs[0]!) as {
        publicKey: { keyDetails: string };
        logId: { keyId: string };
      };
      log.publicKey.keyDetails = 'PKIX_ML_DSA_65';
      log.logId.keyId = Buffer.alloc(32, 7).toString('base64');
      tlogs.push({ ...log });
    },
  }),
  variant('a log more, with a field that nobody knows', {
    root: ({ tlogs }) => {
      tlogs.push({ ...tlogs[0]!, logId: { keyId: Buffer.alloc(32, 7).toString('base64') }, surprise: 1 });
    },
  }),
  variant('null for what is absent', {
    root: ({ tlogs }) => {
      (tlogs[0]!['publicKey'] as { validFor: { end: unknown } }).validFor.end = null;
    },
  }),
];
