/**
 * What a person verifies by hand may be as large as where a manifest is made of it, and not a byte larger: each document
 * here is genuine, and only its size is wrong.
 */
import { createHash } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enums } from 'openpgp';
import { afterAll, describe, expect, it } from 'vitest';
import {
  apiEntry,
  blobBundle,
  detachedCertificate,
  detachedSignature,
} from '../../../scripts/upstream/sigstore/renderings.ts';
import type { Need } from '../../../src/model/need.ts';
import { inReleaseFile } from '../../../src/verify/apt/release.ts';
import { cosignSignature } from '../../../src/verify/methods/cosign-signature.ts';
import { openpgpChecksums } from '../../../src/verify/methods/openpgp-checksums.ts';
import { sigstoreChecksums } from '../../../src/verify/methods/sigstore-checksums.ts';
import { runCommand } from '../../support/answer-in-process.ts';
import { documentsOf, judging } from '../../support/judge-checksums.ts';
import { armorSignature, clearsign, makeKey, publicKeyFile, signData } from '../../support/openpgp.ts';
import { artifact, digestOf, sign, sigstore, who } from '../../support/throwaway-sigstore.ts';
import { trusting } from '../../support/trusting.ts';

const directory = mkdtempSync(join(tmpdir(), 'assay-limits-'));
afterAll(() => {
  rmSync(directory, { recursive: true });
});

let written = 0;
function file(content: string | Uint8Array): string {
  const path = join(directory, String((written += 1)));
  writeFileSync(path, content);
  return path;
}

/** What follows a document and changes nothing of it. */
const padded = (text: string, sizeBytes: number) => text + ' '.repeat(sizeBytes - Buffer.byteLength(text));
const sha256 = createHash('sha256').update(artifact).digest('hex');
const tool = file(artifact);
const line = `${sha256}  tool\n`;
/** A checksum file of this size, in a comment. */
const sums = (sizeBytes: number) => `${line}#`.padEnd(sizeBytes - 1, 'x') + '\n';

const key = await makeKey();
const keyring = ['--keyring', file(publicKeyFile(key))];
const signedBy = (text: string) => signData(Buffer.from(text), { key, type: enums.signature.binary });
const root = ['--trusted-root', file(sigstore.trustedRoot())];
const identity = ['--certificate-identity', who.identity, '--certificate-oidc-issuer', who.issuer];
const bundleOf = (text: string) => blobBundle(sign({}, Buffer.from(text)));

function verifyChecksums(checksums: string, ...args: readonly string[]): readonly string[] {
  return ['verify-checksums', '--checksums', file(checksums), ...args, '--name', 'tool', tool];
}

const blob = sign();
const answer = JSON.stringify(blob.entries.map((entry) => apiEntry(entry)));
interface Blob {
  readonly signature: string;
  readonly certificate: string;
  readonly entry: string;
}

function verifyBlob(changes: Partial<Blob>): readonly string[] {
  const good = {
    signature: detachedSignature(blob),
    certificate: detachedCertificate(blob),
    entry: answer,
  };
  const { signature, certificate, entry } = { ...good, ...changes };
  return [
    ...['verify-blob', '--signature', file(signature), '--certificate', file(certificate)],
    ...['--rekor-entry', file(entry), ...root, ...identity, digestOf(artifact)],
  ];
}

/** The most that the methods take of a document of this role, as they ask for it. */
async function limitOf(role: string): Promise<number> {
  const beside = { checksums: 'SUMS', checksum: 'SUM', bundle: 'B', signature: 'S', certificate: 'C' };
  const rekor = 'https://rekor.example.org';
  const matter = { ...judging, documents: documentsOf({}), trust: trusting() };
  const detached = { ...beside, form: 'detached', signedBy: 'tool' } as const;
  const needs: readonly (readonly Need[])[] = await Promise.all([
    openpgpChecksums.next({ ...matter, spec: { ...detached, method: 'openpgp-checksums' } }),
    sigstoreChecksums.next({ ...matter, spec: { ...beside, ...who, method: 'sigstore-checksums' } }),
    cosignSignature.next({ ...matter, spec: { ...beside, ...who, rekor } }),
  ]);
  const limits = [...needs.flat(), inReleaseFile].flatMap((need) =>
    need.role === role && 'maxBytes' in need ? need.maxBytes : [],
  );
  expect(new Set(limits).size).toBe(1);
  return limits[0]!;
}

type Run = (sizeBytes: number) => readonly string[] | Promise<readonly string[]>;

describe('a document of the size that the methods take, and one byte more', () => {
  it.each<[role: string, how: string, run: Run]>([
    ['checksums', 'unsigned', (size) => verifyChecksums(sums(size))],
    [
      'checksums',
      'with a bundle',
      (size) => verifyChecksums(sums(size), '--bundle', file(bundleOf(sums(size))), ...root, ...identity),
    ],
    [
      'checksums',
      'with a detached signature',
      async (size) => {
        const signature = armorSignature(await signedBy(sums(size)));
        return verifyChecksums(sums(size), '--openpgp-signature', file(signature), ...keyring);
      },
    ],
    [
      'sigstore-bundle',
      'of a checksum file',
      (size) => verifyChecksums(line, '--bundle', file(padded(bundleOf(line), size)), ...root, ...identity),
    ],
    [
      'sigstore-bundle',
      'of a file',
      (size) => [
        'verify-bundle',
        '--bundle',
        file(padded(blobBundle(blob), size)),
        ...root,
        ...identity,
        tool,
      ],
    ],
  ])('%s %s', async (role, _, run) => {
    const limit = await limitOf(role);
    expect(await runCommand(await run(limit))).toMatchObject({ exitCode: 0, message: '' });
    const refused = await runCommand(await run(limit + 1));
    expect(refused).toMatchObject({ exitCode: 5, code: 'LIMIT_EXCEEDED', stdout: '' });
    expect(refused.message).toContain(`has more than ${String(limit)} bytes`);
  });

  it.each<[role: string, run: Run]>([
    [
      'openpgp-signature',
      async (size) => {
        const signature = padded(armorSignature(await signedBy(line)), size);
        return verifyChecksums(line, '--openpgp-signature', file(signature), ...keyring);
      },
    ],
    ['signature', (size) => verifyBlob({ signature: padded(detachedSignature(blob), size) })],
    ['certificate', (size) => verifyBlob({ certificate: padded(detachedCertificate(blob), size) })],
    [
      'inrelease',
      async (size) => {
        // Lines, of which there may be many; what is not signed is not taken whatever its size.
        const text = `Origin: Example\n${`X-Line: ${'x'.repeat(90)}\n`.repeat(size / 90)}`.trimEnd();
        return ['verify-release', file(await clearsign(text, { key })), ...keyring];
      },
    ],
  ])('%s is refused for its size, before anything of it is read', async (role, run) => {
    const limit = await limitOf(role);
    const refused = await runCommand(await run(limit + 1));
    expect(refused).toMatchObject({ exitCode: 5, code: 'LIMIT_EXCEEDED', stdout: '' });
    expect(refused.message).toContain(`has more than ${String(limit)} bytes`);
  });

  it("Rekor's answer", async () => {
    const limit = 4 << 20;
    expect(await runCommand(verifyBlob({ entry: padded(answer, limit) }))).toMatchObject({ exitCode: 0 });
    const refused = await runCommand(verifyBlob({ entry: padded(answer, limit + 1) }));
    expect(refused).toMatchObject({ exitCode: 5, code: 'LIMIT_EXCEEDED', stdout: '' });
  });
});
