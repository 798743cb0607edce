/** What there is to say of one node or link of a chain, as sentences. Text of strangers is escaped here. */
import type { ProofLink, ProofNode } from '../formats/own/proof-chain.ts';
import { escapeForeignName } from '../model/printable.ts';

/** What people call documents, where that is not their role. */
const titles: Readonly<Record<string, string>> = {
  inrelease: 'InRelease',
  packages: 'Packages, the index',
  'packages-stanza': 'stanza of the index',
  checksum: 'checksum file',
  checksums: 'checksum file',
  'sigstore-bundle': 'Sigstore bundle',
  'rekor-answer': "the log's answer",
  sbom: 'bill of materials',
  'sbom-entry': 'its entry',
  'sbom-signature': "the bill's signature",
  'sbom-certificate': "the bill's certificate",
  'sbom-rekor-answer': "the log's answer about the bill",
  'openpgp-signature': 'OpenPGP signature',
  'openpgp-digests': 'what the signatures sign of the file',
  'github-release': "what GitHub's API says of the release",
  'cosign-signatures': "cosign's signatures",
  'simple-signing': 'what cosign signed',
  'oci-tagged': 'what the tag leads to',
  'oci-manifest': "the platform's manifest",
  'oci-config': 'configuration',
};

export function factsOf(node: ProofNode): { readonly title: string; readonly facts: readonly string[] } {
  switch (node.kind) {
    case 'anchor': {
      const { name, type, file, pinned, learnt, proof } = node;
      const title = `${shown(name)}  trust anchor (${shown(type)}${file === '' ? '' : `, ${shown(file)}`})`;
      return {
        title,
        facts: [
          ...pinned.map((one) => `pinned  ${shown(one)}`),
          ...(learnt === undefined ? [] : [`learnt  ${shown(learnt.trim(), 1000)}`]),
          ...(proof === undefined ? [] : [`proof   ${shown(proof, 1000)}`]),
        ],
      };
    }
    case 'origin':
      return { title: `${shown(node.host)}  its word alone, over TLS: nobody signed`, facts: [] };
    case 'document': {
      const { role, url, digest, size, kept } = node;
      const large = size === undefined ? '' : `, ${bytesText(size)}`;
      const where = digest === undefined ? 'not in the evidence' : kept ? 'kept' : `by digest alone${large}`;
      return {
        title: `${titles[role] ?? shown(role)} (${where})`,
        facts: [shown(url, 2000), ...(digest === undefined ? [] : [digest])],
      };
    }
    case 'artifact':
      return { title: 'the artifact that the manifest has', facts: [shown(node.url, 2000), node.digest] };
  }
}

/** Those that were compared with one thing, in one line. What the node below shows itself is not said again. */
export function checkFacts(checks: ProofLink['checks'], digest: string | undefined): readonly string[] {
  const groups: { readonly against: string; readonly texts: string[] }[] = [];
  for (const { check, value, against } of checks) {
    const isShown = digest !== undefined && digest.endsWith(value) && value.length >= 64;
    const text = isShown ? shown(check) : `${shown(check)} ${shortened(value)}`;
    const last = groups.at(-1);
    if (last?.against === against) last.texts.push(text);
    else groups.push({ against, texts: [text] });
  }
  return groups.map(({ against, texts }) => `${texts.join(', ')}: ${shown(against, 500)}`);
}

function shortened(value: string): string {
  return /^(?:sha\d+:)?[0-9a-f]{64,}$/.test(value) ? `${value.slice(0, 20)}…` : valueText(value);
}

export function signedTime(signedAt: string | undefined): string {
  return signedAt === undefined ? 'at a time that nobody signed' : timeText(signedAt);
}

export function signerFacts(signer: ProofLink['signers'][number]): readonly string[] {
  const at = signedTime(signer.signedAt);
  if (signer.method === 'sigstore') {
    const { identity, issuer, build } = signer;
    const facts = Object.entries(build ?? {}).map(([field, value]) => `  ${field} ${shown(value, 500)}`);
    return [`signed ${at}`, `by ${shown(identity, 500)}`, `who is known to ${shown(issuer, 500)}`, ...facts];
  }
  const { fingerprint } = signer;
  const isSubkey = signer.method === 'openpgp' && signer.primaryFingerprint !== fingerprint;
  return [
    `signed ${at}`,
    `by the ${isSubkey ? 'subkey' : 'key'} ${shown(fingerprint)}`,
    ...(isSubkey ? [`of ${shown(signer.primaryFingerprint)}`] : []),
  ];
}

export function shown(text: string, maxLength?: number): string {
  return escapeForeignName(text, maxLength);
}

export function valueText(value: string): string {
  return shown(value.replaceAll(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z/g, timeText), 500);
}

/** `2026-11-18 11:58 UTC`, with seconds where there are any. */
export function timeText(iso: string): string {
  return `${iso.slice(0, 10)} ${iso.slice(11, 19).replace(/:00$/, '')} UTC`;
}

export function bytesText(size: number): string {
  return `${size.toLocaleString('en-US')} bytes`;
}
