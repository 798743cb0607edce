/**
 * assay and cosign judge the same material (test/support/cosign-variants.ts). What each of them must say of each
 * variant stands in the table of docs/cosign-differential.md, which also explains every difference.
 *
 * assay's side always runs. cosign's runs where ASSAY_COSIGN names the program: version 2.5 of Debian 13.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startUpstreamServer, type UpstreamServer } from '../../scripts/upstream/server.ts';
import { toPem } from '../../scripts/upstream/sigstore/certificate.ts';
import { rekorRoutes, retrieveEntries, retrievePath } from '../../scripts/upstream/sigstore/rekor-api.ts';
import { runCommand } from '../support/answer-in-process.ts';
import type { Variant } from '../support/cosign-variant.ts';
import { artifactName, sigstore, variants } from '../support/cosign-variants.ts';
import { runProgram } from '../support/run-assay.ts';

const predicateType = 'https://slsa.dev/provenance/v1';

interface Row {
  readonly cosign: string;
  readonly assay: string;
  readonly why: string;
}

/** The table's rows, by kind and name of the variant. */
const rows = new Map<string, Row>(
  Array.from(
    readFileSync(new URL('../../docs/cosign-differential.md', import.meta.url), 'utf8').matchAll(
      /^\| (\w+) +\| ([^|]*?) +\| (accepted|refused) +\| `?(\w+)`? +\| ([^|]*?) *\|$/gm,
    ),
    ([, kind = '', name = '', cosign = '', assay = '', why = '']) => [`${kind}: ${name}`, { cosign, assay, why }],
  ),
);
const keyOf = ({ kind, name }: Variant) => `${kind}: ${name}`;

let server: UpstreamServer;
let folder: string;
beforeAll(async () => {
  server = await startUpstreamServer({ routes: rekorRoutes(sigstore.rekor) });
  folder = mkdtempSync(join(tmpdir(), 'assay-cosign-'));
});
afterAll(async () => {
  await server.close();
  rmSync(folder, { recursive: true });
});

function file(name: string, content: string | Buffer): string {
  writeFileSync(join(folder, name), content);
  return join(folder, name);
}

/** The flags that both know, and the artifact. Rekor answers as the variant has it from now on. */
function commonArgs(variant: Variant): string[] {
  const { artifact, identity, issuer } = variant;
  const tamper = variant.kind === 'detached' ? variant.tamper : undefined;
  server.override(retrievePath, retrieveEntries(sigstore.rekor, tamper));
  const evidence =
    variant.kind === 'detached'
      ? ['--signature', file('sig', variant.signature), '--certificate', file('cert', variant.certificate)]
      : ['--bundle', file('bundle', variant.bundle)];
  const signer = ['--certificate-identity', identity, '--certificate-oidc-issuer', issuer];
  return [...evidence, ...signer, file(artifactName, artifact)];
}

function rekorUrl(): string[] {
  return ['--rekor-url', `${server.url}/rekor.sigstore.dev`];
}

function trustedRoot(variant: Variant): string[] {
  const own = variant.kind === 'detached' ? undefined : variant.trustedRoot;
  return ['--trusted-root', file('root.json', own ?? sigstore.trustedRoot())];
}

async function judgeByAssay(variant: Variant): Promise<string> {
  const args = {
    detached: ['verify-blob', ...rekorUrl()],
    legacy: ['verify-bundle'],
    bundle: ['verify-bundle'],
    path: ['verify-bundle'],
    attestation: ['verify-bundle', '--predicate-type', predicateType, '--subject-name', artifactName],
  }[variant.kind];
  const { code, stdout } = await runCommand([...args, ...trustedRoot(variant), ...commonArgs(variant)]);
  if (code !== undefined) return code;
  expect(stdout).toMatch(/^verified: true$/m);
  return 'accepted';
}

async function judgeByCosign(cosign: string, variant: Variant): Promise<string> {
  const modern = ['--new-bundle-format', ...trustedRoot(variant)];
  const args = {
    detached: ['verify-blob', ...rekorUrl()],
    legacy: ['verify-blob', ...rekorUrl()],
    bundle: ['verify-blob', ...modern],
    path: ['verify-blob', ...modern],
    attestation: ['verify-blob-attestation', ...modern, '--type', predicateType],
  }[variant.kind];
  const env = {
    HOME: folder,
    // The public Sigstore must not be asked, should cosign think of it.
    HTTPS_PROXY: 'http://127.0.0.1:9',
    SIGSTORE_ROOT_FILE: file('root.pem', sigstore.authority.chain.map((one) => toPem(one)).join('')),
    SIGSTORE_CT_LOG_PUBLIC_KEY_FILE: file('ct.pem', sigstore.ctLog.publicKeyPem),
    SIGSTORE_REKOR_PUBLIC_KEY: file('rekor.pem', sigstore.rekor.publicKeyPem),
  };
  const { exitCode } = await runProgram(cosign, [...args, ...commonArgs(variant)], { cwd: folder, env });
  return exitCode === 0 ? 'accepted' : 'refused';
}

describe('docs/cosign-differential.md', () => {
  it('has a row for each variant, and no other', () => {
    expect(variants.length).toBeGreaterThan(90);
    expect([...rows.keys()]).toEqual(variants.map(keyOf));
  });

  it('explains the differences, and only these', () => {
    for (const [key, { cosign, assay, why }] of rows) {
      const differs = (cosign === 'accepted') !== (assay === 'accepted');
      expect([key, why !== '']).toEqual([key, differs]);
    }
  });
});

describe('assay', () => {
  it.each(variants)('$kind: $name', async (variant) => {
    expect(await judgeByAssay(variant)).toBe(rows.get(keyOf(variant))?.assay);
  });
});

const cosign = process.env['ASSAY_COSIGN'];
if (cosign !== undefined) {
  describe('cosign', () => {
    it.each(variants)('$kind: $name', async (variant) => {
      expect(await judgeByCosign(cosign, variant)).toBe(rows.get(keyOf(variant))?.cosign);
    });
  });
}
