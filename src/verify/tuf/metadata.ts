/**
 * One document of a TUF repository (The Update Framework's specification 1.0, section 4): a JSON object and signatures
 * over its canonical form. Parsed strictly, then judged by the keys that a root names for its role.
 *
 * Canonical JSON, key formats and signatures are the library's. What it leaves open is closed here: it takes a date in
 * any form, a version that is no whole number, hex that ends in rubbish, a timestamp that names no snapshot, and one
 * key under two IDs as two keys towards a threshold (go-tuf had an advisory for the like).
 */
import {
  Metadata,
  MetadataKind,
  type Root,
  type Snapshot,
  type Targets,
  type Timestamp,
} from '@tufjs/models';
import { z } from 'zod';
import { malformed, parseEvidenceJson } from '../../formats/upstream/evidence-json.ts';
import { VerificationError } from '../../model/errors.ts';

/** Sigstore's largest document, its targets, has 12 kB; its root has 6 kB. */
export const maxMetadataBytes = 512 * 1024;

export interface RoleTypes {
  readonly root: Root;
  readonly timestamp: Timestamp;
  readonly snapshot: Snapshot;
  readonly targets: Targets;
}

export type RoleName = keyof RoleTypes;

/** Parsed, and judged by nobody yet. */
export interface TufDocument<R extends RoleName> {
  readonly role: R;
  /** For messages. */
  readonly what: string;
  readonly metadata: Metadata<RoleTypes[R]>;
  readonly version: number;
  readonly expires: Date;
}

const hexSchema = z.string().regex(/^(?:[0-9a-f]{2})*$/, { error: 'must be lower-case hex' });
const hashesSchema = z.record(z.string(), hexSchema);
const versionSchema = z.int().min(1);
const lengthSchema = z.int().min(0);

const metaFileSchema = z.looseObject({
  version: versionSchema,
  length: lengthSchema.optional(),
  hashes: hashesSchema.optional(),
});

/** Section 4.3. A field that is not known here is covered by the signatures like the others. */
const common = {
  spec_version: z.string().regex(/^1\.[0-9]+(?:\.[0-9]+)?$/, { error: 'must be a version 1 of TUF' }),
  version: versionSchema,
  expires: z.iso.datetime({ precision: 0, error: 'must be a time in UTC, like 2026-11-20T12:00:00Z' }),
};

const keySchema = z.looseObject({
  keytype: z.string(),
  scheme: z.string(),
  keyval: z.looseObject({ public: z.string().min(1) }),
});

const delegationSchema = z.looseObject({ keyids: z.array(z.string()), threshold: versionSchema });

const signedSchemas = {
  root: z.looseObject({
    _type: z.literal('root'),
    ...common,
    /** Without it two documents of different times could be taken for one state. */
    consistent_snapshot: z.literal(true),
    keys: z.record(z.string(), keySchema),
    roles: z.looseObject({
      root: delegationSchema,
      timestamp: delegationSchema,
      snapshot: delegationSchema,
      targets: delegationSchema,
    }),
  }),
  timestamp: z.looseObject({
    _type: z.literal('timestamp'),
    ...common,
    meta: z.strictObject({ 'snapshot.json': metaFileSchema }),
  }),
  snapshot: z.looseObject({
    _type: z.literal('snapshot'),
    ...common,
    meta: z.looseObject({ 'targets.json': metaFileSchema }),
  }),
  targets: z.looseObject({
    _type: z.literal('targets'),
    ...common,
    targets: z.record(z.string(), z.looseObject({ length: lengthSchema, hashes: hashesSchema })),
  }),
} satisfies Record<RoleName, z.ZodType>;

/** A key that has not signed yet may stand there with nothing for a signature: it counts for nothing. */
const signaturesSchema = z.array(z.looseObject({ keyid: z.string(), sig: hexSchema }));

/**
 * Untrusted bytes to a document of a role; `what` is for messages. Throws VerificationError `LIMIT_EXCEEDED`,
 * `EVIDENCE_MALFORMED`.
 */
export function parseTufDocument<R extends RoleName>(
  role: R,
  bytes: Uint8Array,
  what: string,
): TufDocument<R> {
  const schema = z.looseObject({ signed: signedSchemas[role], signatures: signaturesSchema });
  const document = parseEvidenceJson(schema, bytes, what, { maxBytes: maxMetadataBytes, numbers: 'exact' });
  let metadata: Metadata<RoleTypes[R]>;
  try {
    metadata = readMetadata(role, document);
  } catch (cause) {
    throw new VerificationError('EVIDENCE_MALFORMED', `${what} is no ${role} metadata of TUF`, { cause });
  }
  const { version, expires } = metadata.signed;
  if (metadata.signed.type === MetadataKind.Root) requireDistinctKeys(metadata.signed, what);
  return { role, what, metadata, version, expires: new Date(expires) };
}

/**
 * Steps 5.3.4, 5.4.2, 5.5.3 and 5.6.3: a threshold of the keys that `root` names for the role has signed the document.
 * Throws VerificationError `SIGNATURE_INVALID`.
 */
export function verifySignatures(root: TufDocument<'root'>, document: TufDocument<RoleName>): void {
  try {
    root.metadata.verifyDelegate(document.role, document.metadata);
  } catch (cause) {
    const { keyIDs, threshold } = roleOf(root, document.role);
    throw new VerificationError(
      'SIGNATURE_INVALID',
      `${document.what} is not signed by ${String(threshold)} of the ${String(keyIDs.length)} keys ` +
        `that ${root.what} names for it`,
      {
        hint: 'The file was changed, or comes from another repository.',
        context: { document: document.what, by: root.what, threshold, keyIds: keyIDs },
        cause,
      },
    );
  }
}

/** Which keys may sign for a role, and how many must. */
export function roleOf(
  root: TufDocument<'root'>,
  role: RoleName,
): { readonly keyIDs: readonly string[]; readonly threshold: number } {
  const found = root.metadata.signed.roles[role];
  // The schema asks for all four.
  if (found === undefined) throw new TypeError(`${root.what} names no keys for ${role}`);
  return found;
}

/** The key itself, as its root writes it. */
export function keyText({ keyVal }: Root['keys'][string]): string | undefined {
  return keyVal['public']?.trim();
}

function readMetadata<R extends RoleName>(role: R, document: object): Metadata<RoleTypes[R]> {
  const json = document as Parameters<typeof Metadata.fromJSON>[1];
  const read = {
    root: () => Metadata.fromJSON(MetadataKind.Root, json),
    timestamp: () => Metadata.fromJSON(MetadataKind.Timestamp, json),
    snapshot: () => Metadata.fromJSON(MetadataKind.Snapshot, json),
    targets: () => Metadata.fromJSON(MetadataKind.Targets, json),
  };
  return read[role]() as Metadata<RoleTypes[R]>;
}

/** By their text: of a role's keys no two may be one, or one signer would count twice towards its threshold. */
function requireDistinctKeys({ keys, roles }: Root, what: string): void {
  for (const [name, { keyIDs }] of Object.entries(roles)) {
    const material = keyIDs.map((id) => {
      const key = Object.hasOwn(keys, id) ? keys[id] : undefined;
      return (key === undefined ? undefined : keyText(key)) ?? id;
    });
    if (new Set(material).size < material.length) {
      throw malformed(what, `names one key twice for ${name}, under different IDs`);
    }
  }
}
