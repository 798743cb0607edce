/** A throwaway certificate authority for rehearsals over TLS: a root, and certificates for hosts by name and address. */
import { generateKeyPairSync, randomBytes } from 'node:crypto';
import { isIP } from 'node:net';
import {
  alternativeNames,
  authorityExtensions,
  keyIdentifiers,
  leafExtensions,
  signCertificate,
  toPem,
} from './sigstore/certificate.ts';
import { generateEcdsaKey } from './sigstore/keys.ts';

export interface TlsAuthority {
  /** What clients are to trust, PEM: `NODE_EXTRA_CA_CERTS` names a file of it. */
  readonly certificate: string;
  /** PEM, as Node's servers take them. */
  issue(hosts: readonly string[]): { readonly cert: string; readonly key: string };
}

const dayMs = 86_400_000;

/** Good from yesterday on for a month: TLS is judged by the machine's clock, whatever a run is told. */
export function createTlsAuthority(): TlsAuthority {
  const root = generateEcdsaKey();
  const name = { organization: 'assay', commonName: 'Rehearsal' };
  const [notBefore, notAfter] = [new Date(Date.now() - dayMs), new Date(Date.now() + 30 * dayMs)];
  const issuedByRoot = { issuer: name, notBefore, notAfter };
  const authority = signCertificate(
    {
      ...{ ...issuedByRoot, serial: serialNumber(), subject: name, spki: root.spki },
      extensions: [...authorityExtensions(0), ...keyIdentifiers(root.spki, root.spki)],
    },
    root,
  );
  return {
    certificate: toPem(authority),
    issue(hosts) {
      const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
      const spki = publicKey.export({ format: 'der', type: 'spki' });
      const names = hosts.map((value) => ({
        type: isIP(value) === 0 ? ('dns' as const) : ('ip' as const),
        value,
      }));
      const leaf = signCertificate(
        {
          ...{ ...issuedByRoot, serial: serialNumber(), subject: undefined, spki },
          extensions: [
            ...leafExtensions('server'),
            ...keyIdentifiers(spki, root.spki),
            alternativeNames(names),
          ],
        },
        root,
      );
      return { cert: toPem(leaf), key: privateKey.export({ format: 'pem', type: 'pkcs8' }).toString() };
    },
  };
}

/** Positive, and of full length. */
function serialNumber(): Buffer {
  const serial = randomBytes(16);
  serial[0] = 1;
  return serial;
}
