// A detached signature with its certificate, and the log's word that it was made while that was valid:
// node verify-blob.mts FILE SIGNATURE CERTIFICATE ROOT IDENTITY ISSUER [REKOR]
import { readFile } from 'node:fs/promises';
import { createFetcher } from '@podplane/assay/network';
import { parseTrustedRoot, verifyBlob } from '@podplane/assay/sigstore';

const [file = '', signature = '', certificate = '', root = '', identity = '', issuer = '', mirror] =
  process.argv.slice(2);
const rekor = 'https://rekor.sigstore.dev';
const fetcher = createFetcher({ mirrors: mirror === undefined ? [] : [{ origin: rekor, url: mirror }] });
try {
  const { subject, result } = await verifyBlob({
    signature: await readFile(signature),
    certificate: await readFile(certificate),
    content: await readFile(file),
    // The answer is judged by the log's key in the trusted root, whoever gave it.
    rekor: { url: rekor, fetcher },
    signer: { identity, issuer },
    trustedRoot: parseTrustedRoot(await readFile(root), root),
    now: new Date(),
  });
  console.log(subject.digest, result.signers);
} finally {
  await fetcher.close();
}
