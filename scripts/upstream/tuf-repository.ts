/**
 * A TUF repository of one target, as Sigstore publishes its trusted root: consistent snapshots, ECDSA keys for the
 * roles that people sign, and an Ed25519 key for those that a machine signs. The keys are throwaway; pass those of an
 * earlier build to publish a newer state, or an older one. Whatever a repository may do wrong is an edit of a document
 * before it is signed, other signers, or another file.
 */
import { generateEcdsaKey, generateEd25519Key, type SigningKey } from './sigstore/keys.ts';
import { contentHex } from './virtual-file.ts';

export const tufHost = 'tuf-repo-cdn.sigstore.dev';

export interface TufKey {
  readonly id: string;
  readonly json: TufKeyJson;
  sign(bytes: Uint8Array): Buffer;
}

/** Who signs for each role. */
export type TufKeys = Readonly<Record<TufRole, readonly TufKey[]>>;

export interface TufRepositoryOptions {
  /** The time at which all of it is fresh. */
  readonly now: Date;
  /** The keys of each root, version 1 first: a rotation is one more. Each root is signed by the one before as well. */
  readonly generations: readonly TufKeys[];
  readonly target: { readonly name: string; readonly bytes: Uint8Array };
  /** 1 where nothing is said. */
  readonly versions?: Partial<Readonly<Record<Exclude<TufRole, 'root'>, number>>>;
  /** Of the roles that people sign a year after `now`, of the others a week. */
  readonly expires?: Partial<Readonly<Record<TufRole, Date>>>;
  /** Changes before the signatures. Of the roots each is passed: `version` says which it is. */
  readonly edit?: { readonly [R in TufRole]?: (signed: TufSigned[R]) => void };
  /** Who signs in place of the role's own keys; of the roots the newest alone. */
  readonly signers?: Partial<Readonly<Record<TufRole, readonly TufKey[]>>>;
}

export interface TufRepository {
  /** By host and path, as an upstream's server wants them. A copy: whoever asked for it may change it. */
  readonly files: Map<string, Uint8Array>;
  /** Version 1 first. */
  readonly roots: readonly Uint8Array[];
}

/** What is signed, as in section 4 of the specification. */
export interface TufSigned {
  readonly root: SignedRoot;
  readonly timestamp: SignedMeta;
  readonly snapshot: SignedMeta;
  readonly targets: SignedTargets;
}

export type TufRole = keyof TufSigned;

interface SignedCommon {
  _type: string;
  spec_version: string;
  version: number;
  expires: string;
}

interface SignedRoot extends SignedCommon {
  consistent_snapshot: boolean;
  keys: Record<string, TufKeyJson>;
  roles: Record<string, { keyids: string[]; threshold: number }>;
}

interface SignedMeta extends SignedCommon {
  meta: Record<string, { version: number; length?: number; hashes?: Record<string, string> }>;
}

interface SignedTargets extends SignedCommon {
  targets: Record<string, { length: number; hashes: Record<string, string> }>;
}

interface TufKeyJson {
  readonly keytype: string;
  readonly scheme: string;
  readonly keyval: { readonly public: string };
}

const dayMs = 86_400_000;
const byPeople = { threshold: 2, validDays: 365 };
const byMachine = { threshold: 1, validDays: 7 };
const habits = { root: byPeople, targets: byPeople, snapshot: byMachine, timestamp: byMachine };
const roles = Object.keys(habits) as TufRole[];

/** Three keys for the root and the targets, and one for what a machine signs. */
export function generateTufKeys(): TufKeys {
  const ecdsa = { keytype: 'ecdsa', scheme: 'ecdsa-sha2-nistp256' };
  const people = Array.from({ length: 3 }, () => tufKey(generateEcdsaKey(), ecdsa));
  const machine = [tufKey(generateEd25519Key(), { keytype: 'ed25519', scheme: 'ed25519' })];
  return { root: people, targets: people, snapshot: machine, timestamp: machine };
}

export function buildTufRepository(options: TufRepositoryOptions): TufRepository {
  const { generations, target, edit = {}, signers = {}, versions = {} } = options;
  const roots = generations.map((_, index) => renderRoot(options, index));
  const keys = generations.at(-1);
  if (keys === undefined) throw new TypeError('a repository has a root');

  const publish = <R extends Exclude<TufRole, 'root'>>(role: R, content: object) => {
    const version = versions[role] ?? 1;
    const signed = { ...common(options, role, version), ...content } as unknown as TufSigned[R];
    edit[role]?.(signed);
    const bytes = render(signed, signers[role] ?? keys[role]);
    return { bytes, version, listed: { version, ...lengthAndHashes(bytes) } };
  };
  const listedTarget = lengthAndHashes(target.bytes);
  const targets = publish('targets', { targets: { [target.name]: structuredClone(listedTarget) } });
  const snapshot = publish('snapshot', { meta: { 'targets.json': targets.listed } });
  const timestamp = publish('timestamp', { meta: { 'snapshot.json': snapshot.listed } });

  const files: [string, Uint8Array][] = [
    ...roots.map((bytes, index): [string, Uint8Array] => [`${String(index + 1)}.root.json`, bytes]),
    ['timestamp.json', timestamp.bytes],
    [`${String(snapshot.version)}.snapshot.json`, snapshot.bytes],
    [`${String(targets.version)}.targets.json`, targets.bytes],
    [`targets/${listedTarget.hashes.sha256}.${target.name}`, target.bytes],
  ];
  return { files: new Map(files.map(([path, bytes]) => [`${tufHost}/${path}`, bytes])), roots };
}

function renderRoot(options: TufRepositoryOptions, index: number): Uint8Array {
  const { generations, edit = {}, signers = {} } = options;
  const [keys, before] = [generations[index], generations[index - 1]];
  if (keys === undefined) throw new TypeError('no such root');
  const signed: SignedRoot = {
    ...common(options, 'root', index + 1),
    consistent_snapshot: true,
    keys: Object.fromEntries(roles.flatMap((role) => keys[role].map(({ id, json }) => [id, json]))),
    roles: Object.fromEntries(
      roles.map((role) => [
        role,
        { keyids: keys[role].map(({ id }) => id), threshold: habits[role].threshold },
      ]),
    ),
  };
  edit.root?.(signed);
  const isNewest = index === generations.length - 1;
  const others = isNewest ? signers.root : undefined;
  return render(signed, others ?? [...new Set([...keys.root, ...(before?.root ?? [])])]);
}

function common({ now, expires = {} }: TufRepositoryOptions, role: TufRole, version: number): SignedCommon {
  const until = expires[role] ?? new Date(now.getTime() + habits[role].validDays * dayMs);
  return {
    _type: role,
    spec_version: '1.0.31',
    version,
    expires: until.toISOString().replace(/\.\d+Z$/, 'Z'),
  };
}

function render(signed: SignedCommon, signers: readonly TufKey[]): Uint8Array {
  const bytes = Buffer.from(canonicalJson(signed));
  const signatures = signers.map((key) => ({ keyid: key.id, sig: key.sign(bytes).toString('hex') }));
  return Buffer.from(JSON.stringify({ signatures, signed }, undefined, 1));
}

/**
 * The canonical JSON that TUF signs: keys in order, no white space, and of a string only quotes and backslashes
 * escaped. Not the library's, which the product verifies with: one checks the other.
 */
function canonicalJson(value: unknown): string {
  if (typeof value === 'string') return `"${value.replace(/[\\"]/g, String.raw`\$&`)}"`;
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value);
  const members = Object.entries(value).sort(([one], [other]) => (one < other ? -1 : 1));
  return `{${members.map(([key, member]) => `${canonicalJson(key)}:${canonicalJson(member)}`).join(',')}}`;
}

function lengthAndHashes(bytes: Uint8Array) {
  const hashes = { sha256: contentHex(bytes, 'sha256'), sha512: contentHex(bytes, 'sha512') };
  return { length: bytes.length, hashes };
}

function tufKey(key: SigningKey, kind: Omit<TufKeyJson, 'keyval'>): TufKey {
  const json = { ...kind, keyval: { public: key.publicKeyPem } };
  return {
    id: contentHex(Buffer.from(canonicalJson(json)), 'sha256'),
    json,
    sign: (bytes) => key.sign(bytes),
  };
}
