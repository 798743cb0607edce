import type { EvidenceDocument } from '../model/verification.ts';
import { digestOf } from './digest.ts';

/** Bytes as a document of evidence: named by the digest that they have. */
export function documentOf(role: string, url: string, bytes: Uint8Array): EvidenceDocument {
  return { role, url, digest: digestOf('sha256', bytes), sizeBytes: bytes.length, bytes };
}
