/**
 * `manifests/evidence/release-lines.json`: how entries were vouched for in release lines that they have left. A patch of
 * 1.35 after 1.36 is compared with what 1.35 had, and an entry that was removed for a while with what it had before.
 */
import { z } from 'zod';
import { entrySchema, parseState, renderState } from './evidence.ts';
import { sorted } from '../text/record.ts';

/** What the ratchet compares of an entry's evidence. */
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

export type Standing = z.output<typeof standingSchema>;

/** By question, then by line. */
export type ReleaseLines = Readonly<Record<string, Readonly<Record<string, Standing>>>>;

/** Of an entry: those that it left last count. */
const maxLines = 8;

/** `1.36` of 1.36.4; undefined for a version without two numbers. */
export function releaseLine(version: string): string | undefined {
  return /^\d+\.\d+/.exec(version)?.[0];
}

/** Throws UsageError `STATE_INVALID`. */
export function parseReleaseLines(bytes: Uint8Array, file: string): ReleaseLines {
  return parseState(linesSchema, bytes, file, 'Restore it from version control.').lines;
}

export function renderReleaseLines(lines: ReleaseLines): Uint8Array {
  return renderState({ version: 1, lines: sorted(lines) });
}

/** With what an entry had in the line that it leaves. */
export function withLine(lines: ReleaseLines, question: string, line: string, left: Standing): ReleaseLines {
  const others = Object.entries(lines[question] ?? {}).filter(([name]) => name !== line);
  const kept = [...others, [line, standingSchema.strip().parse(left)] as const].slice(-maxLines);
  return { ...lines, [question]: Object.fromEntries(kept) };
}
