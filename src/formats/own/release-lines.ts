/**
 * `manifests/evidence/release-lines.json`: how entries were vouched for in release lines that they have left. A patch of
 * 1.35 after 1.36 is compared with what 1.35 had, and an entry that was removed for a while with what it had before.
 */
import { z } from 'zod';
import { UsageError } from '../../model/errors.ts';
import { parseStrictJson } from '../text/strict-json.ts';
import { entrySchema, type EvidenceEntry } from './evidence.ts';

const standingSchema = entrySchema.pick({
  version: true,
  url: true,
  assurance: true,
  digestOnly: true,
  signers: true,
  witnesses: true,
  question: true,
});

const linesSchema = z.strictObject({
  version: z.literal(1),
  lines: z.record(z.string(), z.record(z.string(), standingSchema)),
});

/** What the ratchet compares of an entry's evidence. */
export type Standing = Pick<
  EvidenceEntry,
  'version' | 'url' | 'assurance' | 'digestOnly' | 'signers' | 'witnesses' | 'question'
>;

/** By question, then by line. */
export type ReleaseLines = Readonly<Record<string, Readonly<Record<string, Standing>>>>;

/** Of an entry: those that it left last count. */
const maxLines = 8;

/** `1.36` of 1.36.4; undefined for a version without two numbers. */
export function releaseLine(version: string): string | undefined {
  return /^\d+\.\d+(?![0-9])/.exec(version)?.[0];
}

/** Throws UsageError `STATE_INVALID`. */
export function parseReleaseLines(bytes: Uint8Array, file: string): ReleaseLines {
  try {
    const failure = (message: string, line: number) => new Error(`line ${String(line)} ${message}`);
    return linesSchema.parse(parseStrictJson(bytes, failure)).lines;
  } catch (cause) {
    throw new UsageError('STATE_INVALID', `${file} is not what assay writes there`, {
      hint: 'Restore it from version control.',
      cause,
    });
  }
}

export function renderReleaseLines(lines: ReleaseLines): Uint8Array {
  const sorted = Object.fromEntries(Object.entries(lines).sort(([a], [b]) => (a < b ? -1 : 1)));
  return Buffer.from(`${JSON.stringify({ version: 1, lines: sorted }, null, 2)}\n`);
}

/** With what an entry had in the line that it leaves. */
export function withLine(lines: ReleaseLines, question: string, line: string, left: Standing): ReleaseLines {
  const { version, url, assurance, digestOnly, signers, witnesses, question: asked } = left;
  const standing = {
    ...{ version, url, assurance },
    ...(digestOnly && { digestOnly }),
    signers,
    ...(witnesses && { witnesses }),
    question: asked,
  };
  const others = Object.entries(lines[question] ?? {}).filter(([name]) => name !== line);
  const kept = [...others, [line, standing] as const].slice(-maxLines);
  return { ...lines, [question]: Object.fromEntries(kept) };
}
