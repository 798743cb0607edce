/**
 * YAML that upstreams publish as evidence (1.2, core schema): one bounded document without tags, whose keys stand once.
 * Whatever is wrong with it is a refusal with a code. What is large is cut into small pieces by its reader first.
 */
import { parseDocument } from 'yaml';
import type { z } from 'zod';
import { readPlainYaml } from '../text/plain-yaml.ts';
import { readUtf8 } from '../text/utf8.ts';
import { checkEvidence, malformed, requireSize } from './evidence-json.ts';

/** Untrusted bytes to the schema's type. Throws VerificationError `LIMIT_EXCEEDED` and `EVIDENCE_MALFORMED`. */
export function parseEvidenceYaml<Out>(
  schema: z.ZodType<Out>,
  bytes: Uint8Array,
  what: string,
  { maxBytes }: { readonly maxBytes: number },
): Out {
  requireSize(bytes, maxBytes, what);
  const text = readUtf8(bytes);
  if (text === undefined) throw malformed(what, 'it is not UTF-8 text');
  return checkEvidence(schema, readPlainYaml(text) ?? readYaml(text, what), what);
}

function readYaml(text: string, what: string): unknown {
  try {
    const document = parseDocument(text, {
      ...({ version: '1.2', schema: 'core', strict: true, uniqueKeys: true, stringKeys: true } as const),
      ...({ merge: false, resolveKnownTags: false, prettyErrors: false, logLevel: 'error' } as const),
    });
    const [problem] = [...document.errors, ...document.warnings];
    if (problem !== undefined) throw problem;
    return document.toJS({ maxAliasCount: 100 }) as unknown;
  } catch (error) {
    throw malformed(what, error instanceof Error ? error.message.slice(0, 200) : 'it is no YAML');
  }
}
