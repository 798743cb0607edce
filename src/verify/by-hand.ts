/**
 * What a person may run to see the same without assay: `gpgv`, `sha256sum`, `cosign`. They run in an empty directory,
 * where each document lies under a name of its own (`HandFiles`).
 */
import type { Command } from '../formats/own/proof-chain.ts';
import { digestAlgorithm, digestHex, type Digest } from '../model/digest.ts';
import type { BundleSigner } from './sigstore/verify-bundle.ts';
import { publicGood } from './anchors/public-good.ts';
import { noIssuer, type CertificatePolicy } from './sigstore/identity.ts';
import type { HandFiles, NamedDocument, theArtifact } from './trail.ts';

export type ByHand = (files: HandFiles) => readonly Command[];

/** An OpenPGP signature by a pinned key: around the message, or detached from `data`. */
export function gpgv(
  anchor: string,
  signature: NamedDocument,
  data?: NamedDocument | typeof theArtifact,
): ByHand {
  return (files) => {
    const keys = files.anchor(anchor);
    const keyring = files.make(`${anchor}.gpg`, (name) => ({
      argv: ['gpg', '--dearmor', '--output', name, keys],
    }));
    const signed = data === undefined ? [] : [fileOf(data, files)];
    return [{ argv: ['gpgv', '--keyring', `./${keyring}`, files.document(signature), ...signed] }];
  };
}

/** Where other programs read it. */
function fileOf(what: NamedDocument | typeof theArtifact, files: HandFiles): string {
  return 'artifact' in what ? files.artifact() : files.document(what);
}

/** The file has this digest. */
export function sameDigest(what: NamedDocument | typeof theArtifact, digest: Digest): ByHand {
  return (files) => {
    const stdin = `${digestHex(digest)}  ${fileOf(what, files)}\n`;
    return [{ argv: [`${digestAlgorithm(digest)}sum`, '--check'], stdin }];
  };
}

/** The file's digest stands in a document that was verified. */
export function listedDigest(
  list: NamedDocument,
  listed: NamedDocument | typeof theArtifact,
  digest: Digest,
): ByHand {
  return (files) => [
    { argv: ['grep', '-iF', digestHex(digest), files.document(list)] },
    ...sameDigest(listed, digest)(files),
  ];
}

const decompressors: Readonly<Record<string, string>> = { gz: 'gzip', xz: 'xz' };

/** The stanza of a package, out of an index; what it says is for the reader's eyes. */
export function stanzaOf(index: NamedDocument, name: string, digest: Digest): ByHand {
  return (files) => {
    const packed = files.document(index);
    const program = decompressors[packed.slice(packed.lastIndexOf('.') + 1)];
    const plain =
      program === undefined
        ? packed
        : files.make('Packages', (stdout) => ({ argv: [program, '-dc', packed], stdout }));
    const pattern = `(^|\\n)Package: ${name.replaceAll(/[.+]/g, '[$&]')}(\\n|$)`;
    const argv = ['awk', '-v', 'RS=', `/${pattern}/`, plain];
    const found = files.make('stanza', (stdout) => ({ argv, stdout }));
    return [{ argv: ['grep', '-F', digestHex(digest), found] }];
  };
}

function identityArgs({ identity, issuer = noIssuer }: CertificatePolicy): readonly string[] {
  return ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer];
}

/** A bundle of a file's signature. cosign takes a file of one bundle. */
export function cosignBundle(
  bundle: NamedDocument & { readonly bytes: Uint8Array },
  signed: NamedDocument | typeof theArtifact,
  policy: CertificatePolicy,
): ByHand {
  return (files) => {
    const file = fileOf(signed, files);
    // Of today's form, or of before 2024.
    const isNew = Buffer.from(bundle.bytes).includes('"mediaType"');
    const form = isNew ? ['--new-bundle-format', '--trusted-root', files.anchor(publicGood)] : [];
    const argv = ['cosign', 'verify-blob', ...form, '--bundle', files.document(bundle)];
    return [{ argv: [...argv, ...identityArgs(policy), file] }];
  };
}

/** A signature and its certificate; cosign asks the log itself. */
export function cosignDetached(
  {
    signature,
    certificate,
    rekor,
  }: {
    readonly signature: NamedDocument;
    readonly certificate: NamedDocument;
    readonly rekor: string;
  },
  signed: NamedDocument | typeof theArtifact,
  policy: CertificatePolicy,
): ByHand {
  return (files) => {
    const file = fileOf(signed, files);
    const argv = [
      ...['cosign', 'verify-blob', '--rekor-url', rekor],
      ...['--signature', files.document(signature), '--certificate', files.document(certificate)],
    ];
    return [{ argv: [...argv, ...identityArgs(policy), file] }];
  };
}

/** A signature by a pinned key of cosign's, without a log. */
export function cosignKeyed(
  anchor: string,
  signature: NamedDocument,
  signed: NamedDocument | typeof theArtifact,
): ByHand {
  return (files) => {
    const file = fileOf(signed, files);
    const names = ['--key', files.anchor(anchor), '--signature', files.document(signature)];
    return [{ argv: ['cosign', 'verify-blob', '--insecure-ignore-tlog', ...names, file] }];
  };
}

/** The same in a bundle. */
export function cosignKeyedBundle(
  anchor: string,
  bundle: NamedDocument,
  signed: NamedDocument | typeof theArtifact,
): ByHand {
  return (files) => {
    const file = fileOf(signed, files);
    const root = ['--new-bundle-format', '--trusted-root', files.anchor(publicGood)];
    const names = ['--key', files.anchor(anchor), '--bundle', files.document(bundle)];
    return [{ argv: ['cosign', 'verify-blob', ...root, ...names, file] }];
  };
}

/** A signature by a pinned key of minisign's. */
export function minisigned(
  anchor: string,
  signature: NamedDocument,
  signed: NamedDocument | typeof theArtifact,
): ByHand {
  return (files) => {
    const names = ['-m', fileOf(signed, files), '-x', files.document(signature), '-p', files.anchor(anchor)];
    return [{ argv: ['minisign', '-V', ...names] }];
  };
}

/** A statement about a file. cosign compares the file's digest, and not its name. */
export function cosignStatement(
  bundle: NamedDocument,
  predicateType: string,
  policy: CertificatePolicy,
): ByHand {
  return (files) => [
    {
      argv: [
        ...['cosign', 'verify-blob-attestation', '--new-bundle-format', '--bundle', files.document(bundle)],
        ...['--trusted-root', files.anchor(publicGood), '--type', predicateType],
        ...identityArgs(policy),
        files.artifact(),
      ],
    },
  ];
}

/** An envelope that is no bundle: slsa-verifier asks the log itself. */
export function slsaVerified(provenance: NamedDocument, signer: BundleSigner): ByHand {
  return (files) => {
    const { sourceRepository = '', sourceRef = '' } =
      signer.method === 'sigstore' ? (signer.build ?? {}) : {};
    const tag = /^refs\/tags\/(.+)/s.exec(sourceRef)?.[1];
    const source = ['--source-uri', sourceRepository, ...(tag === undefined ? [] : ['--source-tag', tag])];
    const names = ['--provenance-path', files.document(provenance), ...source, files.artifact()];
    return [{ argv: ['slsa-verifier', 'verify-artifact', ...names] }];
  };
}

/** The signature of an image; cosign asks the registry. */
export function cosignImageSignature(image: string, policy: CertificatePolicy): ByHand {
  return () => [{ argv: ['cosign', 'verify', ...identityArgs(policy), image] }];
}

/** An attestation that GitHub's API has of a file. */
export function ghAttestation(
  { repository, predicateType }: { readonly repository: string; readonly predicateType: string },
  { identity, issuer = noIssuer, sourceRef = '', sourceDigest }: CertificatePolicy,
  attested: (files: HandFiles) => string,
): ByHand {
  return (files) => {
    const commit = sourceDigest === undefined ? [] : ['--source-digest', sourceDigest];
    const source = ['--source-ref', sourceRef, ...commit];
    const of = ['--repo', repository, ...source, '--predicate-type', predicateType];
    const who = ['--cert-identity', identity, '--cert-oidc-issuer', issuer];
    return [{ argv: ['gh', 'attestation', 'verify', attested(files), ...of, ...who] }];
  };
}
