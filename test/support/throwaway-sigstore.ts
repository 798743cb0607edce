/** A throwaway Sigstore for a test file, an artifact that it signed, and both ways to ask the verifier about it. */
import { createSigstore, type Sigstore } from '../../scripts/upstream/sigstore/instance.ts';
import { blobBundle, envelopeBundle } from '../../scripts/upstream/sigstore/renderings.ts';
import {
  renderStatement,
  sha256Of,
  signBlob,
  signEnvelope,
  type SignedBlob,
  type SigningRequest,
  type StatementOptions,
  type Subject as StatementSubject,
} from '../../scripts/upstream/sigstore/signing.ts';
import type { LogEntry } from '../../scripts/upstream/sigstore/transparency-log.ts';
import type { Digest } from '../../src/model/digest.ts';
import { parseBundle } from '../../src/verify/sigstore/bundle.ts';
import {
  verifyStatement,
  type StatementInput,
  type VerifiedStatement,
} from '../../src/verify/sigstore/in-toto.ts';
import { parseTrustedRoot, type TrustedRoot } from '../../src/verify/sigstore/trusted-root.ts';
import type { SignerPolicy } from '../../src/verify/sigstore/identity.ts';
import { verifyMessage, type VerifiedMessage } from '../../src/verify/sigstore/verify-bundle.ts';

export const validFrom = new Date('2026-01-01T00:00:00Z');
/** The start of every certificate's ten minutes. */
export const at = new Date('2026-11-20T10:00:00Z');
export const artifact = Buffer.from('the bytes of a tool\n');
export const who = { identity: 'release@example.org', issuer: 'https://accounts.example.org' };
export const workflow = {
  identity: 'https://github.com/owner/project/.github/workflows/release.yml@refs/tags/v1.0.0',
  issuer: 'https://token.actions.githubusercontent.com',
};
export const predicateType = 'https://slsa.dev/provenance/v1';

export const sigstore = createSigstore({ validFrom });
export const trustedRoot = rootOf(sigstore);

export function rootOf(from: Sigstore, ...options: Parameters<Sigstore['trustedRoot']>): TrustedRoot {
  return parseTrustedRoot(Buffer.from(from.trustedRoot(...options)), 'trusted_root.json');
}

export function digestOf(bytes: Uint8Array): Digest {
  return `sha256:${sha256Of(bytes).toString('hex')}`;
}

export function sign(request: Partial<SigningRequest> = {}, bytes = artifact, from = sigstore): SignedBlob {
  return signBlob(from, sha256Of(bytes), { ...who, at, ...request });
}

/** A bundle in which every entry of the log is changed. */
export function withEntries(signed: SignedBlob, change: (entry: LogEntry) => LogEntry): string {
  return blobBundle({ ...signed, entries: signed.entries.map(change) });
}

export interface Asked {
  readonly signer?: SignerPolicy;
  readonly digest?: Digest;
  readonly root?: TrustedRoot;
}

/** What `verify-bundle` makes of a bundle over the artifact. */
export async function judge(bundle: string | Uint8Array, asked: Asked = {}): Promise<VerifiedMessage> {
  const { signer = { certificate: who }, digest = digestOf(artifact), root = trustedRoot } = asked;
  return verifyMessage({
    bundle: parseBundle(Buffer.from(bundle), 'bundle'),
    signer,
    trustedRoot: root,
    subject: { digest },
  });
}

export interface Attested extends StatementOptions, Partial<SigningRequest> {
  readonly subjects?: readonly StatementSubject[];
  readonly payload?: Buffer;
  readonly payloadType?: string;
}

export const tool: StatementSubject = {
  name: 'tool.tar.gz',
  digest: { sha256: sha256Of(artifact).toString('hex') },
};

/** A bundle with a statement about the artifact. */
export function attest({ subjects = [tool], payload, ...request }: Attested = {}): string {
  const { type, predicateType: about, predicate, ...signing } = request;
  const options = {
    ...(type === undefined ? {} : { type }),
    ...(about === undefined ? {} : { predicateType: about }),
    ...(predicate === undefined ? {} : { predicate }),
  };
  const statement = payload ?? renderStatement(subjects, options);
  return envelopeBundle(signEnvelope(sigstore, statement, { ...who, at, ...signing }));
}

export async function judgeStatement(
  bundle: string | Uint8Array,
  asked: Partial<Omit<StatementInput, 'bundle'>> = {},
): Promise<VerifiedStatement> {
  return verifyStatement({
    bundle: parseBundle(Buffer.from(bundle), 'bundle'),
    signer: { certificate: who },
    trustedRoot,
    predicateTypes: [predicateType],
    ...asked,
  });
}
