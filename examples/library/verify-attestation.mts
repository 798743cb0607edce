// A signed statement about a file (in-toto), such as its provenance:
// node verify-attestation.mts FILE BUNDLE ROOT IDENTITY ISSUER
import { readFile } from 'node:fs/promises';
import { parseTrustedRoot, verifyAttestation } from '@podplane/assay/sigstore';

const [file = '', bundle = '', root = '', identity = '', issuer = ''] = process.argv.slice(2);
const { subject } = await verifyAttestation({
  bundle: await readFile(bundle),
  content: await readFile(file),
  signer: { certificate: { identity, issuer } },
  predicateTypes: ['https://slsa.dev/provenance/v1'],
  trustedRoot: parseTrustedRoot(await readFile(root), root),
  now: new Date(),
});
// Signed, and about this file. Whether what it says is enough, is yours to decide.
console.log(subject.digest, subject.statement.predicateType);
