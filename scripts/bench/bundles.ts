/**
 * Sigstore bundles for two judges, assay and cosign: signed by a throwaway Sigstore, with what each of them needs
 * to verify one. A signature over a file, the same of the file's digest alone, and a statement about it.
 */
import { spawnSync } from 'node:child_process';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createSigstore } from '../upstream/sigstore/instance.ts';
import { blobBundle, envelopeBundle } from '../upstream/sigstore/renderings.ts';
import { renderStatement, sha256Of, signBlob, signEnvelope } from '../upstream/sigstore/signing.ts';
import type { Digest } from '../../src/model/digest.ts';
import { parseBundle } from '../../src/verify/sigstore/bundle.ts';
import { requireSubject, verifyStatement } from '../../src/verify/sigstore/in-toto.ts';
import { parseTrustedRoot } from '../../src/verify/sigstore/trusted-root.ts';
import { verifyMessage } from '../../src/verify/sigstore/verify-bundle.ts';
import { assay, commandIn, type Setting } from './contenders.ts';
import type { Command } from './measure.ts';

export interface BundleKind {
  readonly name: string;
  /** Different ones, about the same artifact. */
  readonly bundles: readonly Uint8Array[];
  /** From text to verdict; rejects where the verdict is not a good one. */
  readonly verify: (bundle: Uint8Array) => Promise<void>;
  /** Processes that verify the first of the bundles. */
  readonly assay: Command;
  readonly cosign: Command | undefined;
}

export const bundlesOfEach = 50;
const artifactName = 'tool.tar.gz';
const artifact = Buffer.from('the bytes of a tool\n');
const sha256 = sha256Of(artifact);
const digest: Digest = `sha256:${sha256.toString('hex')}`;
const predicateType = 'https://slsa.dev/provenance/v1';
const signer = {
  identity: 'https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0.0',
  issuer: 'https://token.actions.githubusercontent.com',
};

/** `cosign`: the program, where there is one. */
export async function bundleKinds(
  base: Pick<Setting, 'root' | 'work' | 'now'>,
  cosign: string | undefined,
): Promise<readonly BundleKind[]> {
  const validFrom = new Date('2026-01-01T00:00:00Z');
  const sigstore = createSigstore({ validFrom });
  const at = new Date(new Date(base.now).getTime() - 7_200_000);
  const rootText = sigstore.trustedRoot();
  const trustedRoot = parseTrustedRoot(Buffer.from(rootText), 'trusted_root.json');
  const policy = { signer: { certificate: signer }, trustedRoot };
  const statement = renderStatement([{ name: artifactName, digest: { sha256: sha256.toString('hex') } }]);
  const messages = sign(() => blobBundle(signBlob(sigstore, sha256, { ...signer, at })));
  const statements = sign(() => envelopeBundle(signEnvelope(sigstore, statement, { ...signer, at })));

  return [
    {
      name: 'a signature over a file',
      bundles: messages,
      verify: async (bytes) => {
        const subject = { digest, bytes: artifact };
        await verifyMessage({ bundle: parseBundle(bytes, 'bundle'), ...policy, subject });
      },
      ...(await processes(base, cosign, { bundle: messages[0], rootText, folder: 'message' })),
    },
    {
      name: 'the same, of its digest alone',
      bundles: messages,
      verify: async (bytes) => {
        await verifyMessage({ bundle: parseBundle(bytes, 'bundle'), ...policy, subject: { digest } });
      },
      // cosign wants the file.
      ...(await processes(base, undefined, { bundle: messages[0], rootText, folder: 'digest' })),
    },
    {
      name: 'a statement about it',
      bundles: statements,
      verify: async (bytes) => {
        const bundle = parseBundle(bytes, 'bundle');
        const verified = await verifyStatement({ bundle, ...policy, predicateTypes: [predicateType] });
        requireSubject(verified, { digest, name: artifactName });
      },
      ...(await processes(base, cosign, { bundle: statements[0], rootText, folder: 'statement' })),
    },
  ];
}

function sign(one: () => string): readonly Uint8Array[] {
  return Array.from({ length: bundlesOfEach }, () => Buffer.from(one()));
}

interface Material {
  readonly bundle: Uint8Array | undefined;
  readonly rootText: string;
  readonly folder: 'message' | 'digest' | 'statement';
}

async function processes(
  base: Pick<Setting, 'root' | 'work'>,
  cosign: string | undefined,
  { bundle = new Uint8Array(), rootText, folder }: Material,
): Promise<Pick<BundleKind, 'assay' | 'cosign'>> {
  const directory = join(base.work, folder);
  await mkdir(directory);
  const write = async (name: string, content: string | Uint8Array) => {
    await writeFile(join(directory, name), content);
    return join(directory, name);
  };
  const common = [
    ...['--bundle', await write('bundle.json', bundle)],
    ...['--trusted-root', await write('trusted_root.json', rootText)],
    ...['--certificate-identity', signer.identity, '--certificate-oidc-issuer', signer.issuer],
    folder === 'digest' ? digest : await write(artifactName, artifact),
  ];
  const isStatement = folder === 'statement';
  const own = isStatement ? ['--predicate-type', predicateType, '--subject-name', artifactName] : [];
  const verb = isStatement ? ['verify-blob-attestation', '--type', predicateType] : ['verify-blob'];
  return {
    assay: assay(base, 'verify-bundle', ...own, ...common),
    cosign:
      cosign === undefined
        ? undefined
        : offline(commandIn(base, [cosign, ...verb, '--new-bundle-format', ...common])),
  };
}

/** The public Sigstore must not be asked, should cosign think of it. */
function offline(command: Command): Command {
  return { ...command, env: { ...command.env, HTTPS_PROXY: 'http://127.0.0.1:9' } };
}

/** What it says of itself: `v2.5.0, go1.24.4`. Debian's builds say `devel`. */
export function versionOfCosign(cosign: string): string {
  const { stdout } = spawnSync(cosign, ['version'], { encoding: 'utf8' });
  const [version, compiler] = ['GitVersion', 'GoVersion'].map((field) =>
    new RegExp(`^${field}:\\s+(\\S+)$`, 'm').exec(stdout)?.at(1),
  );
  return `${version ?? 'of an unknown version'}, ${compiler ?? 'an unknown compiler'}`;
}
