/**
 * `trust/pins.yaml`: the trust anchors (RFC 5280's term): sets of keys named by full fingerprint, with the URLs that
 * they may vouch for, and Sigstore's trusted root, named by its digest. The files beside it are only bytes: what is
 * not pinned here is not trusted.
 */
import { z } from 'zod';
import { digestSchema } from '../../model/digest.ts';
import { httpsUrlSchema, isUnder } from '../text/https-url.ts';
import { freeTextSchema, listOf, nameSchema } from './names.ts';
import { check, type Problem } from '../text/problems.ts';
import { parseYamlDocument } from './yaml-document.ts';

/** A version 4 or version 6 fingerprint (RFC 9580, 5.5.4), as people paste it. A key ID is no pin: it can be forged. */
const fingerprintSchema = z
  .string()
  .overwrite((text) => text.replaceAll(' ', '').toUpperCase())
  .regex(/^(?:[0-9A-F]{40}|[0-9A-F]{64})$/, {
    error: 'must be a full fingerprint of 40 or 64 hex digits (quote it if it is all digits)',
  });

const openpgpAnchorSchema = z.strictObject({
  type: z.literal('openpgp'),
  /** The armored keys, beside pins.yaml. */
  file: z
    .string()
    .max(100)
    .regex(/^[a-z0-9][a-z0-9-]*\.asc$/, { error: 'must be a plain file name that ends in .asc' }),
  /** URL prefixes, ending at a segment boundary, that these keys may vouch for. */
  scope: listOf(httpsUrlSchema),
  /** Where the keys are published: fetched from there, and believed only if they are the pinned ones. */
  sources: listOf(httpsUrlSchema),
  /** Of the primary keys: exactly these, upper-case hex. */
  fingerprints: listOf(fingerprintSchema),
  /** Of primary keys that may be published beside them, and vouch for nothing, whatever state they are in. */
  retired: listOf(fingerprintSchema).default([]),
  /** Where the fingerprints were learnt, other than from the keys themselves. */
  learnt: freeTextSchema,
});

const jsonFileSchema = z
  .string()
  .max(100)
  .regex(/^[a-z0-9][a-z0-9-]*\.json$/, { error: 'must be a plain file name that ends in .json' });

/** The one algorithm that TUF repositories, Sigstore and `sha256sum` have in common. */
const sha256Schema = digestSchema.refine((digest) => digest.startsWith('sha256:'), {
  error: 'must be sha256',
});

const sigstoreAnchorSchema = z.strictObject({
  type: z.literal('sigstore'),
  /** The trusted root, beside pins.yaml. */
  file: jsonFileSchema,
  /** Of the file, whole: it holds keys of several kinds, and each counts. */
  digest: sha256Schema,
  /** The root of the TUF repository that publishes it, where an update starts from. */
  root: z.strictObject({ file: jsonFileSchema, version: z.int().min(1), digest: sha256Schema }),
  /** What the TUF repository calls the trusted root; in no directory and under no delegation. */
  target: z
    .string()
    .max(100)
    .regex(/^[A-Za-z0-9_][A-Za-z0-9._-]*$/, { error: 'must be a plain file name' }),
  /** The versions of TUF metadata that were seen last, beside pins.yaml; written by update-trust. */
  seen: jsonFileSchema,
  /** Where the TUF repository is published. */
  sources: listOf(httpsUrlSchema),
  /** Where the digest was learnt, other than from there. */
  learnt: freeTextSchema,
});

const pinsSchema = z
  .strictObject({
    version: z.literal(1),
    anchors: z.record(nameSchema, z.discriminatedUnion('type', [openpgpAnchorSchema, sigstoreAnchorSchema])),
  })
  .superRefine(({ anchors }, context) => {
    const files = new Map<string, string>();
    for (const [name, anchor] of Object.entries(anchors)) {
      if (anchor.type === 'openpgp') {
        anchor.retired.forEach((fingerprint, index) => {
          if (!anchor.fingerprints.includes(fingerprint)) return;
          const message = 'is pinned as well: a key is one or the other';
          context.addIssue({ code: 'custom', message, path: ['anchors', name, 'retired', index] });
        });
      }
      for (const [path, file] of filesOf(anchor)) {
        const other = files.get(file);
        if (other !== undefined) {
          const message = `is the file of ${other} as well, found ${file}`;
          context.addIssue({ code: 'custom', message, path: ['anchors', name, ...path] });
        }
        files.set(file, name);
      }
    }
  });

export type OpenpgpAnchor = z.output<typeof openpgpAnchorSchema>;
export type SigstoreAnchor = z.output<typeof sigstoreAnchorSchema>;
export type TrustAnchor = OpenpgpAnchor | SigstoreAnchor;

/** Each file that the anchor names, with the path of its field. */
function filesOf(anchor: TrustAnchor): readonly (readonly [readonly string[], string])[] {
  if (anchor.type === 'openpgp') return [[['file'], anchor.file]];
  return [
    [['file'], anchor.file],
    [['root', 'file'], anchor.root.file],
    [['seen'], anchor.seen],
  ];
}

export interface TrustPins {
  /** By name; without a prototype, so that only names of the file are found. */
  readonly anchors: Readonly<Record<string, TrustAnchor>>;
}

/** Text of the user's to pins; `file` is for messages. Throws UsageError `TRUST_INVALID`. */
export function parseTrustPins(text: string, file: string): TrustPins {
  const document = parseYamlDocument(text, file, 'TRUST_INVALID');
  const problems: Problem[] = [];
  const pins = check(pinsSchema, document.value, [], problems);
  if (pins === undefined) throw document.failure(problems);
  const anchors = Object.assign(Object.create(null) as Record<string, TrustAnchor>, pins.anchors);
  return { anchors };
}

/**
 * May these keys vouch for what is at this URL? True under one of their prefixes, at a segment boundary; false for
 * anything that is not a plain https URL in its normal form. A trusted root vouches for identities, at no URL.
 */
export function inScope(anchor: TrustAnchor, url: string): boolean {
  return anchor.type === 'openpgp' && isUnder(anchor.scope, url);
}
