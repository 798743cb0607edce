// A file by its Sigstore bundle, offline: node verify-bundle.mts FILE BUNDLE ROOT IDENTITY ISSUER
import { readFile } from 'node:fs/promises';
import { parseTrustedRoot, verifyBundle } from '@podplane/assay/sigstore';

const [file = '', bundle = '', root = '', identity = '', issuer = ''] = process.argv.slice(2);
const { subject, result } = await verifyBundle({
  bundle: await readFile(bundle),
  content: await readFile(file),
  // Exactly these: there are no patterns.
  signer: { certificate: { identity, issuer } },
  trustedRoot: parseTrustedRoot(await readFile(root), root),
  now: new Date(),
});
console.log(subject.digest, result.assurance, result.signers);
