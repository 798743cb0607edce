/** Certificates that assay hands on and does not judge: those of a VM's authorities, which curl there is told of. */
import { X509Certificate } from 'node:crypto';

/** PEM of one block: can OpenSSL read it? */
export function isCertificate(pem: string): boolean {
  try {
    return Boolean(new X509Certificate(pem));
  } catch {
    return false;
  }
}
