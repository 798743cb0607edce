/**
 * An OVA (DSP0243, section 5.3): a tar archive of an OVF descriptor, disks, and a manifest `.mf` of their digests.
 * Members are hashed as they pass, wherever the manifest stands among them; nothing is unpacked.
 *
 * The manifest alone is integrity: who vouches for it is the caller's question, and asked before it is read. Its
 * certificate, `.cert`, is not looked at.
 */
import { createHash } from 'node:crypto';
import { parseArchivePath } from '../../formats/upstream/archive-path.ts';
import { digestsOf, nameInText, parseChecksums, type Checksums } from '../../formats/upstream/checksums.ts';
import type { ArchiveMember } from '../../model/archive.ts';
import { digestAlgorithm, type Digest, type DigestAlgorithm } from '../../model/digest.ts';
import { AssayError, VerificationError } from '../../model/errors.ts';

export interface OvaMember {
  readonly name: string;
  readonly digest: Digest | undefined;
  readonly error: AssayError | undefined;
}

export interface OvaVerdict<A> {
  readonly authentic: A;
  /** In the archive's order, without `.mf` and `.cert`. */
  readonly members: readonly OvaMember[];
}

const maxMembers = 1000;
const maxManifestBytes = 4 << 20;

interface Hashed {
  readonly name: string;
  readonly digests: Readonly<Record<DigestAlgorithm, Digest>>;
}

/**
 * `authenticate` gets the manifest's bytes and returns what of them was signed. Throws VerificationError
 * `EVIDENCE_MISSING` (no manifest, no descriptor, a line without member), `EVIDENCE_MALFORMED`, `LIMIT_EXCEEDED`, and
 * what `authenticate` throws; a member that is not what its line says, or has none, is a verdict.
 */
export async function verifyOva<A extends { readonly text: Uint8Array }>(
  members: AsyncIterable<ArchiveMember>,
  authenticate: (manifest: Uint8Array, what: string) => Promise<A>,
  what: string,
): Promise<OvaVerdict<A>> {
  const names = new Set<string>();
  const hashed: Hashed[] = [];
  let manifest: { readonly name: string; readonly bytes: Uint8Array } | undefined;
  for await (const member of members) {
    const name = nameOf(member, what);
    if (names.has(name)) throw malformed(`${what} has ${JSON.stringify(name)} twice`);
    if (names.add(name).size > maxMembers) {
      throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${maxMembers} members`);
    }
    if (name.endsWith('.mf')) {
      if (manifest !== undefined) throw malformed(`${what} has two manifests: ${manifest.name} and ${name}`);
      manifest = { name, bytes: await readManifest(member, `${name} in ${what}`) };
    } else if (!name.endsWith('.cert')) {
      hashed.push({ name, digests: await hashContent(member.content) });
    }
  }
  if (manifest === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} has no manifest (.mf)`, {
      hint: 'Nothing in it can be verified: is a checksum of the whole file published? See --checksums.',
    });
  }
  requireNames(names, manifest.name, what);
  const where = `${manifest.name} in ${what}`;
  const authentic = await authenticate(manifest.bytes, where);
  const checksums = parseChecksums(authentic.text, where);
  requireMembers(checksums, hashed, where);
  return { authentic, members: hashed.map((member) => judge(member, checksums, where)) };
}

/** A flat name of a plain file. */
function nameOf({ name, type }: ArchiveMember, what: string): string {
  const path = parseArchivePath(name);
  if (path === undefined || path === '' || path.includes('/')) {
    throw malformed(`${what} has a member called ${JSON.stringify(name)}, which is no plain file name`);
  }
  if (type === 'file' || type === 'contiguous-file') return path;
  throw malformed(`${what} has ${JSON.stringify(path)} of type ${String(type)}, and an OVA has files only`);
}

/** One descriptor, and what belongs to it is named after it (DSP0243, section 5.1). */
function requireNames(names: ReadonlySet<string>, manifest: string, what: string): void {
  const descriptors = [...names].filter((name) => name.endsWith('.ovf'));
  const [descriptor] = descriptors;
  if (descriptor === undefined) {
    throw new VerificationError('EVIDENCE_MISSING', `${what} has no descriptor (.ovf): it is no OVA`);
  }
  if (descriptors.length > 1) throw malformed(`${what} has several descriptors: ${descriptors.join(', ')}`);
  const base = descriptor.slice(0, -'.ovf'.length);
  const strangers = [...names].filter((name) => /\.(?:mf|cert)$/.test(name) && !name.startsWith(`${base}.`));
  if (manifest === `${base}.mf` && strangers.length === 0) return;
  throw malformed(`${what} has ${[manifest, ...strangers].join(', ')}, which is of no ${descriptor}`);
}

/** A line of what is not there: a member was taken out. Each line is of a member: the format knows no others. */
function requireMembers(checksums: Checksums, hashed: readonly Hashed[], what: string): void {
  for (const line of checksums) {
    if (line.kind === 'unreadable') throw malformed(`${what}, line ${line.number}, is no digest of a file`);
    const name = line.kind === 'nameless' ? undefined : line.name;
    if (name === undefined) throw malformed(`${what} has a digest that is of no file`);
    if (hashed.some((member) => member.name === nameInText(name))) continue;
    throw new VerificationError(
      'EVIDENCE_MISSING',
      `${what} names ${JSON.stringify(nameInText(name))}, which is not there`,
      {
        hint: 'The archive was cut short or changed: fetch it again.',
        context: { name: nameInText(name) },
      },
    );
  }
}

function judge({ name, digests }: Hashed, checksums: Checksums, what: string): OvaMember {
  try {
    const listed = digestsOf(checksums, { name, nameless: false }, what);
    const expected = listed.find((one) => digests[digestAlgorithm(one)] !== one) ?? listed[0];
    const digest = digests[digestAlgorithm(expected)];
    if (digest === expected) return { name, digest, error: undefined };
    const message = `${name} has the digest ${digest}, expected ${expected} after ${what}`;
    const context = { name, expected, found: digest };
    return { name, digest, error: new VerificationError('DIGEST_MISMATCH', message, { hint, context }) };
  } catch (error) {
    if (!(error instanceof AssayError)) throw error;
    return { name, digest: undefined, error };
  }
}

const hint = 'Do not use it: it was changed, or is of another release than the manifest.';

async function hashContent(content: AsyncIterable<Uint8Array>): Promise<Hashed['digests']> {
  const [sha256, sha512] = [createHash('sha256'), createHash('sha512')];
  for await (const chunk of content) {
    sha256.update(chunk);
    sha512.update(chunk);
  }
  return { sha256: `sha256:${sha256.digest('hex')}`, sha512: `sha512:${sha512.digest('hex')}` };
}

async function readManifest({ content, sizeBytes }: ArchiveMember, what: string): Promise<Uint8Array> {
  if (sizeBytes > maxManifestBytes) {
    throw new VerificationError('LIMIT_EXCEEDED', `${what} has more than ${maxManifestBytes} bytes`);
  }
  const chunks: Uint8Array[] = [];
  for await (const chunk of content) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function malformed(message: string): VerificationError {
  return new VerificationError('EVIDENCE_MALFORMED', message, {
    hint: 'Use nothing of it: fetch it again, and tell the publisher.',
  });
}
